// All heads of a model on one sentence.
// data: {tokens, weights}: weights in thousandths, by layer, head, query and key.
(function () {
  "use strict";

  const { html, svg, slider, frame } = window.bookNodes; // of interactive.js
  const CELL = 24, ROOM = 74;
  const TEXT = {
    label: "Heads of a model, interactive figure", layer: "Layer", head: "Head", token: "Token that looks",
    map: "Weights of layer {layer}, head {head}; rows look, columns are looked at",
    summary: "Layer {layer}, head {head}: {token} looks most at {best}, with weight {weight}.",
  };

  function draw(element, data) {
    const text = { ...TEXT, ...data.text }, { tokens, weights } = data, n = tokens.length, size = ROOM + n * CELL;
    const state = { layer: 0, head: 2, token: Math.min(3, n - 1) };
    const map = svg("svg", { viewBox: `0 0 ${size + 2} ${size + 2}`, width: size + 2, role: "img" });
    const bars = html("div"), summary = html("p", { "aria-live": "polite" });
    const change = (key) => (value) => { state[key] = value; show(); };
    frame(element, text.label, [
      slider(text.layer, { min: 0, max: weights.length - 1, value: state.layer }, change("layer")),
      slider(text.head, { min: 0, max: weights[0].length - 1, value: state.head }, change("head")),
      slider(text.token, { min: 0, max: n - 1, value: state.token, say: (i) => tokens[i] }, change("token")),
    ], html("div", { class: "handle-sides" }, map, bars), summary);

    function show() {
      const rows = weights[state.layer][state.head], row = rows[state.token], drawn = [];
      rows.forEach((some, i) => {
        const middle = ROOM + (i + 0.5) * CELL;
        drawn.push(svg("text", { x: ROOM - 6, y: middle + 4, "font-size": 12, "text-anchor": "end" }, tokens[i]));
        drawn.push(svg("text", { "font-size": 12, transform: `translate(${middle + 4} ${ROOM - 6}) rotate(-90)` }, tokens[i]));
        some.forEach((weight, j) => drawn.push(svg("rect", { x: ROOM + j * CELL, y: ROOM + i * CELL, width: CELL, height: CELL,
          fill: "var(--book-blue)", "fill-opacity": weight / 1000, stroke: "currentColor", "stroke-opacity": 0.15 })));
      });
      drawn.push(svg("rect", { x: ROOM, y: ROOM + state.token * CELL, width: n * CELL, height: CELL, fill: "none",
        stroke: "var(--book-orange)", "stroke-width": 2.5 }));
      map.replaceChildren(...drawn);
      const names = { ...state, token: tokens[state.token] };
      const filled = (pattern) => Object.entries(names).reduce((all, [key, value]) => all.replace(`{${key}}`, value), pattern);
      map.setAttribute("aria-label", filled(text.map));
      const chart = svg("svg", { viewBox: `0 0 260 ${n * 20}`, width: 260, "aria-hidden": "true" });
      row.forEach((weight, j) => {
        chart.append(svg("text", { x: 70, y: j * 20 + 14, "font-size": 12, "text-anchor": "end" }, tokens[j]));
        chart.append(svg("rect", { x: 76, y: j * 20 + 4, width: 0.14 * weight, height: 12, fill: "var(--book-blue)" }));
        chart.append(svg("text", { x: 80 + 0.14 * weight, y: j * 20 + 14, "font-size": 11 }, (weight / 1000).toFixed(2)));
      });
      bars.replaceChildren(chart);
      const best = row.indexOf(Math.max(...row));
      summary.textContent = filled(text.summary).replace("{best}", tokens[best]).replace("{weight}", (row[best] / 1000).toFixed(2));
    }
    show();
  }

  window.bookComponents = window.bookComponents || {};
  window.bookComponents["heads"] = draw;
})();
