// Rotary positions: a query and a key, cut into pairs, each pair turned by its place.
// data: {query, key, base}: vectors of the same even length.
(function () {
  "use strict";

  const { html, svg, slider, checkbox, frame } = window.bookNodes; // of interactive.js
  const DIAL = 110, LAST = 60; // units of a dial; last place
  const TEXT = {
    label: "Rotary positions, interactive figure", query: "Query at place", key: "Key at place", together: "move both together",
    dials: "Each pair of the query (blue) and of the key (orange), turned by its place",
    curve: "Score of the pair against the distance from key to query", distance: "distance",
    summary: "Places {p} and {r}, distance {distance}: the score is {score}.", pair: "pair {c}",
  };

  const speed = (c, width, base) => base ** ((-2 * c) / width); // radians a token

  /** A vector (x₀, x₁, …) with pair c turned by its angle at this place. */
  function turned(vector, place, base) {
    return vector.map((_, i) => {
      const c = Math.floor(i / 2), angle = place * speed(c, vector.length, base), [a, b] = [vector[2 * c], vector[2 * c + 1]];
      return i % 2 ? a * Math.sin(angle) + b * Math.cos(angle) : a * Math.cos(angle) - b * Math.sin(angle);
    });
  }

  /** Score of a query at place p with a key at place r. */
  function compute({ query, key, base }, p, r) {
    const q = turned(query, p, base), k = turned(key, r, base);
    return q.reduce((sum, x, i) => sum + x * k[i], 0);
  }

  function draw(element, data) {
    const text = { ...TEXT, ...data.text }, n = data.query.length / 2, state = { p: 12, r: 9, together: false };
    const longest = Math.max(...[data.query, data.key].flatMap((v) => Array.from({ length: n }, (_, c) => Math.hypot(v[2 * c], v[2 * c + 1]))));
    const dials = svg("svg", { viewBox: `0 0 ${n * DIAL} ${DIAL + 20}`, width: n * DIAL, role: "img", "aria-label": text.dials });
    const curve = svg("svg", { viewBox: "0 0 420 150", width: 420, role: "img", "aria-label": text.curve });
    const summary = html("p", { "aria-live": "polite" });
    const sliders = ["p", "r"].map((which) => slider({ p: text.query, r: text.key }[which],
      { min: 0, max: LAST, value: state[which] }, (value) => move(which, value)));
    frame(element, text.label, [...sliders, checkbox(text.together, false, (on) => { state.together = on; })], dials, curve, summary);

    function move(which, value) {
      const other = which === "p" ? "r" : "p", by = value - state[which];
      state[which] = value;
      if (state.together) { // as far as both stay within their range
        state[other] = Math.min(Math.max(state[other] + by, 0), LAST);
        const input = sliders[other === "p" ? 0 : 1].querySelector("input");
        input.value = state[other];
        input.parentNode.querySelector("output").textContent = state[other];
      }
      show();
    }

    function show() {
      const { p, r } = state, score = compute(data, p, r), drawn = [];
      for (let c = 0; c < n; c++) {
        const x = (c + 0.5) * DIAL, y = DIAL / 2;
        drawn.push(svg("circle", { cx: x, cy: y, r: 46, fill: "none", stroke: "currentColor", "stroke-opacity": 0.4 }));
        for (const [vector, place, colour] of [[data.query, p, "blue"], [data.key, r, "orange"]]) {
          const [a, b] = turned(vector, place, data.base).slice(2 * c, 2 * c + 2).map((v) => (44 * v) / longest);
          drawn.push(svg("line", { x1: x, y1: y, x2: x + a, y2: y - b, stroke: `var(--book-${colour})`, "stroke-width": 3 }));
          drawn.push(svg("circle", { cx: x + a, cy: y - b, r: 4, fill: `var(--book-${colour})` }));
        }
        drawn.push(svg("text", { x, y: DIAL + 12, "font-size": 12, "text-anchor": "middle" }, text.pair.replace("{c}", c)));
      }
      dials.replaceChildren(...drawn);
      const all = Array.from({ length: 2 * LAST + 1 }, (_, i) => compute(data, i - LAST, 0)), most = Math.max(...all.map(Math.abs));
      const x = (d) => 210 + (200 * d) / LAST, y = (s) => 65 - (58 * s) / most;
      const axis = { stroke: "currentColor", "stroke-opacity": 0.4 };
      curve.replaceChildren(
        svg("line", { x1: 10, x2: 410, y1: y(0), y2: y(0), ...axis }), svg("line", { x1: x(0), x2: x(0), y1: 5, y2: 125, ...axis }),
        svg("polyline", { points: all.map((s, i) => `${x(i - LAST)},${y(s)}`).join(" "), fill: "none", stroke: "currentColor", "stroke-width": 1.5 }),
        svg("circle", { cx: x(p - r), cy: y(score), r: 6, fill: "var(--book-orange)" }),
        ...[-LAST, 0, LAST].map((d) => svg("text", { x: x(d), y: 142, "font-size": 12, "text-anchor": d < 0 ? "start" : d ? "end" : "middle" },
          d ? String(d).replace("-", "−") : text.distance)));
      summary.textContent = Object.entries({ p, r, distance: p - r, score: score.toFixed(3) })
        .reduce((line, [key, value]) => line.replace(`{${key}}`, String(value).replace("-", "−")), text.summary);
    }
    show();
  }

  window.bookComponents = window.bookComponents || {};
  window.bookComponents["rotary"] = draw;
  draw.compute = compute;
})();
