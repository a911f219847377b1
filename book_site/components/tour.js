// One token's way through a Transformer, step by step, with its shapes and its real numbers.
// data: {steps: [{name, about, shape, vector}], token}: vector holds (some of) the token's numbers after the step.
(function () {
  "use strict";

  const { html, svg, slider, frame } = window.bookNodes; // of interactive.js
  const ROW = 22, WIDE = 20; // height of a step; cells in a row of the strip
  const TEXT = {
    label: "Tour of a token, interactive figure", step: "Step", steps: "The steps, from the first to the last",
    shape: "Shape: {shape}", strip: "The token's numbers after this step: blue above zero, orange below",
    size: "Length of the vector: {size}",
  };

  function draw(element, data) {
    const text = { ...TEXT, ...data.text }, { steps } = data;
    const path = svg("svg", { viewBox: `0 0 240 ${steps.length * ROW + 4}`, width: 240, role: "img", "aria-label": text.steps });
    const name = html("p"), shape = html("p"), about = html("p"), size = html("p"), strip = html("div");
    frame(element, text.label, [slider(text.step, { min: 1, max: steps.length, value: 1 }, (value) => show(value - 1))],
      html("div", { class: "handle-sides" }, html("div", { "aria-live": "polite" }, name, about, shape, size, strip), path));

    function show(chosen) {
      path.replaceChildren(...steps.flatMap((step, i) => {
        const here = i === chosen, y = i * ROW + 2;
        const box = svg("rect", { x: 2, y, width: 236, height: ROW - 4, rx: 4, stroke: here ? "var(--book-orange)" : "currentColor",
          "stroke-opacity": here ? 1 : 0.3, "stroke-width": here ? 2.5 : 1, fill: "var(--book-blue)", "fill-opacity": i <= chosen ? 0.18 : 0 });
        const label = svg("text", { x: 10, y: y + 13, "font-size": 12, "font-weight": here ? 700 : 400 }, step.name);
        box.addEventListener("click", () => choose(i));
        label.addEventListener("click", () => choose(i));
        return [box, label];
      }));
      const step = steps[chosen], vector = step.vector, most = Math.max(...vector.map(Math.abs)) || 1;
      name.replaceChildren(html("strong", {}, step.name));
      about.textContent = step.about;
      shape.textContent = text.shape.replace("{shape}", step.shape);
      size.textContent = step.size === undefined ? "" : text.size.replace("{size}", step.size.toFixed(2));
      const rows = Math.ceil(vector.length / WIDE);
      const cells = svg("svg", { viewBox: `0 0 ${WIDE * 14} ${rows * 14}`, width: WIDE * 14, role: "img", "aria-label": text.strip });
      vector.forEach((v, i) => cells.append(svg("rect", { x: (i % WIDE) * 14, y: Math.floor(i / WIDE) * 14, width: 13, height: 13,
        fill: v < 0 ? "var(--book-orange)" : "var(--book-blue)", "fill-opacity": Math.abs(v) / most })));
      strip.replaceChildren(cells);
    }

    function choose(i) {
      const input = element.querySelector("input");
      input.value = i + 1;
      input.dispatchEvent(new Event("input"));
    }
    show(0);
  }

  window.bookComponents = window.bookComponents || {};
  window.bookComponents["tour"] = draw;
})();
