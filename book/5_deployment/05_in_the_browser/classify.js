// A classifier of sentences: a tokenizer in plain JavaScript before a network that ONNX Runtime's build for the web runs.
// The page "In the browser" runs this file in the reader's browser, and in Node, and compares it with Python.
(function () {
  "use strict";

  const IS_SPACE = /[\p{White_Space}]/u, IS_OTHER = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\ufffd]/u;
  const IS_PUNCTUATION = /[!-/:-@[-`{-~\p{P}]/u; // of ASCII also signs such as $ and +
  // each of these characters is a word of its own; the fifth range begins later than Unicode's, as in the original
  const IDEOGRAPHS = [
    [0x4e00, 0x9fff], [0x3400, 0x4dbf], [0x20000, 0x2a6df], [0x2a700, 0x2b73f], [0x2b740, 0x2b81f], [0x2b920, 0x2ceaf],
    [0xf900, 0xfaff], [0x2f800, 0x2fa1f],
  ];
  const isIdeograph = (character) => IDEOGRAPHS.some(([from, to]) => {
    const code = character.codePointAt(0);
    return from <= code && code <= to;
  });

  /** Words of a text: cleaned, without accents, in small letters; each sign of punctuation is a word. */
  function words(text) {
    let clean = "";
    for (const character of text.toWellFormed()) {
      if (/[\t\n\r]/.test(character) || (IS_SPACE.test(character) && !IS_OTHER.test(character))) clean += " ";
      else if (IS_OTHER.test(character)) continue;
      else clean += isIdeograph(character) ? ` ${character} ` : character;
    }
    const found = [];
    let word = "";
    const end = () => { if (word) found.push(word); word = ""; };
    for (const character of clean.normalize("NFD")) {
      if (/\p{Mn}/u.test(character)) continue; // an accent
      for (const small of character.toLowerCase()) { // one by one: a final sigma stays as it is
        if (IS_SPACE.test(small)) end();
        else if (IS_PUNCTUATION.test(small)) { end(); found.push(small); }
        else word += small;
      }
    }
    end();
    return found;
  }

  class Tokenizer {
    /** `vocabulary`: one piece a line, by number; what a reader types is never one of the signs in brackets. */
    constructor(vocabulary, maxLength) {
      this.pieces = vocabulary.split("\n").filter((piece) => piece);
      this.ids = new Map(this.pieces.map((piece, id) => [piece, id]));
      this.maxLength = maxLength;
    }

    /** Numbers of a word's pieces, each the longest that fits; a word that cannot be cut is unknown as a whole. */
    cut(word) {
      const characters = [...word], ids = [];
      if (characters.length > 100) return [this.ids.get("[UNK]")];
      for (let start = 0; start < characters.length; ) {
        let end = characters.length, id;
        for (; end > start && id === undefined; end--) {
          id = this.ids.get((start ? "##" : "") + characters.slice(start, end).join(""));
        }
        if (id === undefined) return [this.ids.get("[UNK]")];
        ids.push(id);
        start = end + 1;
      }
      return ids;
    }

    /** Numbers of a text's pieces between the two signs; what is too long is cut off at the end. */
    encode(text) {
      const inner = [];
      for (const word of words(text)) {
        inner.push(...this.cut(word));
        if (inner.length > this.maxLength - 2) break;
      }
      return [this.ids.get("[CLS]"), ...inner.slice(0, this.maxLength - 2), this.ids.get("[SEP]")];
    }
  }

  /** A session of ONNX Runtime, on one thread unless told; `files` hold the bytes of the program and of the network. */
  function start(ort, { wasm, network, module }, nThreads = 1) {
    Object.assign(ort.env.wasm, { wasmBinary: wasm, wasmPaths: { mjs: module }, numThreads: nThreads });
    return ort.InferenceSession.create(new Uint8Array(network), { executionProviders: ["wasm"] });
  }

  /** Logits of the classes for one text, given as numbers of pieces. */
  async function logits(ort, session, ids) {
    const tensor = new ort.Tensor("int64", BigInt64Array.from(ids, BigInt), [1, ids.length]);
    return [...(await session.run({ input_ids: tensor })).logits.data];
  }

  function softmax(scores) {
    const largest = Math.max(...scores), powers = scores.map((score) => Math.exp(score - largest));
    const total = powers.reduce((sum, power) => sum + power, 0);
    return powers.map((power) => power / total);
  }

  const program = { words, Tokenizer, start, logits, softmax };
  if (typeof window === "undefined") module.exports = program;
  else window.bookClassify = program;
})();
