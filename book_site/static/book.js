// What is wider than the column scrolls within itself, and can then be reached and scrolled with the keyboard.
function markWide() {
  for (const element of document.querySelectorAll("mjx-container, div.math, div.cell_output, .pst-scrollable-table-container")) {
    const wide = element.scrollWidth > element.clientWidth + 1;
    element.classList.toggle("book-wide", wide);
    if (wide) element.tabIndex = 0;
    else element.removeAttribute("tabindex");
  }
}
window.addEventListener("load", () => {
  markWide();
  window.MathJax?.startup?.promise?.then(markWide);
});
window.addEventListener("resize", markWide);
