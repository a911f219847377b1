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
    const still = place.closest(".cell_output")?.querySelector("figure, img");
    still?.classList.add("book-still");
    place.classList.add("book-drawn");
  }
});
