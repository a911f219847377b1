// Memory, time, energy and price of training a GPT, to be changed by hand: what utils/{parameters,memory,compute}.py say.
// data: {devices: [{device, peak_flops_per_second, memory_bytes, watts, price_per_hour}], start: {the inputs of compute}}.
(function () {
  "use strict";

  const PARTS = { weights: "blue", gradients: "sky", optimizer: "green", activations: "orange" };
  const COLOURS = { blue: "#0083c9", sky: "#3fa3dc", green: "#019970", orange: "#d9730d" };
  const BYTES = { float32: [4, 4, 8, 4], mixed: [2, 2, 12, 2] }; // weight, gradient, optimiser; number in activations
  const SHARDED = { none: [], optimizer: ["optimizer"], gradients: ["optimizer", "gradients"],
    parameters: ["optimizer", "gradients", "weights"] };
  const OVERHEAD = 1.1; // what a data centre draws for each watt of its machines
  const NUMBERS = { // key: label, least, most, step of the field
    n_layers: ["Layers", 1, 1000, 1], d_model: ["Features", 1, 1e6, 1], vocab_size: ["Vocabulary", 1, 1e7, 1],
    length: ["Sequence length", 1, 1e8, 1], n_sequences: ["Sequences per device", 1, 1e6, 1],
    n_tokens: ["Training tokens", 1, 1e18, "any"], n_devices: ["Devices", 1, 1e6, 1],
    utilisation: ["Utilisation", 1e-6, 1, "any"] };
  const CHOICES = { precision: { label: "Precision", float32: "float32", mixed: "mixed, 16 bit" },
    sharded: { label: "Sharded", none: "nothing", optimizer: "optimiser", gradients: "and gradients",
      parameters: "and weights" } };
  const STYLE = `
    .calculator { color: var(--book-ink, currentColor); font-size: .9rem; line-height: 1.4; max-width: 46rem;
      margin: 1rem auto; text-align: left; }
    .calculator-fields { display: grid; grid-template-columns: repeat(auto-fill, minmax(10.5rem, 1fr)); gap: .6rem; }
    .calculator-fields label { display: flex; flex-direction: column; gap: .1rem; margin: 0; min-width: 0; }
    .calculator-fields label.calculator-check { flex-direction: row; align-items: center; gap: .4rem; }
    .calculator :is(input, select, button) { font: inherit; color: inherit; background: transparent;
      border: 1px solid currentColor; border-radius: 4px; padding: .15rem .4rem; min-width: 0; }
    .calculator option { color: #1b1f27; background: #fff; }
    .calculator :is(input, select, button):focus-visible { outline: 3px solid #0083c9; outline-offset: 2px; }
    .calculator svg { width: 100%; height: auto; display: block; margin: .8rem 0 .3rem; }
    .calculator table { width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums; margin: .4rem 0; }
    .calculator :is(th, td) { padding: .15rem .4rem; text-align: right; background: none; color: inherit;
      border-bottom: 1px solid color-mix(in srgb, currentColor 20%, transparent); }
    .calculator th { text-align: left; } .calculator caption { caption-side: top; font-weight: 600; color: inherit;
      text-align: left; padding: 0; }
    .calculator i { display: inline-block; width: .8rem; height: .8rem; margin-right: .4rem; border-radius: 2px; }
    .calculator-error { font-weight: 600; margin: .4rem 0; } .calculator-summary { margin: .4rem 0; }
    @media print { .calculator { display: none; } }`;

  /** Everything for one set of inputs; `peak`, `memory`, `watts` and `price_per_hour` (may be null) are those of one
   * device. What does not fit has neither time nor energy nor price. */
  function compute(inputs) {
    for (const [key, [label, least, most]] of Object.entries(NUMBERS)) {
      const value = inputs[key];
      if (!(Number.isFinite(value) && value >= least && value <= most)) {
        throw new RangeError(`${label} must be from ${least} to ${most}` +
          (key === "utilisation" ? "; write 0.4, not 40" : ""));
      }
    }
    const { n_layers: layers, d_model: d, vocab_size: words, length, n_sequences, n_tokens, n_devices } = inputs;
    const n = (words + length) * d + layers * (12 * d * d + 9 * d) + (2 * layers + 1) * 2 * d;
    const [weight, gradient, optimizer, each] = BYTES[inputs.precision];
    const batch = n_sequences * length;
    const layer = batch * each * 16 * d, end = batch * (2 * d * each + 4 * words);
    const divided = (part) => (SHARDED[inputs.sharded].includes(part) ? n_devices : 1);
    const memory = {
      weights: (n * weight) / divided("weights"), gradients: (n * gradient) / divided("gradients"),
      optimizer: (n * optimizer) / divided("optimizer"),
      activations: inputs.checkpointing ? layers * batch * d * each + layer + end : layers * layer + end,
    };
    const total = Object.values(memory).reduce((sum, bytes) => sum + bytes, 0);
    const flops = 6 * n * n_tokens, fits = total <= inputs.memory;
    if (!fits) return { ...memory, total, fits, n_parameters: n, flops, seconds: null, kwh: null, price: null };
    const seconds = flops / (inputs.peak * inputs.utilisation * n_devices);
    return { ...memory, total, fits, n_parameters: n, flops, seconds,
      kwh: (seconds * inputs.watts * n_devices * OVERHEAD) / 3.6e6,
      price: inputs.price_per_hour === null ? null : (seconds / 3600) * inputs.price_per_hour * n_devices };
  }

  const { html, svg } = window.bookNodes; // of interactive.js

  const number = (x) => (x >= 1000 ? Math.round(x).toLocaleString("en-GB") : x.toPrecision(3));
  const scaled = (x) => {
    for (const [unit, size] of [["T", 1e12], ["B", 1e9], ["M", 1e6], ["k", 1e3]]) {
      if (x >= size) return `${number(x / size)} ${unit}`;
    }
    return number(x);
  };
  const bytes = (x) => (x >= 1e8 ? `${number(x / 1e9)} GB` : `${number(x / 1e6)} MB`);
  const duration = (s) => {
    for (const [unit, size] of [["years", 31557600], ["days", 86400], ["hours", 3600], ["minutes", 60]]) {
      if (s >= 2 * size) return `${number(s / size)} ${unit}`;
    }
    return `${number(s)} seconds`;
  };

  function draw(element, data) {
    const fields = {};
    const form = html("div", { class: "calculator-fields" });
    for (const [key, [label, least, most, step]] of Object.entries(NUMBERS)) {
      fields[key] = html("input", { type: "number", min: least, max: most, step, "data-input": key });
      form.append(html("label", {}, label, fields[key]));
    }
    const select = (key, label, choices) => {
      fields[key] = html("select", { "data-input": key },
        ...choices.map(([value, text]) => html("option", { value }, text)));
      form.append(html("label", {}, label, fields[key]));
    };
    select("device", "Device", data.devices.map(({ device }) => [device, device]));
    for (const [key, { label, ...choices }] of Object.entries(CHOICES)) select(key, label, Object.entries(choices));
    fields.checkpointing = html("input", { type: "checkbox", "data-input": "checkpointing" });
    form.append(html("label", { class: "calculator-check" }, fields.checkpointing, "Checkpointing"));
    const reset = html("button", { type: "button" }, "Reset");
    form.append(reset);

    const bar = svg("svg", { viewBox: "0 0 460 46", role: "img" });
    const error = html("p", { class: "calculator-error", role: "alert" });
    const summary = html("p", { class: "calculator-summary", "aria-live": "polite" });
    const body = html("tbody");
    const table = html("table", {}, html("caption", {}, "Memory of one device, and the whole run"), body);
    element.replaceChildren(html("style", {}, STYLE), html("div", { class: "calculator", role: "group",
      "aria-label": "Calculator of memory, time and price, interactive figure" }, form, error, bar, table, summary));

    function read() {
      const device = data.devices.find((row) => row.device === fields.device.value);
      const inputs = { device: device.device, peak: device.peak_flops_per_second, watts: device.watts,
        price_per_hour: device.price_per_hour, memory: device.memory_bytes, precision: fields.precision.value,
        sharded: fields.sharded.value, checkpointing: fields.checkpointing.checked };
      for (const key of Object.keys(NUMBERS)) inputs[key] = fields[key].value === "" ? NaN : Number(fields[key].value);
      return inputs;
    }

    function show() {
      const inputs = read();
      let result;
      try {
        result = compute(inputs);
      } catch (problem) {
        error.textContent = problem.message;
        return;
      }
      error.textContent = "";
      const widest = Math.max(result.total, inputs.memory) * 1.05, unit = 460 / widest;
      let left = 0;
      bar.replaceChildren(...Object.entries(PARTS).map(([part, colour]) => {
        const box = svg("rect", { x: left, y: 14, width: result[part] * unit, height: 26, fill: COLOURS[colour] });
        left += result[part] * unit;
        return box;
      }));
      const edge = inputs.memory * unit;
      bar.append(svg("line", { x1: edge, x2: edge, y1: 8, y2: 46, stroke: "currentColor", "stroke-width": 2,
        "stroke-dasharray": "4 3" }), svg("text", { x: Math.max(edge, 60), y: 10, "text-anchor": "end", "font-size": 10,
        fill: "currentColor" }, bytes(inputs.memory)));
      const fits = result.fits ? "fits" : "does not fit";
      bar.setAttribute("aria-label", `${bytes(result.total)} of ${bytes(inputs.memory)}: it ${fits}`);
      const row = (name, value, colour) => {
        const head = html("th", { scope: "row" });
        if (colour) {
          const key = html("i", { "aria-hidden": "true" });
          key.style.background = COLOURS[colour];
          head.append(key);
        }
        head.append(name);
        return html("tr", {}, head, html("td", {}, value));
      };
      body.replaceChildren(
        ...Object.entries(PARTS).map(([part, c]) => row(part.replace("optimizer", "optimiser"), bytes(result[part]), c)),
        row("together", bytes(result.total)), row("parameters", scaled(result.n_parameters)),
        row("operations", result.flops.toExponential(2)), row("time", result.fits ? duration(result.seconds) : fits),
        row("energy", result.fits ? `${number(result.kwh)} kWh` : fits),
        row("price", !result.fits ? fits : result.price === null ? "no list price" : `$ ${number(result.price)}`));
      summary.textContent = `${scaled(result.n_parameters)} parameters take ${bytes(result.total)} on each ` +
        `${inputs.device}, which ${fits}` + (result.fits ? `; training takes ${duration(result.seconds)}.`
        : ": this plan cannot run. Shard more, use more devices, or checkpoint.");
    }

    function start() {
      for (const [key, field] of Object.entries(fields)) {
        if (key === "checkpointing") field.checked = data.start[key];
        else field.value = data.start[key];
      }
      show();
    }
    for (const field of Object.values(fields)) field.addEventListener("input", show);
    reset.addEventListener("click", start);
    start();
  }

  window.bookComponents = window.bookComponents || {};
  window.bookComponents["calculator"] = draw;
  window.bookComponents["calculator"].compute = compute;
})();
