// The rules of decoding on a model's real logits.
// data: {contexts: [{text, tokens, logits}]}: the most probable tokens, best first; all others are left out.
(function () {
  "use strict";

  const { html, svg, slider, choice, frame } = window.bookNodes; // of interactive.js
  const SHOWN = 14; // bars
  const TEXT = {
    label: "Decoding, interactive figure", context: "After", temperature: "Temperature", topK: "top-k", topP: "top-p", minP: "min-p",
    off: "off", draw: "Draw ten", drawn: "Ten draws: {some}", bars: "Probabilities of the first tokens, by the model and after the rules",
    summary: "{kept} of {all} tokens may be drawn; entropy {entropy} nats.", legend: "Outline: by the model. Filled: after the rules.",
  };

  function softmax(logits) {
    const largest = Math.max(...logits), powers = logits.map((z) => Math.exp(z - largest));
    const total = powers.reduce((sum, x) => sum + x, 0);
    return powers.map((x) => x / total);
  }

  /** Probabilities after temperature, top-k, top-p and min-p, in this order; 0 and 1 switch the cuts off. Best first. */
  function compute(logits, { temperature = 1, topK = 0, topP = 1, minP = 0 } = {}) {
    let kept = logits.map((z) => z / temperature);
    const cut = (keeps) => {
      const p = softmax(kept);
      let before = 0;
      kept = kept.map((z, i) => {
        const stays = keeps(p[i], i, before, p[0]);
        before += p[i];
        return stays ? z : -Infinity;
      });
    };
    if (topK) cut((_, i) => i < topK);
    if (topP < 1) cut((_, i, before) => before < topP);
    if (minP > 0) cut((p, i, before, best) => p >= minP * best);
    return softmax(kept);
  }

  function draw(element, data) {
    const text = { ...TEXT, ...data.text }, state = { context: 0, temperature: 1, topK: 0, topP: 1, minP: 0 };
    const n = data.contexts[0].tokens.length, bars = html("div"), drawn = html("p", { "aria-live": "polite" });
    const summary = html("p", { "aria-live": "polite" }), button = html("button", { type: "button" }, text.draw);
    const change = (key) => (value) => { state[key] = value; drawn.textContent = ""; show(); };
    const share = (value) => value.toFixed(2);
    button.addEventListener("click", () => {
      const p = compute(data.contexts[state.context].logits, state);
      const some = Array.from({ length: 10 }, () => {
        let left = Math.random();
        const i = p.findIndex((x) => (left -= x) < 0);
        return data.contexts[state.context].tokens[i < 0 ? 0 : i];
      });
      drawn.textContent = text.drawn.replace("{some}", some.join(" · "));
    });
    frame(element, text.label, [
      choice(text.context, data.contexts.map((context) => `“${context.text} …”`), 0, change("context")),
      slider(text.temperature, { min: 0.1, max: 2, step: 0.05, value: 1, say: share }, change("temperature")),
      slider(text.topK, { min: 0, max: 100, value: 0, say: (k) => (k ? String(k) : text.off) }, change("topK")),
      slider(text.topP, { min: 0.05, max: 1, step: 0.01, value: 1, say: (p) => (p < 1 ? share(p) : text.off) }, change("topP")),
      slider(text.minP, { min: 0, max: 0.5, step: 0.01, value: 0, say: (p) => (p ? share(p) : text.off) }, change("minP")),
      button,
    ], bars, html("p", {}, text.legend), summary, drawn);

    function show() {
      const { tokens, logits } = data.contexts[state.context], before = softmax(logits), after = compute(logits, state);
      const chart = svg("svg", { viewBox: `0 0 460 ${SHOWN * 20}`, width: 460, role: "img", "aria-label": text.bars });
      const most = Math.max(before[0], after[0]), width = (p) => (280 * p) / most;
      for (let i = 0; i < SHOWN; i++) {
        const y = i * 20, look = { x: 106, y: y + 3, height: 14 };
        chart.append(svg("text", { x: 100, y: y + 14, "font-size": 12, "text-anchor": "end" }, tokens[i]));
        chart.append(svg("rect", { ...look, width: width(after[i]), fill: "var(--book-blue)", "fill-opacity": 0.8 }));
        chart.append(svg("rect", { ...look, width: width(before[i]), fill: "none", stroke: "currentColor" }));
        chart.append(svg("text", { x: 112 + width(Math.max(before[i], after[i])), y: y + 14, "font-size": 11 }, after[i] ? after[i].toFixed(3) : "–"));
      }
      bars.replaceChildren(chart);
      const kept = after.filter((p) => p > 0).length, entropy = after.reduce((sum, p) => sum - (p > 0 ? p * Math.log(p) : 0), 0);
      summary.textContent = text.summary.replace("{kept}", kept).replace("{all}", n).replace("{entropy}", Math.abs(entropy).toFixed(2));
    }
    show();
  }

  window.bookComponents = window.bookComponents || {};
  window.bookComponents["decoding"] = draw;
  draw.compute = compute;
})();
