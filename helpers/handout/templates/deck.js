"use strict";
// Makes each section of a deck fit on a slide, and pages through them. Without scripts the page is read from
// top to bottom. It begins when the pictures are there.
addEventListener("load", () => {
  const WIDTH = 1280, HEIGHT = 720, NARROWEST = 0.8, SMALLEST = 0.6;
  const slides = Array.from(document.querySelectorAll("main > section"));
  document.documentElement.classList.add("deck");

  const full = (content) => content.scrollHeight > content.clientHeight + 1;
  const wide = (block) => [block, ...block.querySelectorAll("pre, .scroll")].some(
    (part) => part.scrollWidth > part.clientWidth + 1);
  // Lines that are too long become smaller, then are broken; text that is too high becomes smaller. What then
  // is left over can be scrolled. A picture takes the space that the text leaves.
  function shrink(content) {
    const blocks = Array.from(content.children).filter((block) => !block.matches("figure"));
    let zoom = 1;
    for (const block of blocks) {
      let narrow = 1;
      while (wide(block) && narrow > NARROWEST) block.style.zoom = narrow -= 0.05;
      if (wide(block)) block.classList.add("wraps");
      zoom = Math.min(zoom, narrow);
    }
    while (full(content) && zoom > SMALLEST) {
      zoom -= 0.05;
      for (const block of blocks) block.style.zoom = zoom;
    }
    if (full(content)) content.classList.add("scrolls");
  }
  for (const slide of slides) {
    slide.classList.add("slide");
    shrink(slide.querySelector(".content"));
  }

  let at = 0;
  function show(number) {
    at = Math.max(0, Math.min(slides.length - 1, number));
    slides.forEach((slide, place) => { slide.classList.toggle("shown", place === at); });
    document.getElementById("count").textContent = `${at + 1} / ${slides.length}`;
    document.getElementById("back").disabled = at === 0;
    document.getElementById("on").disabled = at === slides.length - 1;
    if (location.hash !== `#${at + 1}`) history.replaceState(null, "", `#${at + 1}`);
  }
  function fit() {
    const scale = Math.min(innerWidth / WIDTH, innerHeight / HEIGHT);
    document.documentElement.style.setProperty("--scale", scale);
  }
  const keys = {
    ArrowRight: 1, ArrowDown: 1, PageDown: 1, " ": 1, n: 1, ArrowLeft: -1, ArrowUp: -1, PageUp: -1, p: -1,
    Home: -Infinity, End: Infinity,
  };
  addEventListener("keydown", (event) => {
    const step = event.key === " " && event.shiftKey ? -1 : keys[event.key];
    if (!step || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    show(at + step);
  });
  document.getElementById("back").addEventListener("click", () => show(at - 1));
  document.getElementById("on").addEventListener("click", () => show(at + 1));
  addEventListener("resize", fit);
  addEventListener("hashchange", () => show(Number(location.hash.slice(1)) - 1 || 0));
  document.querySelector("nav").hidden = false;
  fit();
  show(Number(location.hash.slice(1)) - 1 || 0);
  document.documentElement.classList.add("ready");
});
