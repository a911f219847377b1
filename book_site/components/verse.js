// The book's GPT on the front page: a button, and it writes a line or two; nothing is fetched before.
// data: {weights: {name, sha256, bytes}, nHeads, maxLength, tolerance, checks: [{text, logits}]}, as the writer's.
(function () {
  "use strict";

  const { html, frame, download, script, say, pause, quarters } = window.bookNodes; // of interactive.js
  const HERE = new URL(".", document.currentScript.src);
  const BEGINNINGS = ["HAMLET.\n", "JULIET.\n", "FALSTAFF.\n", "LADY MACBETH.\n", "PROSPERO.\n"];
  const AT_LEAST = 60, AT_MOST = 160; // characters: it stops at the end of a line in between
  const TEXT = {
    label: "A small language model that writes on this page", load: "Let it write here ({size} MB)", more: "Write again", stop: "Stop", so: "What it wrote",
    loading: "Loading: {percent} %", checked: "Written on your machine, in {seconds} s. Before that, {n} of its logits were compared with PyTorch's: the largest difference is {gap}.",
    unequal: "This browser computes other logits than PyTorch (difference {gap}): do not trust what it writes.",
    network: "The model could not be loaded ({why}). Is the site open through a server (make serve), and is it still running?",
    wrong: "The file of weights is not the one that belongs to this page: load the page again, without the cache.",
  };

  function draw(element, data) {
    const text = { ...TEXT, ...data.text };
    let model, gap, n = 0, running = false;
    const write = html("button", { type: "button" }, say(text.load, { size: (data.weights.bytes / 1e6).toFixed(1) }));
    const output = html("pre", { class: "writer-text verse-text", tabindex: 0, role: "region", "aria-label": text.so });
    const status = html("p", { role: "status" }), problem = html("p", { role: "alert" });
    output.hidden = true;
    frame(element, text.label, [write], problem, output, status);

    async function load() {
      const loading = quarters((percent) => { status.textContent = say(text.loading, { percent }); });
      const { buffer } = await download(data.weights, new URL("../models/", HERE), (n) => loading(n / data.weights.bytes));
      const gpt = await script(new URL("gpt.js", HERE), () => window.bookGPT);
      const loaded = new gpt.GPT(gpt.readWeights(buffer), data);
      gap = 0;
      for (const check of data.checks) {
        const ours = loaded.read(loaded.encode(check.text).ids);
        check.logits.forEach((theirs, id) => { gap = Math.max(gap, Number.isFinite(ours[id]) ? Math.abs(ours[id] - theirs) : Infinity); });
      }
      model = loaded; // now that it has been compared
    }

    async function verse() {
      const { chances, pick } = window.bookGPT, begun = performance.now(), beginning = BEGINNINGS[n++ % BEGINNINGS.length];
      const { ids } = model.encode(beginning);
      let logits = model.read(ids), written = "";
      if (gap > data.tolerance) throw Object.assign(new Error(), { kind: "unequal" }); // it writes nothing then
      output.hidden = false;
      for (let i = 0; i < Math.min(AT_MOST, data.maxLength - ids.length) && running; i++) {
        const id = pick(chances(logits, { temperature: 0.7 }), Math.random());
        written += model.alphabet[id];
        output.replaceChildren(beginning, html("b", {}, written));
        if (i >= AT_LEAST && model.alphabet[id] === "\n") break;
        logits = model.step(id);
        await pause();
      }
      const values = { seconds: ((performance.now() - begun) / 1000).toFixed(1), gap: gap.toExponential(1), n: data.checks.reduce((sum, check) => sum + check.logits.length, 0) };
      status.textContent = say(text.checked, values);
    }

    write.addEventListener("click", async () => {
      if (running) {
        if (model) running = false; // while it loads there is nothing to stop
        return;
      }
      running = true;
      problem.textContent = "";
      try {
        if (!model) {
          write.setAttribute("aria-disabled", "true"); // it keeps the focus
          await load();
          write.removeAttribute("aria-disabled");
        }
        write.textContent = text.stop;
        await verse();
        write.textContent = text.more;
      } catch (error) {
        write.removeAttribute("aria-disabled");
        if (model) write.textContent = text.more;
        problem.textContent = say(text[error.kind] || text.network, { why: error.message, gap: gap?.toExponential(1) });
        status.textContent = "";
      }
      running = false;
    });
  }

  window.bookComponents = window.bookComponents || {};
  window.bookComponents["verse"] = draw;
})();
