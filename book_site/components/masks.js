// The rules of attention masks, to be combined by hand.
// data: {document, padding}: the number of the text that each token belongs to; how many tokens at the end may be padding.
(function () {
  "use strict";

  const { html, svg, slider, checkbox, frame } = window.bookNodes; // of interactive.js
  const CELL = 26, ROOM = 26; // of the grid, and for the numbers beside it, in the units of the drawing
  const TEXT = {
    label: "Masks, interactive figure", causal: "causal", window: "window", off: "off", padding: "padding", packed: "packed",
    query: "Query", sees: "Token {query} sees {some}.", nothing: "nothing", filled: "{count} of {all} cells are filled.",
    grid: "What each token sees; token {query} is chosen", axis: "rows look, columns are looked at",
  };

  /** Who sees whom under all chosen rules: rows of booleans, one for each query. A window is a causal rule too. */
  function compute({ document, causal = false, window = 0, padding = 0, packed = false }) {
    const n = document.length;
    return document.map((text, i) => document.map((other, j) =>
      (!(causal || window) || j <= i) && (!window || i - j < window) && j < n - padding && (!packed || text === other)));
  }

  /** The same rules in the words of the chapter's code. */
  function code({ document, causal, window, padding, packed }) {
    const n = document.length;
    const rules = [window ? `sliding(${n}, ${window})` : causal ? `causal(${n})` : "", padding && "padding(real)",
      packed && "packed(document)"].filter(Boolean);
    return `visible = ${rules.join(" & ") || "None"}`;
  }

  function draw(element, data) {
    const text = { ...TEXT, ...data.text }, { document } = data, n = document.length, size = ROOM + n * CELL;
    const state = { document, causal: true, window: 0, padding: 0, packed: false }, side = { query: n - 1 };
    const grid = svg("svg", { viewBox: `0 0 ${size + 2} ${size + 2}`, width: size + 2, role: "img" });
    const rule = html("code"), summary = html("p", { "aria-live": "polite" }), filled = html("p");
    const change = (key) => (value) => { state[key] = value; show(); };
    frame(element, text.label, [
      checkbox(text.causal, state.causal, change("causal")),
      slider(text.window, { min: 0, max: n - 1, value: 0, say: (w) => (w ? String(w) : text.off) }, change("window")),
      slider(text.padding, { min: 0, max: data.padding, value: 0 }, change("padding")),
      checkbox(text.packed, false, change("packed")),
      slider(text.query, { min: 1, max: n, value: n }, (value) => { side.query = value - 1; show(); }),
    ], html("div", { class: "handle-sides" }, grid,
      html("div", {}, html("p", {}, rule), summary, filled, html("p", {}, text.axis))));

    function show() {
      const visible = compute(state), chosen = side.query, cells = [];
      for (let i = 0; i < n; i++) {
        const middle = ROOM + (i + 0.5) * CELL, look = { "font-size": 12, "text-anchor": "middle" };
        cells.push(svg("text", { x: middle, y: ROOM - 9, ...look }, i + 1), svg("text", { x: 12, y: middle + 4, ...look }, i + 1));
        for (let j = 0; j < n; j++) {
          cells.push(svg("rect", { x: ROOM + j * CELL, y: ROOM + i * CELL, width: CELL, height: CELL, fill: "var(--book-blue)",
            "fill-opacity": visible[i][j] ? 0.75 : 0, stroke: "currentColor", "stroke-opacity": 0.3 }));
        }
      }
      cells.push(svg("rect", { x: ROOM, y: ROOM + chosen * CELL, width: n * CELL, height: CELL, fill: "none",
        stroke: "var(--book-orange)", "stroke-width": 2.5 }));
      grid.replaceChildren(...cells);
      grid.setAttribute("aria-label", text.grid.replace("{query}", chosen + 1));
      const seen = visible[chosen].flatMap((is, j) => (is ? [j + 1] : [])), count = visible.flat().filter(Boolean).length;
      rule.textContent = code(state);
      summary.textContent = text.sees.replace("{query}", chosen + 1).replace("{some}", seen.join(", ") || text.nothing);
      filled.textContent = text.filled.replace("{count}", count).replace("{all}", n * n);
    }
    show();
  }

  window.bookComponents = window.bookComponents || {};
  window.bookComponents["masks"] = draw;
  draw.compute = compute;
})();
