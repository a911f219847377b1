// What is wider than the column scrolls within itself, and can then be reached and scrolled with the keyboard. An observer
// is told of an element when it is first drawn: to measure all at once would lay out the whole page.
const WIDE = "div.math, pre, div.cell_output, .cell_output > .output, .pst-scrollable-table-container, .book-figure";

function markWide(element) {
  const wide = element.scrollWidth > element.clientWidth + 1;
  element.classList.toggle("book-wide", wide);
  if (wide) element.tabIndex = 0;
  else element.removeAttribute("tabindex");
}
const sizes = new ResizeObserver((entries) => entries.forEach((entry) => markWide(entry.target)));
document.querySelectorAll(WIDE).forEach((element) => sizes.observe(element));

// Paper is white: the light theme is printed, with its figures.
matchMedia("print").addEventListener("change", ({ matches }) => {
  const root = document.documentElement;
  if (matches) {
    root.dataset.shown = root.dataset.theme;
    root.dataset.theme = "light";
  } else if (root.dataset.shown) {
    root.dataset.theme = root.dataset.shown;
    delete root.dataset.shown;
  }
});

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
