"use strict";
// Divides the sections of a notebook into slides that fit, and pages through them. Without scripts the page
// is read from top to bottom. It begins when the pictures are there, because their size decides.
addEventListener("load", () => {
  const WIDTH = 1280, HEIGHT = 720, NARROWEST = 0.85, SMALLEST = 0.5;
  const main = document.querySelector("main");
  const sections = Array.from(main.children);
  const slides = [];
  document.documentElement.classList.add("deck");
  // Out of the page while it is measured: what is not on a slide yet costs a layout each time.
  main.replaceChildren();

  // A slide has the section's title, so that each can be read alone.
  function begin(section) {
    const slide = document.createElement("section");
    slide.className = "slide " + section.className;
    const title = section.querySelector(".title").cloneNode(true);
    const content = document.createElement("div");
    content.className = "content";
    slide.append(title, content);
    main.append(slide);
    slides.push(slide);
    return content;
  }
  const full = (content) => content.scrollHeight > content.clientHeight + 1;

  // Lines that are too long become smaller, then are broken; a block that is too high alone becomes smaller,
  // down to half, and what then is left over can be scrolled.
  function shrink(content, block) {
    let zoom = 1;
    while (wide(block) && zoom > NARROWEST) block.style.zoom = zoom -= 0.05;
    if (wide(block)) block.classList.add("wraps");
    while (full(content) && zoom > SMALLEST) block.style.zoom = zoom -= 0.05;
    if (full(content)) content.classList.add("scrolls");
  }
  const wide = (block) => [block, ...block.querySelectorAll("pre, .scroll")].some(
    (part) => part.scrollWidth > part.clientWidth + 1);

  for (const section of sections) {
    let content = begin(section);
    for (const block of Array.from(section.querySelector(".blocks").children)) {
      const before = content.childElementCount;
      content.append(block);
      if (before && (block.dataset.begins || full(content))) {
        // What announces a block, such as the code that made an output, goes with it to the next slide.
        const together = [block];
        const announcing = () => together[0].previousElementSibling;
        while (announcing()?.dataset.announces && announcing().previousElementSibling) together.unshift(announcing());
        content = begin(section);
        content.append(...together);
      }
      if (full(content) || wide(block)) shrink(content, block);
    }
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
