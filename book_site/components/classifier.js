// The book's classifier of sentences, at work on the page by ONNX Runtime's build for the web; it checks itself.
// data: {files: {network, vocabulary, runtime: {name, sha256, bytes}}, labels, maxLength, tolerance, checks: [{text, logits}]}:
// PyTorch's logits. The program itself is classify.js, of the page that shows it.
(function () {
  "use strict";

  const { html, svg, frame, downloads, script, say, pause, quarters, workbench } = window.bookNodes; // of interactive.js
  const HERE = new URL(".", document.currentScript.src);
  const TEXT = {
    label: "A classifier of sentences on this page", sentence: "A sentence on a film", load: "Load the classifier ({size} MB)", stop: "Stop loading", judge: "Judge", checkAgain: "Check again",
    before: "“{text}” is {label} with probability {share}, by PyTorch: load the classifier to try your own.",
    loading: "Loading: {percent} %", starting: "Starting the program", checking: "Comparing with PyTorch: {done} of {all} texts",
    equal: "Checked here: {all} texts, from their letters to {n} logits; the largest difference from PyTorch's (64 bits, the same rounded weights) is {gap}. Started in {seconds} s.",
    unequal: "The largest difference from PyTorch's logits is {gap}, more than {tolerance}: do not trust what this browser computes.",
    answer: "{label}, probability {share}: {n} pieces, {ms} ms.", pieces: "What the network reads", bars: "Probabilities of the classes",
    long: "Only the first {max} pieces are read. ", empty: "Write a sentence first.",
    missing: "This copy of the site was built without the classifier's files ({name}); where the book is built whole (make book), they are there.",
    network: "The classifier could not be loaded ({why}). Is the site open through a server (make serve), and is it still running?",
    wrong: "{name} is not the file that belongs to this page: load the page again, without the cache.",
    failed: "The classifier could not answer ({why}): load the page again.",
    stopped: "Loading was stopped; what had come is not kept.",
    start: "This browser could not start the program ({why}). It needs WebAssembly with SIMD.",
    unchecked: " (Checksums were not compared: browsers offer that on safe connections only.)",
  };
  const percent = (share) => `${(100 * share).toFixed(1)} %`;

  /** Program, session and tokenizer; tell(share) hears how much has come, and `null` when all has; a signal ends it. */
  async function load(data, tell = () => {}, signal = undefined) {
    const { network, vocabulary, runtime } = data.files, folder = new URL("../models/", HERE);
    const { buffers: [words, wasm, bytes], checked } = await downloads([vocabulary, runtime, network], folder, tell, signal);
    const program = await script(new URL("classify.js", HERE), () => window.bookClassify);
    const ort = await script(new URL("ort.wasm.min.js", HERE), () => window.ort);
    tell(null);
    await pause();
    const begun = performance.now();
    let session;
    try {
      session = await program.start(ort, { wasm, network: bytes, module: new URL("ort-wasm-simd-threaded.mjs", HERE).href });
    } catch (error) {
      throw Object.assign(new Error(error.message), { kind: "start" });
    }
    const tokenizer = new program.Tokenizer(new TextDecoder().decode(words), data.maxLength);
    const logits = (text) => program.logits(ort, session, tokenizer.encode(text));
    return { tokenizer, logits, softmax: program.softmax, checked, seconds: (performance.now() - begun) / 1000 };
  }

  /** The largest difference between the page's logits and PyTorch's. */
  async function check(model, checks, tell = () => {}) {
    let gap = 0;
    for (const [i, { text, logits }] of checks.entries()) {
      tell(i);
      const ours = await model.logits(text);
      logits.forEach((theirs, k) => { gap = Math.max(gap, Number.isFinite(ours[k]) ? Math.abs(ours[k] - theirs) : Infinity); });
      await pause();
    }
    return gap;
  }

  function draw(element, data) {
    const text = { ...TEXT, ...data.text }, size = Object.values(data.files).reduce((sum, file) => sum + file.bytes, 0) / 1e6;
    let model;
    const field = html("textarea", { rows: 2 });
    field.value = data.checks[0].text;
    const status = html("p", { role: "status" }), verdict = html("p", { role: "status" }), problem = html("p", { role: "alert" });
    const bars = html("div"), pieces = html("p", { class: "classifier-pieces" });
    const { buttons, use, on } = workbench(
      { load: say(text.load, { size: size.toFixed(0) }), stop: text.stop, judge: text.judge, checkAgain: text.checkAgain },
      (name, stoppable) => (name === "stop" ? stoppable : name === "load" ? !model && !stoppable : Boolean(model)),
      (error) => {
        status.textContent = verdict.textContent = "";
        problem.textContent = say(text[error.kind] || text.failed, { why: error.message, name: error.file });
      },
    );
    frame(element, text.label, [html("label", { class: "writer-prompt" }, text.sentence, field), ...Object.values(buttons)], problem, status, bars, pieces, verdict);

    const plain = (scores) => {
      const powers = scores.map((z) => Math.exp(z - Math.max(...scores))), total = powers.reduce((sum, power) => sum + power, 0);
      return powers.map((power) => power / total);
    };

    function show(shares) {
      const picture = svg("svg", { viewBox: `0 0 420 ${22 * shares.length}`, width: 420, role: "img", "aria-label": text.bars });
      shares.forEach((share, k) => {
        picture.append(svg("text", { x: 74, y: 22 * k + 15, "font-size": 13, "text-anchor": "end" }, data.labels[k]));
        picture.append(svg("rect", { x: 80, y: 22 * k + 3, width: 270 * share, height: 15, fill: "var(--book-blue)", "fill-opacity": 0.8 }));
        picture.append(svg("text", { x: 86 + 270 * share, y: 22 * k + 15, "font-size": 12 }, percent(share)));
      });
      bars.replaceChildren(picture);
      const best = shares.indexOf(Math.max(...shares));
      return { label: data.labels[best], share: percent(shares[best]) };
    }

    async function judge() {
      problem.textContent = "";
      if (!field.value.trim()) {
        problem.textContent = text.empty;
        return;
      }
      const begun = performance.now(), ids = model.tokenizer.encode(field.value), shares = model.softmax(await model.logits(field.value));
      const ms = (performance.now() - begun).toFixed(0);
      if (ids.length === data.maxLength) problem.textContent = say(text.long, { max: data.maxLength });
      status.textContent = say(text.answer, { ...show(shares), n: ids.length, ms });
      pieces.replaceChildren(`${text.pieces}: `, ...ids.flatMap((id) => [html("code", {}, model.tokenizer.pieces[id]), " "]));
    }

    async function compare() {
      const all = data.checks.length, n = data.checks.reduce((sum, one) => sum + one.logits.length, 0);
      const gap = await check(model, data.checks, (done) => { verdict.textContent = say(text.checking, { done, all }); });
      const values = { all, n, gap: gap.toExponential(1), tolerance: data.tolerance, seconds: model.seconds.toFixed(1) };
      verdict.textContent = say(gap <= data.tolerance ? text.equal : text.unequal, values) + (model.checked ? "" : text.unchecked);
    }

    on("load", async (signal, settled) => {
      problem.textContent = "";
      const loading = quarters((percent) => { status.textContent = say(text.loading, { percent }); });
      model = await load(data, (part) => {
        if (part !== null) return loading(part);
        settled();
        status.textContent = text.starting;
      }, signal);
      await compare();
      await judge();
    }, true);
    on("judge", judge);
    on("checkAgain", async () => {
      problem.textContent = "";
      await compare();
    });

    status.textContent = say(text.before, { text: data.checks[0].text, ...show(plain(data.checks[0].logits)) });
    use();
  }

  window.bookComponents = window.bookComponents || {};
  window.bookComponents["classifier"] = draw;
  draw.load = load;
  draw.check = check;
})();
