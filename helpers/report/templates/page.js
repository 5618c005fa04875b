"use strict";
// Folds the code cells and offers the switch. Without scripts every cell is open and the switch is not shown.
(function () {
  const cells = Array.from(document.querySelectorAll("details.code"));
  const box = document.getElementById("show-code");
  const key = "grpc-lab-show-code";
  // A page opened from a file may be refused storage; then each page simply starts folded.
  const remember = {
    read() { try { return localStorage.getItem(key) === "yes"; } catch { return false; } },
    write(shown) { try { localStorage.setItem(key, shown ? "yes" : "no"); } catch { /* starts folded */ } },
  };
  const show = (shown) => cells.forEach((cell) => { cell.open = shown; });

  if (box && cells.length) {
    box.checked = remember.read();
    box.closest("label").hidden = false;
    box.addEventListener("change", () => { show(box.checked); remember.write(box.checked); });
    show(box.checked);
  }
  document.documentElement.classList.remove("folding");

  const contents = document.querySelector("nav.contents > details");
  if (contents && matchMedia("(max-width: 68rem)").matches) contents.open = false;

  // On paper nothing can be opened: print the code, then put the page back.
  let before = [];
  addEventListener("beforeprint", () => { before = cells.map((cell) => cell.open); show(true); });
  addEventListener("afterprint", () => cells.forEach((cell, index) => { cell.open = before[index]; }));

  // What scrolls must be reachable by keyboard; what does not scroll need not be a stop.
  const mark = () => document.querySelectorAll(".scroll").forEach((part) => {
    if (part.scrollWidth > part.clientWidth + 1) part.tabIndex = 0; else part.removeAttribute("tabindex");
  });
  mark();
  addEventListener("resize", mark);
  document.addEventListener("toggle", mark, true);
})();
