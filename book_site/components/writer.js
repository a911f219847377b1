// The book's GPT, at work on the page: it writes on, shows its chances and every vector on the way, and checks itself.
// data: {weights: {name, sha256, bytes}, nHeads, maxLength, prompt, tolerance, checks: [{text, logits}]}: PyTorch's logits.
// The program itself is gpt.js, of the page that shows it.
(function () {
  "use strict";

  const { html, svg, slider, frame, download, script, say, pause, quarters } = window.bookNodes; // of interactive.js
  const HERE = new URL(".", document.currentScript.src); // where the site keeps this file
  const SHOWN = 12; // bars
  const REREAD = 64; // characters that are read again once the model's length is full
  const TEXT = {
    label: "A language model on this page", so: "The text so far", prompt: "Beginning of the text", temperature: "Temperature", topK: "top-k", topP: "top-p",
    off: "off", seed: "Seed", layer: "Layer", head: "Head", vector: "Vector", load: "Load the model ({size} MB)", write: "Write", goOn: "Go on",
    one: "One character", stop: "Stop", checkAgain: "Check again", bars: "Chances of the next character",
    before: "Chances of the next character after “{text}”, by PyTorch: load the model to go on.",
    loading: "Loading: {percent} %", checking: "Comparing with PyTorch: {done} of {all} texts",
    equal: "Checked here: {all} texts, {n} logits; the largest difference from PyTorch's (64 bits) is {gap}.",
    unequal: "The largest difference from PyTorch's logits is {gap}, more than {tolerance}: do not trust what this browser computes.",
    ready: "After “{text}”: {n} characters read, {ms} ms a character.",
    reread: "The model's {max} places were full: it forgot all but the last {n} characters.",
    unknown: "The model does not know {some}; it reads the text without. ", long: "It reads only the last {max} characters.", empty: "Write at least one character that the model knows.",
    network: "The weights could not be loaded ({why}). Is the site open through a server (make serve), and is it still running?",
    wrong: "The file of weights is not the one that belongs to this page: load the page again, without the cache.",
    unchecked: " (Its checksum was not compared: browsers offer that on safe connections only.)",
    attention: "What head {head} of layer {layer} attends to when it has read the last character; the highest bar is a share of {most}",
    numbers: "{n} numbers from {least} to {most}, mean {mean}; the first: {first}",
  };

  const shown = (character) => ({ "\n": "↵", " ": "␣" })[character] || character;
  const ending = (text) => [...text].slice(-16).map(shown).join("");

  /** The model, its file checked; tell(share) hears how much has come. */
  async function load(data, tell = () => {}) {
    const text = { ...TEXT, ...data.text };
    try {
      const { buffer, checked } = await download(data.weights, new URL("../models/", HERE), (n) => tell(Math.min(1, n / data.weights.bytes)));
      const gpt = await script(new URL("gpt.js", HERE), () => window.bookGPT);
      return { model: new gpt.GPT(gpt.readWeights(buffer), data), checked };
    } catch (error) {
      throw new Error(error.kind === "wrong" ? text.wrong : say(text.network, { why: error.message }));
    }
  }

  /** The largest difference between the model's logits and PyTorch's. */
  async function check(model, checks, tell = () => {}) {
    let gap = 0;
    for (const [i, { text, logits }] of checks.entries()) {
      tell(i);
      const ours = model.read(model.encode(text).ids);
      logits.forEach((theirs, id) => { gap = Math.max(gap, Math.abs(ours[id] - theirs)); });
      await pause();
    }
    return Number.isFinite(gap) ? gap : Infinity;
  }

  function draw(element, data) {
    const text = { ...TEXT, ...data.text }, choices = { temperature: 0.8, topK: 0, topP: 1 }, look = { layer: 1, head: 1, vector: "logits" };
    const alphabet = [...data.alphabet];
    let model, next = {}, written = "", random, running = false, busy = false, vectors = {}, later;

    const prompt = html("textarea", { rows: 3, spellcheck: "false" });
    prompt.value = data.prompt;
    const seed = html("input", { type: "number", min: 0, max: 1e9, step: 1, value: 1 });
    const button = (name) => html("button", { type: "button" }, say(text[name], { size: (data.weights.bytes / 1e6).toFixed(1) }));
    const buttons = Object.fromEntries(["load", "write", "goOn", "one", "stop", "checkAgain"].map((name) => [name, button(name)]));
    const status = html("p", { "aria-live": "polite" }), verdict = html("p", { "aria-live": "polite" }), problem = html("p", { role: "alert" });
    const output = html("pre", { class: "writer-text", tabindex: 0, role: "region", "aria-label": text.so });
    const bars = html("div"), attention = html("div"), strip = html("div"), names = html("select");
    const share = (value) => value.toFixed(2);
    const setting = (key) => (value) => { choices[key] = value; show(); };
    const inside = (key) => (value) => { look[key] = value; show(); };
    names.addEventListener("change", () => inside("vector")(names.value));
    const sights = [
      slider(text.layer, { min: 1, max: data.nLayers, value: 1 }, inside("layer")),
      slider(text.head, { min: 1, max: data.nHeads, value: 1 }, inside("head")),
      html("label", {}, text.vector, names),
    ];
    const inner = html("div", { class: "handle-controls" }, ...sights);
    const cuts = [
      slider(text.topK, { min: 0, max: 40, value: 0, say: (k) => (k ? String(k) : text.off) }, setting("topK")),
      slider(text.topP, { min: 0.05, max: 1, step: 0.01, value: 1, say: (p) => (p < 1 ? share(p) : text.off) }, setting("topP")),
    ];
    frame(element, text.label, [
      html("label", { class: "writer-prompt" }, text.prompt, prompt),
      slider(text.temperature, { min: 0.1, max: 2, step: 0.05, value: choices.temperature, say: share }, setting("temperature")),
      ...cuts,
      html("label", {}, text.seed, seed),
      ...Object.values(buttons),
    ], problem, output, status, bars, inner, attention, strip, verdict);

    /** Show what can be done now; the focus does not stay on a button that went. */
    const use = () => {
      const focused = document.activeElement;
      buttons.load.hidden = Boolean(model);
      buttons.load.disabled = busy;
      for (const name of ["write", "one", "checkAgain"]) buttons[name].hidden = !model || running || busy;
      buttons.goOn.hidden = !model || running || busy || !written;
      buttons.stop.hidden = !running;
      for (const part of [inner, ...cuts]) part.hidden = !model;
      for (const field of [prompt, seed]) field.disabled = busy;
      if (focused?.hidden) (running ? buttons.stop : buttons.write).focus();
    };
    use();

    buttons.load.addEventListener("click", async () => {
      busy = true;
      use();
      problem.textContent = "";
      try {
        const loaded = await load(data, quarters((percent) => { status.textContent = say(text.loading, { percent }); }));
        model = loaded.model;
        await compare(loaded.checked ? "" : text.unchecked);
        busy = false;
        begin();
      } catch (error) {
        problem.textContent = error.message;
        status.textContent = "";
      }
      busy = false;
      use();
    });
    buttons.checkAgain.addEventListener("click", async () => {
      clearTimeout(later);
      busy = true;
      use();
      await compare("");
      busy = false;
      begin();
    });
    buttons.one.addEventListener("click", () => {
      if (next.ids || begin()) {
        advance();
        show();
        use();
      }
    });
    buttons.stop.addEventListener("click", () => { running = false; });
    buttons.write.addEventListener("click", () => { if (begin()) write(); });
    buttons.goOn.addEventListener("click", () => { if (next.ids || begin()) write(); });
    for (const input of [prompt, seed]) {
      input.addEventListener("input", () => { // not at each key: a long text takes a second to read
        clearTimeout(later);
        next = {};
        if (model) later = setTimeout(begin, 250);
      });
    }

    async function write() {
      running = true;
      status.setAttribute("aria-live", "off"); // nobody wants each character read aloud
      use();
      for (let i = 0; i < data.nNew && running; i++) {
        advance();
        show();
        await pause();
        if (!next.ids) break; // the beginning was changed
      }
      running = false;
      status.setAttribute("aria-live", "polite");
      show();
      use();
    }

    async function compare(note) {
      const all = data.checks.length, n = all * alphabet.length;
      const gap = await check(model, data.checks, (done) => { verdict.textContent = say(text.checking, { done, all }); });
      const values = { all, n: n.toLocaleString("en"), gap: gap.toExponential(1), tolerance: data.tolerance };
      verdict.textContent = say(gap <= data.tolerance ? text.equal : text.unequal, values) + note;
    }

    /** Read what stands in the field; false if there is nothing to read. */
    function begin() {
      clearTimeout(later);
      running = false;
      written = "";
      next = {};
      const { ids, unknown } = model.encode(prompt.value);
      problem.textContent = unknown.length ? say(text.unknown, { some: unknown.join(" ") }) : "";
      if (ids.length > data.maxLength) problem.textContent += say(text.long, { max: data.maxLength });
      if (!ids.length) {
        problem.textContent = text.empty;
        output.replaceChildren();
        use();
        return false;
      }
      random = window.bookGPT.random(Number(seed.value) || 0);
      read(ids.slice(-data.maxLength));
      show();
      use();
      return true;
    }

    function read(ids) {
      vectors = {};
      next = { logits: timed(() => model.read(ids, note), ids.length), ids: [...ids] };
    }

    const note = (name, values) => { vectors[name] = Array.from(values); };

    function timed(work, n) {
      const start = performance.now(), result = work();
      look.ms = (performance.now() - start) / n;
      return result;
    }

    function advance() {
      const { pick, chances } = window.bookGPT, id = pick(chances(next.logits, choices), random());
      written += alphabet[id];
      if (model.nTokens === data.maxLength) {
        problem.textContent = say(text.reread, { max: data.maxLength, n: REREAD });
        read([...next.ids, id].slice(-REREAD));
      } else {
        vectors = {};
        next = { logits: timed(() => model.step(id, note), 1), ids: [...next.ids, id] };
      }
    }

    function show() {
      const { text: before, logits: theirs } = data.checks[0];
      const logits = model ? next.logits : theirs;
      if (!logits) return; // the text was changed and has not been read yet
      output.replaceChildren(model ? prompt.value : before, html("b", {}, written));
      const so = model ? ending(prompt.value + written) : ending(before);
      status.textContent = model
        ? say(text.ready, { text: so, n: model.nTokens, ms: look.ms.toFixed(1) })
        : say(text.before, { text: so });
      bars.replaceChildren(chart(window.bookGPT ? window.bookGPT.chances(logits, choices) : plain(logits)));
      if (!model) return;
      attention.replaceChildren(shares(vectors[`layer ${look.layer}: attention of head ${look.head}`]));
      if (names.length !== Object.keys(vectors).length) {
        names.replaceChildren(...Object.keys(vectors).map((name) => html("option", { value: name }, name)));
        names.value = look.vector;
      }
      strip.replaceChildren(...line(vectors[look.vector]));
    }

    const plain = (logits) => {
      const powers = logits.map((z) => Math.exp(z / choices.temperature)), total = powers.reduce((sum, power) => sum + power, 0);
      return powers.map((power) => power / total);
    };

    function chart(p) {
      const order = p.map((_, id) => id).sort((a, b) => p[b] - p[a]).slice(0, SHOWN);
      const picture = svg("svg", { viewBox: `0 0 420 ${SHOWN * 18}`, width: 420, role: "img", "aria-label": text.bars });
      order.forEach((id, i) => {
        const y = 18 * i, width = (300 * p[id]) / p[order[0]];
        picture.append(svg("text", { x: 22, y: y + 13, "font-size": 13, "text-anchor": "end" }, shown(alphabet[id])));
        picture.append(svg("rect", { x: 30, y: y + 2, width, height: 14, fill: "var(--book-blue)", "fill-opacity": 0.8 }));
        picture.append(svg("text", { x: 36 + width, y: y + 13, "font-size": 11 }, p[id] ? p[id].toFixed(3) : "–"));
      });
      return picture;
    }

    /** A bar above each character of the text: its share of the newest one's attention. */
    function shares(all) {
      const last = all.slice(-REREAD), ids = next.ids.slice(-REREAD), most = Math.max(...last);
      const label = say(text.attention, { ...look, most: most.toFixed(2) });
      const picture = svg("svg", { viewBox: `0 0 ${last.length * 11 + 4} 84`, width: last.length * 11 + 4, role: "img", "aria-label": label });
      last.forEach((value, i) => {
        const height = (60 * value) / most, x = 11 * i + 2;
        picture.append(svg("rect", { x, y: 64 - height, width: 9, height, fill: "var(--book-orange)" }));
        picture.append(svg("text", { x: x + 4.5, y: 78, "font-size": 11, "text-anchor": "middle" }, shown(alphabet[ids[i]])));
      });
      return html("div", {}, html("p", {}, label), html("div", { class: "writer-wide", tabindex: 0, role: "group", "aria-label": label }, picture));
    }

    function line(values) {
      const least = Math.min(...values), most = Math.max(...values), mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      const fixed = (value) => value.toFixed(3);
      const about = say(text.numbers, {
        n: values.length, least: fixed(least), most: fixed(most), mean: fixed(mean), first: values.slice(0, 4).map(fixed).join(", "),
      });
      const width = 440, step = width / values.length, span = most - least || 1;
      const picture = svg("svg", { viewBox: `0 0 ${width} 60`, width, role: "img", "aria-label": `${look.vector}: ${about}` });
      const top = (value) => 2 + (56 * (most - value)) / span, zero = top(Math.min(most, Math.max(least, 0)));
      values.forEach((value, i) => {
        const y = Math.min(zero, top(value)), height = Math.max(0.5, Math.abs(top(value) - zero));
        picture.append(svg("rect", { x: i * step, y, width: Math.max(0.5, step * 0.8), height, fill: "currentColor" }));
      });
      return [picture, html("p", {}, about)];
    }

    show();
  }

  window.bookComponents = window.bookComponents || {};
  window.bookComponents["writer"] = draw;
  draw.load = load;
  draw.check = check;
})();
