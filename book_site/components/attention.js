// Attention on a few tokens with vectors of two numbers, to be changed by hand.
// data: {tokens, queries, keys, values, …}, vectors as lists of two numbers, one for each token.
(function () {
  "use strict";

  const BLUE = "var(--book-blue, #0083c9)", ORANGE = "var(--book-orange, #d9730d)";
  const GREEN = "var(--book-green, #019970)", PINK = "var(--book-pink, #c76a9b)";
  const SIZE = 260; // of a plane, in its own units; the page scales it
  const LIMIT = 4; // queries and keys stay within ± this
  const STYLE = `
    .attention-figure { color: var(--book-ink, currentColor); font-size: .9rem; line-height: 1.4; max-width: 46rem;
      margin: 1rem auto; }
    .attention-figure fieldset { border: 0; margin: 0; padding: 0; display: flex; flex-wrap: wrap;
      gap: .2rem .8rem; min-width: 0; }
    .attention-figure legend { float: left; padding: 0; margin: 0 .6rem 0 0; font-size: inherit; font-weight: 600;
      width: auto; }
    .attention-figure label { display: inline-flex; align-items: center; gap: .35rem; margin: 0; }
    .attention-controls { display: flex; flex-wrap: wrap; gap: .5rem 1.6rem; align-items: center;
      margin-bottom: .8rem; }
    .attention-controls button { font: inherit; color: inherit; background: none; border: 1px solid currentColor;
      border-radius: 4px; padding: .1rem .7rem; cursor: pointer; }
    .attention-planes { display: flex; flex-wrap: wrap; gap: 1rem; }
    .attention-planes > div { flex: 1 1 15rem; min-width: 0; }
    .attention-planes p, .attention-figure caption { margin: 0 0 .2rem; font-weight: 600; text-align: left;
      caption-side: top; color: inherit; padding: 0; }
    .attention-planes svg { width: 100%; max-width: 22rem; height: auto; display: block; border-radius: 4px; }
    .attention-pad { cursor: crosshair; touch-action: none; }
    .attention-figure :is(svg, button, input):focus-visible { outline: 3px solid ${BLUE}; outline-offset: 2px; }
    .attention-figure table { width: 100%; margin: .8rem 0; border-collapse: collapse;
      font-variant-numeric: tabular-nums; }
    .attention-figure :is(th, td) { padding: .15rem .4rem; text-align: right;
      border-bottom: 1px solid color-mix(in srgb, currentColor 20%, transparent); background: none; color: inherit; }
    .attention-figure :is(th, td):first-child, .attention-figure .attention-bar { text-align: left; }
    .attention-figure td { white-space: nowrap; } .attention-bar { width: 30%; }
      .attention-bar div { height: .8rem; background: ${BLUE}; }
    .attention-help, .attention-summary { margin: .3rem 0; }
    @media print { .attention-figure { display: none; } }`;

  /** Scores (before the mask), weights and output of attention; lists of lists, one row for each query. */
  function compute(queries, keys, values, { temperature = 1, causal = false, scale = true } = {}) {
    const divisor = temperature * (scale ? Math.sqrt(keys[0].length) : 1);
    const scores = queries.map((q) => keys.map((k) => q.reduce((sum, x, c) => sum + x * k[c], 0) / divisor));
    const weights = scores.map((row, i) => {
      const seen = row.map((score, j) => (causal && j > i ? -Infinity : score));
      const largest = Math.max(...seen); // subtracted so that the exponential cannot overflow
      const exponentials = seen.map((score) => Math.exp(score - largest));
      const total = exponentials.reduce((sum, e) => sum + e, 0);
      return exponentials.map((e) => e / total);
    });
    const output = weights.map((row) => values[0].map((_, c) => row.reduce((sum, w, j) => sum + w * values[j][c], 0)));
    return { scores, weights, output };
  }

  const number = (x, digits = 2) => (Math.abs(x) < 0.5 * 10 ** -digits ? 0 : x).toFixed(digits).replace("-", "−");
  const pair = (v) => `(${number(v[0])}, ${number(v[1])})`;
  let figures = 0;

  const { html, svg } = window.bookNodes; // of interactive.js

  /** An empty plane from low to high on both axes, with a grid, and functions from its numbers to its units. */
  function plane(low, high) {
    const unit = SIZE / (high - low), x = (v) => (v - low) * unit, y = (v) => (high - v) * unit;
    const node = svg("svg", { viewBox: `0 0 ${SIZE} ${SIZE}` });
    for (let v = Math.ceil(low); v <= high; v++) {
      const look = { stroke: "currentColor", "stroke-opacity": v ? 0.12 : 0.5 };
      node.append(svg("line", { x1: x(v), x2: x(v), y1: 0, y2: SIZE, ...look }));
      node.append(svg("line", { y1: y(v), y2: y(v), x1: 0, x2: SIZE, ...look }));
    }
    const ink = svg("g");
    node.append(ink);
    const label = (text, [px, py], fill, anchor = "middle") => {
      const place = { x: Math.min(Math.max(px, 24), SIZE - (anchor === "start" ? 56 : 24)), y: Math.min(Math.max(py, 12), SIZE - 4) };
      ink.append(svg("text", { ...place, "text-anchor": anchor, "font-size": 12, fill }, text));
    };
    return { node, ink, x, y, unit, label, clamp: (v) => Math.min(Math.max(v, low), high) };
  }

  function draw(element, data) {
    const id = `attention-figure-${++figures}`;
    const start = { queries: data.queries, keys: data.keys, token: data.tokens.length - 1, moved: "queries",
      temperature: 1, causal: false, scale: true };
    let state = structuredClone(start);

    // Controls
    const radio = (group, value, text, change) => {
      const input = html("input", { type: "radio", name: `${id}-${group}`, value });
      input.addEventListener("change", () => { change(value); show(); });
      return html("label", {}, input, text);
    };
    const checkbox = (key, text) => {
      const input = html("input", { type: "checkbox", "data-control": key });
      input.addEventListener("change", () => { state[key] = input.checked; show(); });
      return html("label", {}, input, text);
    };
    const token = html("fieldset", {}, html("legend", {}, "Token"),
      ...data.tokens.map((text, i) => radio("token", i, text, (value) => { state.token = value; })));
    const moved = html("fieldset", {}, html("legend", {}, "Move its"),
      radio("moved", "queries", "query", (value) => { state.moved = value; }),
      radio("moved", "keys", "key", (value) => { state.moved = value; }));
    // the slider holds the logarithm to base 10, so that halving and doubling are steps of one size
    const temperature = html("input", { type: "range", min: -1, max: 1, step: 0.05, "data-control": "temperature" });
    const shownTemperature = html("output", { for: `${id}-temperature`, "aria-live": "off" });
    temperature.id = `${id}-temperature`;
    temperature.addEventListener("input", () => { state.temperature = 10 ** Number(temperature.value); show(); });
    const reset = html("button", { type: "button" }, "Reset");
    reset.addEventListener("click", () => { state = structuredClone(start); show(); });
    const controls = html("div", { class: "attention-controls" }, token, moved,
      html("label", {}, "Temperature", temperature, shownTemperature),
      checkbox("causal", "Causal mask"), checkbox("scale", "Divide by √d"), reset);

    // The pad: queries and keys
    const pad = plane(-LIMIT, LIMIT), result = plane(-1, 5);
    for (const [key, value] of Object.entries({ class: "attention-pad", tabindex: 0, role: "application",
      "aria-roledescription": "two-dimensional pad", "aria-describedby": `${id}-help` })) pad.node.setAttribute(key, value);
    result.node.setAttribute("role", "img");
    const move = (a, b) => {
      state[state.moved][state.token] = [a, b].map((v) => pad.clamp(Math.round(v * 20) / 20));
      show();
    };
    const moveToPointer = (event) => {
      const box = pad.node.getBoundingClientRect();
      move(LIMIT * ((2 * (event.clientX - box.left)) / box.width - 1), LIMIT * (1 - (2 * (event.clientY - box.top)) / box.height));
    };
    pad.node.addEventListener("pointerdown", (event) => {
      pad.node.setPointerCapture(event.pointerId);
      moveToPointer(event);
    });
    pad.node.addEventListener("pointermove", (event) => {
      if (pad.node.hasPointerCapture(event.pointerId)) moveToPointer(event);
    });
    pad.node.addEventListener("keydown", (event) => {
      const step = event.shiftKey ? 1 : 0.1;
      const by = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, step], ArrowDown: [0, -step] }[event.key];
      if (!by) return;
      event.preventDefault();
      const [a, b] = state[state.moved][state.token];
      move(a + by[0], b + by[1]);
    });

    const help = html("p", { class: "attention-help", id: `${id}-help` },
      "Drag in the left plane, or focus it and press the arrow keys (with Shift: larger steps).");
    const caption = html("caption"), body = html("tbody");
    const head = html("tr", {}, ...["key of", "score", "weight", "", "value"].map((text) =>
      text ? html("th", { scope: "col" }, text) : html("td")));
    const table = html("table", {}, caption, html("thead", {}, head), body);
    const summary = html("p", { class: "attention-summary", "aria-live": "polite" });
    element.replaceChildren(html("style", {}, STYLE), html("div", { class: "attention-figure", role: "group",
      "aria-label": "Attention by hand, interactive figure" }, controls,
      html("div", { class: "attention-planes" },
        html("div", {}, html("p", {}, "Queries (solid) and keys (dashed)"), pad.node),
        html("div", {}, html("p", {}, "Values (dots) and output (diamond)"), result.node)),
      help, table, summary));

    function arrow([a, b], colour, dashed, strong) {
      const end = [pad.x(a), pad.y(b)], start = [pad.x(0), pad.y(0)];
      const angle = (Math.atan2(end[1] - start[1], end[0] - start[0]) * 180) / Math.PI;
      const opacity = strong ? 1 : 0.35;
      pad.ink.append(svg("line", { x1: start[0], y1: start[1], x2: end[0], y2: end[1], stroke: colour, opacity,
        "stroke-width": strong ? 2.5 : 1.8, "stroke-dasharray": dashed ? "6 4" : "none" }));
      pad.ink.append(svg("path", { d: "M -9 -5 L 0 0 L -9 5", fill: "none", stroke: colour, opacity, "stroke-width": 2.5,
        transform: `translate(${end}) rotate(${angle})` }));
    }

    /** A label beyond the tip of an arrow, a little higher or lower, so that two can share a tip. */
    function beside(text, [a, b], colour, dy) {
      const length = Math.hypot(a, b) || 1, side = a / length;
      const anchor = side > 0.4 ? "start" : side < -0.4 ? "end" : "middle";
      pad.label(text, [pad.x(a) + 14 * side, pad.y(b) - (15 * b) / length + dy], colour, anchor);
    }

    function show() {
      const { tokens, values } = data, i = state.token, name = tokens[i];
      const { scores, weights, output } = compute(state.queries, state.keys, values, state);
      const what = state.moved === "queries" ? "query" : "key";

      for (const input of token.querySelectorAll("input")) input.checked = Number(input.value) === i;
      for (const input of moved.querySelectorAll("input")) input.checked = input.value === state.moved;
      for (const key of ["causal", "scale"]) controls.querySelector(`[data-control=${key}]`).checked = state[key];
      temperature.value = Math.log10(state.temperature);
      temperature.setAttribute("aria-valuetext", number(state.temperature));
      shownTemperature.textContent = number(state.temperature);

      pad.ink.replaceChildren();
      tokens.forEach((text, j) => {
        arrow(state.queries[j], BLUE, false, j === i);
        arrow(state.keys[j], ORANGE, true, state.moved === "queries" || j === i);
      });
      tokens.forEach((text, j) => {
        if (j === i) beside(`q ${text}`, state.queries[j], BLUE, -5);
        beside(`k ${text}`, state.keys[j], ORANGE, 9);
      });
      const [hx, hy] = state[state.moved][i];
      pad.ink.append(svg("circle", { cx: pad.x(hx), cy: pad.y(hy), r: 8, fill: "currentColor", "fill-opacity": 0.15,
        stroke: "currentColor" }));
      pad.node.setAttribute("aria-label", `Position of the ${what} of ${name}: ${pair(state[state.moved][i])}`);

      result.ink.replaceChildren(svg("polygon", { points: values.map(([a, b]) => [result.x(a), result.y(b)]).join(" "),
        fill: "currentColor", "fill-opacity": 0.08 }));
      values.forEach((v, j) => {
        result.ink.append(svg("circle", { cx: result.x(v[0]), cy: result.y(v[1]), r: 2 + 16 * Math.sqrt(weights[i][j]),
          fill: GREEN, "fill-opacity": 0.75 }));
        result.label(tokens[j], [result.x(v[0]), result.y(v[1]) - 20], "currentColor");
      });
      const [ox, oy] = [result.x(output[i][0]), result.y(output[i][1])];
      result.ink.append(svg("path", { d: `M ${ox} ${oy - 8} l 8 8 l -8 8 l -8 -8 z`, fill: PINK, stroke: "currentColor" }));
      result.node.setAttribute("aria-label", `Output of ${name}: ${pair(output[i])}`);

      caption.textContent = `What ${name} looks at`;
      body.replaceChildren(...tokens.map((text, j) => {
        const bar = html("div");
        bar.style.width = `${100 * weights[i][j]}%`;
        const hidden = state.causal && j > i;
        return html("tr", {}, html("th", { scope: "row" }, text), html("td", {}, hidden ? "masked" : number(scores[i][j])),
          html("td", {}, number(weights[i][j], 3)), html("td", { class: "attention-bar", "aria-hidden": "true" }, bar),
          html("td", {}, pair(values[j])));
      }));
      const best = weights[i].indexOf(Math.max(...weights[i]));
      summary.textContent = `The ${what} of ${name} is ${pair(state[state.moved][i])}. ${name} gives most weight, ` +
        `${number(weights[i][best], 3)}, to ${tokens[best]}; its output is ${pair(output[i])}.`;
    }
    show();
  }

  window.bookComponents = window.bookComponents || {};
  window.bookComponents["attention"] = draw;
  window.bookComponents["attention"].compute = compute;
})();
