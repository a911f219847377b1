// Loaded before the components, which draw with these.
window.bookNodes = (() => {
  function html(name, attributes = {}, ...children) {
    const node = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    node.append(...children);
    return node;
  }

  function svg(name, attributes = {}, text = "") {
    const node = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    node.textContent = text;
    return node;
  }

  /** A labelled slider: change(number) on every move; what say(number) returns stands beside it. */
  function slider(text, { min, max, step = 1, value, say = String }, change) {
    const input = html("input", { type: "range", min, max, step, value });
    const shown = html("output", { "aria-live": "off" });
    const tell = () => {
      shown.textContent = say(Number(input.value));
      input.setAttribute("aria-valuetext", shown.textContent);
    };
    input.addEventListener("input", () => { tell(); change(Number(input.value)); });
    tell();
    return html("label", {}, text, input, shown);
  }

  function checkbox(text, checked, change) {
    const input = html("input", { type: "checkbox" });
    input.checked = checked;
    input.addEventListener("change", () => change(input.checked));
    return html("label", {}, input, text);
  }

  let groups = 0;

  /** Radio buttons, one for each of some texts: change(index) when one is chosen. */
  function choice(legend, texts, chosen, change) {
    const name = `book-choice-${++groups}`;
    const labels = texts.map((text, i) => {
      const input = html("input", { type: "radio", name, value: i });
      input.checked = i === chosen;
      input.addEventListener("change", () => change(i));
      return html("label", {}, input, text);
    });
    return html("fieldset", {}, html("legend", {}, legend), ...labels);
  }

  /** The frame of an interactive figure, with its controls above what is drawn. */
  function frame(element, label, controls, ...drawn) {
    element.replaceChildren(html("div", { class: "handle-figure", role: "group", "aria-label": label },
      html("div", { class: "handle-controls" }, ...controls), ...drawn));
  }

  /**
   * The bytes of a file of the site, checked; tell(n) hears how many have come; an AbortSignal may end it. An error says in
   * `kind` what failed.
   */
  async function download({ name, sha256, bytes }, folder, tell = () => {}, signal = undefined) {
    const parts = [];
    try {
      // its name in the cache holds the checksum: a broken copy is not read twice
      const answer = await fetch(new URL(`${name}?${sha256.slice(0, 12)}`, folder), { cache: "no-cache", signal });
      if (!answer.ok) throw Object.assign(new Error(`${answer.status} ${answer.statusText}`), { status: answer.status });
      let n = 0;
      for (const reader = answer.body.getReader(); ; ) {
        const { done, value } = await reader.read();
        if (done) break;
        parts.push(value);
        tell((n += value.length));
      }
    } catch (error) {
      throw Object.assign(error, { kind: signal?.aborted ? "stopped" : error.status === 404 ? "missing" : "network" });
    }
    const buffer = await new Blob(parts).arrayBuffer(), wrong = () => Object.assign(new Error(name), { kind: "wrong" });
    if (buffer.byteLength !== bytes) throw wrong();
    if (!window.crypto?.subtle) return { buffer, checked: false };
    const hash = [...new Uint8Array(await crypto.subtle.digest("SHA-256", buffer))].map((byte) => byte.toString(16).padStart(2, "0"));
    if (hash.join("") !== sha256) throw wrong();
    return { buffer, checked: true };
  }

  /** Loads a script of the site, once; `ready()` returns what it makes. */
  async function script(source, ready) {
    if (!ready()) {
      await new Promise((resolve, reject) => {
        const node = html("script", { src: source });
        node.onload = resolve;
        node.onerror = () => reject(Object.assign(new Error(String(source).split("/").at(-1)), { kind: "network" }));
        document.head.append(node);
      });
    }
    return ready();
  }

  /** Several files, one after another; tell(share) hears how much of all has come. An error names its file. */
  async function downloads(files, folder, tell, signal) {
    const all = files.reduce((sum, { bytes }) => sum + bytes, 0), buffers = [];
    let before = 0, checked = true;
    for (const file of files) {
      const got = await download(file, folder, (n) => tell(Math.min(1, (before + n) / all)), signal)
        .catch((error) => { throw Object.assign(error, { file: file.name }); });
      before += file.bytes;
      checked &&= got.checked;
      buffers.push(got.buffer);
    }
    return { buffers, checked };
  }

  const say = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
  const pause = () => new Promise((resolve) => setTimeout(resolve)); // the page stays usable

  /** A function of a share from 0 to 1 that tells whole quarters, in per cent, once each: a screen reader hears them. */
  function quarters(tell) {
    let told = -1;
    return (share) => {
      const percent = 25 * Math.floor(4 * share);
      if (percent > told) tell((told = percent));
    };
  }

  /**
   * Buttons, by name, that start one piece of work at a time; shows(name, stoppable) says which are seen, fail(error) is
   * told what went wrong. The focus does not stay on a button that went. on(name, work, true) may be stopped: work
   * receives a signal, and a function to call from where on it is too late.
   */
  function workbench(texts, shows, fail) {
    const buttons = Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, html("button", { type: "button" }, text)]));
    let busy = false, stopper = null;
    function use() {
      const focused = document.activeElement;
      for (const [name, button] of Object.entries(buttons)) {
        button.hidden = !shows(name, Boolean(stopper));
        button.disabled = busy && button !== focused && name !== "stop";
      }
      if (focused?.hidden) {
        const next = Object.values(buttons).find((button) => !button.hidden);
        next.disabled = false; // else it could not be focused
        next.focus();
      }
    }
    function settled() {
      stopper = null;
      use();
    }
    function on(name, work, stoppable = false) {
      buttons[name].addEventListener("click", async () => {
        if (busy) return;
        busy = true;
        stopper = stoppable ? new AbortController() : null;
        use();
        try {
          await work(stopper?.signal, settled);
        } catch (error) {
          fail(error);
        }
        busy = false;
        settled();
      });
    }
    buttons.stop?.addEventListener("click", () => stopper?.abort());
    return { buttons, use, on };
  }

  return { html, svg, slider, checkbox, choice, frame, download, downloads, script, say, pause, quarters, workbench };
})();

// Replaces the still figure above each interactive one, once its component has drawn. Without this script, in print and
// in Jupyter, the still figure remains.
document.addEventListener("DOMContentLoaded", () => {
  for (const place of document.querySelectorAll(".book-interactive")) {
    const draw = (window.bookComponents || {})[place.dataset.component];
    if (!draw) continue;
    const data = JSON.parse(place.querySelector("script").textContent);
    const drawing = document.createElement("div");
    place.append(drawing);
    draw(drawing, data);
    const figure = place.closest("div.cell")?.previousElementSibling?.querySelector("figure"); // of the cell above
    if (figure && !("beside" in place.dataset)) {
      figure.querySelectorAll(".book-figure, img").forEach((still) => still.classList.add("book-still"));
      figure.insertBefore(place, figure.querySelector("figcaption"));
    }
    const first = place.previousElementSibling; // the still picture of the front page
    if (first?.classList.contains("book-first")) first.classList.add("book-still");
    place.classList.add("book-drawn");
  }
});
