// Which method to take for a task, within limits of time and size, from this book's own measurements.
// data: {tasks: {task: {labels: [{method, accuracy, low, high, ms, mb}]}}, start: {task, labels}}.
(function () {
  "use strict";

  const { html, svg, slider, choice, frame } = window.bookNodes; // of interactive.js
  const STEPS = [0.1, 0.3, 1, 3, 10, 30, 100, 300, Infinity]; // of both limits
  const ROW = 26, LEFT = 150, WIDTH = 460; // of the drawing, in its units
  const TEXT = {
    label: "Chooser of a method, interactive figure", task: "Task", labels: "Labels", ms: "At most, ms a text",
    mb: "At most, MB", any: "any", drawing: "Accuracy of each method, with its interval",
    choice: "Take {method}: accuracy {accuracy} ({low} to {high}), {ms} ms a text, {mb} MB. It is the cheapest within " +
      "the limits whose interval reaches the best within them.",
    none: "No method is within these limits.",
  };

  /** The methods within the limits, those near the best of them, and the cheapest of these (null if there is none). */
  function compute({ rows, ms = Infinity, mb = Infinity }) {
    const within = rows.filter((row) => row.ms <= ms && row.mb <= mb);
    const top = Math.max(...within.map((row) => row.accuracy));
    const near = within.filter((row) => row.high >= top);
    const cheapest = [...near].sort((a, b) => a.ms - b.ms || b.accuracy - a.accuracy)[0] || null;
    return { within: within.map((row) => row.method), near: near.map((row) => row.method), choice: cheapest && cheapest.method };
  }

  const short = (x) => (x >= 100 ? Math.round(x) : x >= 1 ? x.toFixed(1) : x.toFixed(2)).toString();

  function draw(element, data) {
    const text = { ...TEXT, ...data.text };
    const state = { ...data.start, ms: Infinity, mb: Infinity };
    const change = (key) => (value) => { state[key] = value; show(); };
    const limit = (key) => slider(text[key], { min: 0, max: STEPS.length - 1, value: STEPS.length - 1,
      say: (step) => (Number.isFinite(STEPS[step]) ? String(STEPS[step]) : text.any) },
    (step) => { state[key] = STEPS[step]; show(); });
    const picture = svg("svg", { role: "img", "aria-label": text.drawing, width: "100%" });
    const summary = html("p", { "aria-live": "polite" });
    const tasks = Object.keys(data.tasks), budgets = Object.keys(data.tasks[tasks[0]]);
    const task = html("select", {}, ...tasks.map((name) => html("option", { value: name }, name)));
    task.value = state.task;
    task.addEventListener("change", () => change("task")(task.value));
    frame(element, text.label, [
      html("label", {}, text.task, task),
      choice(text.labels, budgets, budgets.indexOf(state.labels), (i) => change("labels")(budgets[i])),
      limit("ms"), limit("mb"),
    ], picture, summary);

    function show() {
      const rows = data.tasks[state.task][state.labels], found = compute({ rows, ms: state.ms, mb: state.mb });
      const x = (value) => LEFT + value * (WIDTH - LEFT - 20), marks = [];
      picture.setAttribute("viewBox", `0 0 ${WIDTH} ${rows.length * ROW + 24}`);
      for (const tick of [0, 0.25, 0.5, 0.75, 1]) {
        marks.push(svg("line", { x1: x(tick), x2: x(tick), y1: 4, y2: rows.length * ROW, stroke: "currentColor", "stroke-opacity": 0.2 }),
          svg("text", { x: x(tick), y: rows.length * ROW + 17, "font-size": 12, "text-anchor": "middle" }, tick));
      }
      rows.forEach((row, i) => {
        const y = (i + 0.5) * ROW, opacity = found.within.includes(row.method) ? 1 : 0.25;
        const best = row.method === found.choice, colour = best ? "var(--book-orange)" : "var(--book-blue)";
        marks.push(
          svg("text", { x: LEFT - 10, y: y + 4, "font-size": 13, "text-anchor": "end", fill: "currentColor", opacity,
            "font-weight": best ? 700 : 400 }, row.method),
          svg("line", { x1: x(row.low), x2: x(row.high), y1: y, y2: y, stroke: colour, "stroke-width": 3, opacity }),
          svg("circle", { cx: x(row.accuracy), cy: y, r: 5, stroke: colour, "stroke-width": 2, opacity,
            fill: found.near.includes(row.method) ? colour : "none" }));
      });
      picture.replaceChildren(...marks);
      const row = rows.find(({ method }) => method === found.choice);
      summary.textContent = row ? text.choice.replace("{method}", row.method).replace("{accuracy}", row.accuracy.toFixed(2))
        .replace("{low}", row.low.toFixed(2)).replace("{high}", row.high.toFixed(2)).replace("{ms}", short(row.ms))
        .replace("{mb}", short(row.mb)) : text.none;
    }
    show();
  }

  window.bookComponents = window.bookComponents || {};
  window.bookComponents["chooser"] = draw;
  draw.compute = compute;
})();
