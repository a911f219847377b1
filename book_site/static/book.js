// What is wider than the column scrolls within itself, and can then be reached and scrolled with the keyboard.
const WIDE = "mjx-container, div.math, pre, div.cell_output, .pst-scrollable-table-container";

function markWide() {
  for (const element of document.querySelectorAll(WIDE)) {
    const wide = element.scrollWidth > element.clientWidth + 1;
    element.classList.toggle("book-wide", wide);
    if (wide) element.tabIndex = 0;
    else element.removeAttribute("tabindex");
  }
}
window.addEventListener("load", () => {
  markWide();
  document.fonts.ready.then(markWide);
  window.MathJax?.startup?.promise?.then(markWide);
});
window.addEventListener("resize", markWide);

// What a link leads to may lie in a cell that is closed: open it, and go there.
function openTarget() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  let closed = target?.closest("details:not([open])");
  if (!closed) return;
  for (; closed; closed = closed.parentElement.closest("details:not([open])")) closed.open = true;
  target.scrollIntoView();
}
window.addEventListener("DOMContentLoaded", openTarget);
window.addEventListener("hashchange", openTarget);
