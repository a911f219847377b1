// Loaded before the components, which draw with these two.
window.bookNodes = (() => {
  function html(name, attributes = {}, ...children) {
    const node = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    node.append(...children);
    return node;
  }

  function svg(name, attributes = {}, text = "") {
    const node = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    node.textContent = text;
    return node;
  }

  return { html, svg };
})();

// Replaces the still figure above each interactive one, once its component has drawn. Without this script, in print and
// in Jupyter, the still figure remains.
document.addEventListener("DOMContentLoaded", () => {
  for (const place of document.querySelectorAll(".book-interactive")) {
    const draw = (window.bookComponents || {})[place.dataset.component];
    if (!draw) continue;
    const data = JSON.parse(place.querySelector("script").textContent);
    const drawing = document.createElement("div");
    place.append(drawing);
    draw(drawing, data);
    const figure = place.closest("div.cell")?.previousElementSibling?.querySelector("figure"); // of the cell above
    if (figure) {
      figure.querySelector("img")?.classList.add("book-still");
      figure.insertBefore(place, figure.querySelector("figcaption"));
    }
    place.classList.add("book-drawn");
  }
});
