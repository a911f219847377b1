// The book's translator, at work on the page: from English to Chinese, with what a head looks at; it checks itself.
// data: {weights, files: {words}: {name, sha256, bytes}, nHeads, nLayers, most, width, penalty, look: {layer, head, later},
// example, answer, looked: [[piece, word, share]], tolerance, checks: [{text, greedy, beam: [translation, log-probability]}]}:
// PyTorch's. The program itself is translate.js, of the page that shows it, on top of gpt.js.
(function () {
  "use strict";

  const { html, svg, slider, choice, frame, downloads, script, say, pause, quarters, workbench } = window.bookNodes; // of interactive.js
  const HERE = new URL(".", document.currentScript.src);
  const TEXT = {
    label: "A translator from English to Chinese on this page", english: "English text", search: "Search", greedy: "greedy",
    beam: "beam of {width}, length penalty {penalty}", layer: "Layer", head: "Head",
    load: "Load the translator ({size} MB)", translate: "Translate", stop: "Stop", checkAgain: "Check again",
    so: "Chinese", before: "By PyTorch, with the beam. Load the translator to try your own text.",
    loading: "Loading: {percent} %", checking: "Comparing with PyTorch: {done} of {all} sentences", working: "Translating: part {done} of {all}",
    equal: "Checked here: equal to PyTorch on {all} sentences, greedy and with the beam; log-probabilities differ by at most {gap}.",
    unequal: "Of {all} sentences {other} came out otherwise than by PyTorch, and log-probabilities differ by up to {gap} (at most {tolerance} is accepted): this browser computes something else, so nothing is translated here.",
    unchecked: " (Checksums were not compared: browsers offer that on safe connections only.)",
    done: "Translated in {seconds} s: {n} Chinese pieces, {ms} ms each.", note: "Note: {note}.",
    looks: "Where head {head} of layer {layer} looks", piece: "Chinese piece", share: "share", word: "English word",
    missing: "This copy of the site was built without the translator's files ({name}); where the book is built whole (make book), they are there.",
    network: "The translator could not be loaded ({why}). Is the site open through a server (make serve), and is it still running?",
    wrong: "{name} is not the file that belongs to this page: load the page again, without the cache.",
    stopped: "Stopped.",
  };

  /** The translator, its files checked; tell(share) hears how much has come; a signal ends it. */
  async function load(data, tell = () => {}, signal = undefined) {
    const { buffers: [words, weights], checked } = await downloads([data.files.words, data.weights], new URL("../models/", HERE), tell, signal);
    const gpt = await script(new URL("gpt.js", HERE), () => window.bookGPT);
    const program = await script(new URL("translate.js", HERE), () => window.bookTranslate);
    const known = new TextDecoder().decode(words).split("\n");
    return { model: new program.Translator(gpt.readWeights(weights), { ...data, known }), checked };
  }

  /** To be awaited within long work: pauses now and then, and ends the work if a signal says so. */
  function resting(signal) {
    let last = performance.now();
    return async () => {
      if (performance.now() - last < 30) return;
      await pause();
      signal?.throwIfAborted();
      last = performance.now();
    };
  }

  /** How many sentences come out otherwise than by PyTorch, and the largest difference of log-probabilities. */
  async function check(model, data, tell = () => {}) {
    const ways = { greedy: {}, beam: { width: data.width, penalty: data.penalty } };
    let other = 0, gap = 0;
    for (const [i, one] of data.checks.entries()) {
      tell(i);
      for (const [way, options] of Object.entries(ways)) {
        const { text, parts: [{ score }] } = await model.translate(one.text, { ...options, rest: resting() });
        const [theirs, logP] = one[way];
        if (text !== theirs) other += 1;
        else gap = Math.max(gap, Number.isFinite(score) ? Math.abs(score - logP) : Infinity);
      }
    }
    return { other, gap };
  }

  function draw(element, data) {
    const text = { ...TEXT, ...data.text }, size = (data.weights.bytes + data.files.words.bytes) / 1e6, look = { ...data.look };
    let model, parts, beam = true;
    const field = html("textarea", { rows: 3, lang: "en" });
    field.value = data.example;
    const output = html("div", { class: "writer-text", lang: "zh-Hans", tabindex: 0, role: "region", "aria-label": text.so, "aria-live": "polite" });
    const status = html("p", { role: "status" }), verdict = html("p", { role: "status" }), problem = html("p", { role: "alert" }), note = html("p", { role: "status" });
    const caption = html("caption"), rows = html("tbody");
    const columns = html("tr", {}, ...["piece", "share", "word"].map((name) => html("th", { scope: "col" }, text[name])));
    const table = html("table", { class: "translator-looks" }, caption, html("thead", {}, columns), rows);
    const shelf = html("div", { class: "writer-wide translator-shelf", tabindex: 0, role: "group" }, table);
    const { buttons, use, on } = workbench(
      { load: say(text.load, { size: size.toFixed(1) }), translate: text.translate, stop: text.stop, checkAgain: text.checkAgain },
      (name, stoppable) => (name === "stop" ? stoppable : !stoppable && (name === "load") === !model),
      (error) => {
        status.textContent = verdict.textContent = "";
        const kind = error.name === "AbortError" ? "stopped" : error.kind;
        problem.textContent = text[kind] ? say(text[kind], { why: error.message, name: error.file }) : `${error.message}.`;
      },
    );
    const sight = (name, count) => slider(text[name], { min: 1, max: count, value: look[name] + 1 }, (value) => { look[name] = value - 1; show(); });
    const sights = html("div", { class: "handle-controls" }, sight("layer", data.nLayers), sight("head", data.nHeads));
    const searches = [text.greedy, say(text.beam, data)];
    frame(element, text.label, [
      html("label", { class: "writer-prompt" }, text.english, field),
      choice(text.search, searches, 1, (index) => { beam = index === 1; }),
      ...Object.values(buttons),
    ], problem, output, note, status, sights, shelf, verdict);

    function bar(share) {
      const picture = svg("svg", { viewBox: "0 0 64 12", width: 64, height: 12, "aria-hidden": "true" });
      picture.append(svg("rect", { width: 64 * share, height: 12, fill: "var(--book-orange)" }));
      return picture;
    }

    function show() {
      const looked = parts ? parts.flatMap((part) => model.lookedAt(part, look)) : data.looked;
      sights.hidden = !parts;
      caption.textContent = say(text.looks, { layer: look.layer + 1, head: look.head + 1 });
      shelf.setAttribute("aria-label", caption.textContent);
      rows.replaceChildren(...looked.map(([piece, word, share]) => html("tr", {},
        html("td", { lang: "zh-Hans" }, piece), html("td", {}, bar(share), ` ${share.toFixed(2)}`), html("td", { lang: "en" }, word))));
    }

    async function translate(signal) {
      problem.textContent = note.textContent = status.textContent = "";
      const begun = performance.now(), way = beam ? { width: data.width, penalty: data.penalty } : {};
      const tell = (done, all) => { if (all > 1) status.textContent = say(text.working, { done: done + 1, all }); };
      const made = await model.translate(field.value, { ...way, tell, rest: resting(signal), says: data.text });
      const n = made.parts.reduce((sum, { ids }) => sum + ids.length, 0), ms = performance.now() - begun;
      parts = made.parts;
      output.textContent = made.text;
      if (made.note) note.textContent = say(text.note, { note: made.note });
      status.textContent = say(text.done, { seconds: (ms / 1000).toFixed(2), n, ms: (ms / Math.max(1, n)).toFixed(1) });
      show();
    }

    /** Whether this browser computes what PyTorch does; if not, nothing is translated. */
    async function compare(loaded, note) {
      problem.textContent = "";
      const all = data.checks.length;
      const { other, gap } = await check(loaded, data, (done) => { verdict.textContent = say(text.checking, { done, all }); });
      const equal = other === 0 && gap <= data.tolerance;
      const says = say(equal ? text.equal : text.unequal, { all, other, gap: gap.toExponential(1), tolerance: data.tolerance });
      verdict.textContent = equal ? says + note : "";
      problem.textContent = equal ? "" : says;
      return equal;
    }

    on("load", async (signal, settled) => {
      problem.textContent = "";
      const loaded = await load(data, quarters((percent) => { status.textContent = say(text.loading, { percent }); }), signal);
      settled();
      status.textContent = "";
      if (await compare(loaded.model, loaded.checked ? "" : text.unchecked)) {
        model = loaded.model;
        await translate();
      }
    }, true);
    on("translate", translate, true);
    on("checkAgain", async () => {
      if (!(await compare(model, ""))) model = parts = undefined;
    });

    output.textContent = data.answer;
    status.textContent = text.before;
    show();
    use();
  }

  window.bookComponents = window.bookComponents || {};
  window.bookComponents["translator"] = draw;
  draw.load = load;
  draw.check = check;
})();
