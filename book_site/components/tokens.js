// A text cut by three tokenizers, as it is typed.
// data: {sentence, merges: [[left, right]], pieces: {piece: log-probability}}, in GPT-2's visible characters for bytes.
(function () {
  "use strict";

  const { html, svg, frame } = window.bookNodes; // of interactive.js
  const CHUNK = /'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+/gu;
  const COLOURS = ["var(--book-blue)", "var(--book-orange)", "var(--book-green)"];
  const LONGEST = 8, LETTER = 9, ROW = 30; // letters of a Unigram piece; pixels
  const TEXT = {
    label: "Three tokenizers, interactive figure", text: "A text of yours", merges: "byte pair encoding", longest: "longest piece first",
    unigram: "Unigram", count: "{name}: {n} tokens for {bytes} bytes", picture: "The text cut by {name}: {pieces}",
  };

  /** GPT-2's visible character for each byte. */
  const letters = (() => {
    const visible = (b) => (b > 32 && b < 127) || (b > 160 && b < 173) || b > 173;
    let others = 0;
    return Array.from({ length: 256 }, (_, b) => String.fromCharCode(visible(b) ? b : 256 + others++));
  })();
  const byteOf = new Map(letters.map((letter, b) => [letter, b]));
  const spelled = (chunk) => Array.from(new TextEncoder().encode(chunk), (b) => letters[b]);

  function byMerges(parts, rank) {
    for (;;) {
      let best = Infinity, pair;
      for (let i = 0; i + 1 < parts.length; i++) {
        const found = rank.get(parts[i] + " " + parts[i + 1]) ?? Infinity;
        if (found < best) [best, pair] = [found, [parts[i], parts[i + 1]]];
      }
      if (!pair) return parts;
      const next = [];
      for (let i = 0; i < parts.length; i++) {
        const both = parts[i] === pair[0] && parts[i + 1] === pair[1];
        next.push(both ? parts[i] + parts[++i] : parts[i]);
      }
      parts = next;
    }
  }

  function longestFirst(word, vocabulary) {
    const pieces = [];
    while (word) {
      let end = word.length;
      while (end > 1 && !vocabulary.has(word.slice(0, end))) end--;
      pieces.push(word.slice(0, end));
      word = word.slice(end);
    }
    return pieces;
  }

  /** The most probable cut; every byte is a piece, so there is one. */
  function mostProbable(word, pieces) {
    const best = [0], from = [0];
    for (let end = 1; end <= word.length; end++) {
      best[end] = -Infinity;
      for (let start = Math.max(0, end - LONGEST); start < end; start++) {
        const p = pieces[word.slice(start, end)] ?? -Infinity;
        if (best[start] + p > best[end]) [best[end], from[end]] = [best[start] + p, start];
      }
    }
    const cut = [];
    for (let end = word.length; end; end = from[end]) cut.unshift(word.slice(from[end], end));
    return cut;
  }

  /** The pieces of a text by each tokenizer. */
  function compute(text, { merges, pieces }) {
    const rank = new Map(merges.map(([a, b], i) => [a + " " + b, i]));
    const vocabulary = new Set([...letters, ...merges.map(([a, b]) => a + b)]);
    const chunks = (text.match(CHUNK) || []).map(spelled);
    return {
      merges: chunks.flatMap((chunk) => byMerges(chunk, rank)),
      longest: chunks.flatMap((chunk) => longestFirst(chunk.join(""), vocabulary)),
      unigram: chunks.flatMap((chunk) => mostProbable(chunk.join(""), pieces)),
    };
  }

  /** A piece as a reader sees it; bytes of a broken character as ▯. */
  function readable(piece) {
    const text = new TextDecoder().decode(Uint8Array.from(piece, (letter) => byteOf.get(letter)));
    return text.replaceAll("\ufffd", "▯").replaceAll(" ", "·").replaceAll("\n", "↵").replaceAll("\t", "⇥");
  }

  function draw(element, data) {
    const text = { ...TEXT, ...data.text }, rows = html("div", { "aria-live": "polite" });
    const field = html("textarea", { rows: 2, maxlength: 300 });
    field.value = data.sentence;
    field.addEventListener("input", show);
    let widest;
    const room = () => Math.max(240, Math.min(640, element.clientWidth - 24)); // a phone's lines are shorter
    frame(element, text.label, [html("label", {}, text.text, " ", field)], rows);

    function show() {
      const cuts = compute(field.value, data), bytes = new TextEncoder().encode(field.value).length;
      widest = room();
      rows.replaceChildren(...Object.entries(cuts).flatMap(([name, pieces]) => {
        const shown = pieces.map(readable), boxes = [];
        let x = 0, y = 0;
        shown.forEach((piece, i) => {
          const width = Math.max(1, Array.from(piece).length) * LETTER + 8;
          if (x && x + width > widest) [x, y] = [0, y + ROW];
          boxes.push(svg("rect", { x, y: y + 2, width: width - 2, height: ROW - 6, fill: COLOURS[i % 3], "fill-opacity": 0.25 }));
          boxes.push(svg("text", { x: x + width / 2 - 1, y: y + 19, "text-anchor": "middle", "font-size": 14, "font-family": "monospace" }, piece));
          x += width;
        });
        const says = text.picture.replace("{name}", text[name]).replace("{pieces}", shown.join(" | "));
        const picture = svg("svg", { viewBox: `0 0 ${widest} ${y + ROW}`, width: widest, role: "img", "aria-label": says });
        picture.append(...boxes);
        const count = text.count.replace("{name}", text[name]).replace("{n}", pieces.length).replace("{bytes}", bytes);
        return [html("p", {}, count), picture];
      }));
    }
    show();
    new ResizeObserver(() => { if (room() !== widest) requestAnimationFrame(show); }).observe(element);
  }

  window.bookComponents = window.bookComponents || {};
  window.bookComponents["tokens"] = draw;
  draw.compute = compute;
})();
