// The page's translator in plain JavaScript: its tokenizer, encoder, decoder and search, for the book's own weights.
// The page "Translation" runs this file in the reader's browser, and in Node, and compares it with PyTorch. What any
// Transformer needs (the file of weights, products, rotary positions, GELU) it takes from gpt.js of "In the browser".
(function () {
  "use strict";

  const inPage = typeof window !== "undefined";
  const gpt = inPage ? window.bookGPT : require("../../5_deployment/05_in_the_browser/gpt.js");
  const BEGIN = 1, END = 2; // 0 is padding
  const WORDS = {
    nothing: "there is nothing to translate: the text has no word",
    letters: "the text holds {name} characters: this network reads English",
    foreign: "most words are not in plain Latin letters: this is not English",
    unlike: "unlike the training text: {new} of {all} words are not in it",
    cut: "a sentence has more than {most} pieces: it was cut",
    loop: "the output repeats itself: do not trust it",
  };
  const say = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);

  // ---- texts, by Python's rules where JavaScript has others

  const BLANK = "\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";
  const strip = (text) => text.replace(new RegExp(`^[${BLANK}]+|[${BLANK}]+$`, "gu"), "");
  const linesOf = (text) => strip(text).split(/\r\n|[\n-\r\x1c-\x1e\x85\u2028\u2029]/u);
  const sentencesOf = (text) => text.split(new RegExp(`(?<=[.!?:;])[${BLANK}]+`, "u"));
  const wordsIn = (text) => text.match(/[\p{L}\p{Nl}\p{No}]+/gu) || []; // without digits and _
  const looping = (text) => /([^\n]{2,}?)\1{2,}/u.test(text);

  /** Words and marks of an English text, with their places. */
  const wordsOf = (text) => [...text.matchAll(new RegExp(`[\\p{L}\\p{N}_]+|[^\\p{L}\\p{N}_${BLANK}]`, "gu"))]
    .map(({ 0: word, index }) => ({ word, start: index, end: index + word.length }));

  // ---- the tokenizer: byte pair encoding

  const CHUNK = /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\p{White_Space}\p{L}\p{N}]+|\p{White_Space}+(?!\P{White_Space})|\p{White_Space}+/gu;
  const LETTERS = (() => { // a printable character for each of the 256 bytes, as GPT-2 chose them
    const plain = (byte) => (byte > 32 && byte < 127) || (byte > 160 && byte !== 173);
    let next = 256;
    return Array.from({ length: 256 }, (_, byte) => String.fromCodePoint(plain(byte) ? byte : next++));
  })();

  class Tokenizer {
    constructor({ model, added_tokens: marks }) {
      this.ids = new Map(Object.entries(model.vocab));
      this.pieces = [];
      for (const [piece, id] of this.ids) this.pieces[id] = piece;
      this.ranks = new Map(model.merges.map(([a, b], rank) => [`${a} ${b}`, rank]));
      this.marks = new Map(marks.map(({ content, id }) => [content, id]));
      this.bytes = new Map(LETTERS.map((letter, byte) => [letter, byte]));
    }

    /** Pieces of a text, each with its id and the place of its first character and after its last. */
    cut(text) {
      const found = [];
      let from = 0;
      for (const { 0: mark, index } of [...text.matchAll(/<pad>|<s>|<\/s>/g), { 0: "", index: text.length }]) {
        for (const { 0: chunk, index: at } of text.slice(from, index).matchAll(CHUNK)) {
          found.push(...this.merged(chunk, from + at));
        }
        if (mark) found.push({ id: this.marks.get(mark), start: index, end: index + mark.length });
        from = index + mark.length;
      }
      return found;
    }

    /** The bytes of a chunk, joined two and two: of all neighbours those that were joined first in training. */
    merged(chunk, start) {
      let pieces = [];
      for (const character of chunk) {
        const end = start + character.length;
        for (const byte of new TextEncoder().encode(character)) pieces.push({ piece: LETTERS[byte], start, end });
        start = end;
      }
      const rank = (i) => this.ranks.get(`${pieces[i].piece} ${pieces[i + 1].piece}`) ?? Infinity;
      for (;;) {
        let best = -1, least = Infinity;
        for (let i = 0; i + 1 < pieces.length; i++) if (rank(i) < least) least = rank((best = i));
        if (best < 0) return pieces.map(({ piece, ...place }) => ({ id: this.ids.get(piece), ...place }));
        const [a, b] = pieces.slice(best, best + 2);
        pieces.splice(best, 2, { piece: a.piece + b.piece, start: a.start, end: b.end });
      }
    }

    encode(text) {
      return this.cut(text).map(({ id }) => id);
    }

    decode(ids) {
      const bytes = ids.filter((id) => id > END).flatMap((id) => [...this.pieces[id]].map((letter) => this.bytes.get(letter)));
      return new TextDecoder("utf-8", { ignoreBOM: true }).decode(Uint8Array.from(bytes));
    }
  }

  // ---- the network

  function rmsNorm(gain, x, eps = 1e-5) {
    const size = Math.sqrt(x.reduce((sum, value) => sum + value * value, 0) / x.length + eps);
    return x.map((value, i) => (value / size) * gain.data[i]);
  }

  const plus = (x, y) => x.map((value, i) => value + y[i]);

  class Translator {
    /** `most`: pieces that it reads at once; `known`: the words of the training text. */
    constructor({ metadata, weights }, { nHeads, most, known }) {
      Object.assign(this, { weights, nHeads, most, known: new Set(known) });
      this.tokenizer = new Tokenizer(JSON.parse(metadata.tokenizer));
      const count = (side) => Object.keys(weights).filter((name) => name.startsWith(side) && name.endsWith(".attention.query.weight")).length;
      this.nLayers = { encoder: count("encoder"), decoder: count("decoder") };
    }

    embedded(id) {
      const { shape: [, dModel], data } = this.weights["encoder.embed.token.weight"];
      return data.slice(id * dModel, (id + 1) * dModel);
    }

    /** A layer's own linear maps and norms, by name. */
    part(side, layer) {
      const weight = (name) => this.weights[`${side}.blocks.${layer}.${name}.weight`];
      return { map: (name, x) => gpt.linear(weight(name), x), norm: (name, x) => rmsNorm(weight(name), x) };
    }

    /** Keys and values of one vector; the keys turned by their position, if they have one. */
    keyValue({ map }, name, x, position) {
      const both = map(`${name}.key_value`, x), key = both.slice(0, x.length);
      return { key: position === undefined ? key : gpt.rotate(key, position, x.length / this.nHeads), value: both.slice(x.length) };
    }

    /** Attention of one query to all `seen` keys and values; `shares` receives each head's weights. */
    attend({ map }, name, query, seen, shares = []) {
      const mixed = new Float32Array(query.length), dHead = query.length / this.nHeads;
      for (let head = 0; head < this.nHeads; head++) {
        const first = head * dHead;
        const scores = seen.map(({ key }) => {
          let sum = 0;
          for (let i = first; i < first + dHead; i++) sum += query[i] * key[i];
          return sum / Math.sqrt(dHead);
        });
        shares[head] = gpt.softmax(scores);
        for (let i = first; i < first + dHead; i++) {
          mixed[i] = shares[head].reduce((sum, share, token) => sum + share * seen[token].value[i], 0);
        }
      }
      return map(`${name}.out`, mixed);
    }

    fed({ map, norm }, x) {
      return plus(x, map("feed_forward.down", map("feed_forward.up", norm("feed_forward_norm", x)).map(gpt.gelu)));
    }

    /** What the decoder asks of a source, once: for each of its layers keys and values of all source pieces. */
    read(ids) {
      let hidden = ids.map((id) => this.embedded(id));
      for (let layer = 0; layer < this.nLayers.encoder; layer++) {
        const part = this.part("encoder", layer), normed = hidden.map((x) => part.norm("attention_norm", x));
        const seen = normed.map((x, position) => this.keyValue(part, "attention", x, position));
        hidden = hidden.map((x, position) => {
          const query = gpt.rotate(part.map("attention.query", normed[position]), position, x.length / this.nHeads);
          return this.fed(part, plus(x, this.attend(part, "attention", query, seen)));
        });
      }
      const memory = hidden.map((x) => rmsNorm(this.weights["encoder.final_norm.weight"], x));
      return Array.from({ length: this.nLayers.decoder }, (_, layer) => {
        const part = this.part("decoder", layer);
        return memory.map((x) => this.keyValue(part, "cross", x));
      });
    }

    /** One more piece: logits of the next, the cache with its keys and values, and where each head looked, by layer. */
    step(id, memory, cache = memory.map(() => [])) {
      const position = cache[0].length, grown = [], looked = [];
      let x = this.embedded(id);
      for (let layer = 0; layer < this.nLayers.decoder; layer++) {
        const part = this.part("decoder", layer), normed = part.norm("attention_norm", x);
        grown.push([...cache[layer], this.keyValue(part, "attention", normed, position)]); // the old one stays for others
        const query = gpt.rotate(part.map("attention.query", normed), position, x.length / this.nHeads);
        x = plus(x, this.attend(part, "attention", query, grown[layer]));
        const asked = part.map("cross.query", part.norm("cross_norm", x));
        x = plus(x, this.attend(part, "cross", asked, memory[layer], (looked[layer] = [])));
        x = this.fed(part, x);
      }
      const logits = gpt.linear(this.weights["encoder.embed.token.weight"], rmsNorm(this.weights["decoder.final_norm.weight"], x));
      return { logits, cache: grown, looked };
    }

    // ---- the search

    /** The best `width` ways to go on from one beginning: its own score and the log-probability of the next piece. */
    continued(one, memory, width) {
      const { logits, cache, looked } = this.step(one.ids.at(-1) ?? BEGIN, memory, one.cache);
      const largest = logits.reduce((most, z) => Math.max(most, z), -Infinity);
      const total = largest + Math.log(logits.reduce((sum, z) => sum + Math.exp(z - largest), 0));
      const best = []; // ids, the likeliest first; the marks before END are never written
      for (let id = END; id < logits.length; id++) {
        if (best.length === width && logits[id] <= logits[best.at(-1)]) continue;
        let place = best.length;
        while (place > 0 && logits[best[place - 1]] < logits[id]) place--;
        best.splice(place, 0, id);
        best.length = Math.min(best.length, width);
      }
      return best.map((id) => ({
        ids: [...one.ids, id], score: one.score + logits[id] - total, cache, looks: [...one.looks, looked], ended: id === END,
      }));
    }

    /** Beam search, width 1 is greedy: up to `width` translations with their log-probabilities, the likeliest first. */
    async search(ids, width, limit, rest = () => {}) {
      const memory = this.read(ids);
      let beam = [{ ids: [], score: 0, looks: [], ended: false }];
      for (let n = 0; n < limit && !beam.every(({ ended }) => ended); n++) {
        const ways = [];
        for (const one of beam) {
          ways.push(...(one.ended ? [one] : this.continued(one, memory, width)));
          await rest();
        }
        beam = ways.sort((a, b) => b.score - a.score).slice(0, width);
      }
      return beam.map(({ ids, score, looks }) => ({ ids: ids.filter((id) => id > END), score, looks }));
    }

    /** The translation with the largest log-probability / length ** penalty. */
    best(beam, penalty) {
      const worth = ({ ids, score }) => score / (ids.length + 1) ** penalty;
      return beam.reduce((best, one) => (worth(one) > worth(best) ? one : best));
    }

    // ---- the function for others

    /** Parts of a line of at most `most` pieces: sentences if it is too long, and if one still is, so many pieces. */
    portions(line) {
      const text = strip(line), tooLong = this.tokenizer.encode(text).length > this.most, parts = [];
      for (const sentence of tooLong ? sentencesOf(text) : [text]) {
        const ids = this.tokenizer.encode(sentence);
        for (let start = 0; start < ids.length; start += this.most) {
          const some = ids.slice(start, start + this.most);
          parts.push({ english: strip(this.tokenizer.decode(some)), cut: ids.length > this.most });
        }
      }
      return parts;
    }

    /**
     * Chinese for an English text, a note, and the parts with their pieces; an Error says why there is nothing to do.
     * tell(done, all) hears how many parts are done; rest() is awaited between steps, and may throw to stop.
     */
    async translate(text, { width = 1, penalty = 0, tell = () => {}, rest, says = {} } = {}) {
      const texts = { ...WORDS, ...says }, words = wordsIn(text), notes = [];
      if (!words.length) throw new Error(texts.nothing);
      for (const [name, letters] of [["Japanese", /[\u3040-\u30ff]/], ["Chinese", /[\u4e00-\u9fff]/]]) {
        if (letters.test(text)) throw new Error(say(texts.letters, { name }));
      }
      if (words.filter((word) => /[^\x00-\x7f]/.test(word)).length > words.length / 2) throw new Error(texts.foreign);
      const lines = linesOf(text).map((line) => this.portions(line)), parts = lines.flat();
      for (const part of parts) part.pieces = this.tokenizer.cut(part.english);
      // parts of about one length share their limit, as in a batch of the page's function
      const order = [...parts].sort((a, b) => a.pieces.length - b.pieces.length), size = Math.max(1, Math.floor(32 / width));
      for (const [i, part] of order.entries()) {
        tell(i, parts.length);
        const longest = order[Math.min(order.length, size * (Math.floor(i / size) + 1)) - 1].pieces.length + 1;
        const ids = [...part.pieces.map(({ id }) => id), END];
        Object.assign(part, this.best(await this.search(ids, width, 2 * longest + 10, rest), penalty));
        part.chinese = this.tokenizer.decode(part.ids);
      }
      const fresh = words.filter((word) => !this.known.has(word.toLowerCase())).length;
      if (fresh > words.length / 3) notes.push(say(texts.unlike, { new: fresh, all: words.length }));
      if (parts.some(({ cut }) => cut)) notes.push(say(texts.cut, { most: this.most }));
      if (parts.some(({ chinese }) => looping(chinese))) notes.push(texts.loop);
      const whole = lines.map((line) => line.map(({ chinese }) => chinese).join("")).join("\n");
      return { text: whole, note: notes.join("; "), parts };
    }

    /**
     * For each piece of a part, or the pieces that make one character: [piece, the word at which a head looks most, how
     * much, place of the word]. `later` is 0 for when the piece is written, 1 for when it has been read.
     */
    lookedAt({ english, pieces, ids, looks }, { layer, head, later }) {
      const words = wordsOf(english), found = [];
      if (!words.length) return found;
      const wordOf = pieces.map(({ start, end }) => words.findLastIndex((word) => start < word.end && end > word.start));
      for (let from = 0, to = 1; to <= ids.length; to++) {
        const piece = this.tokenizer.decode(ids.slice(from, to));
        if (piece.includes("\ufffd") && to < ids.length) continue; // a part of a character
        const sums = words.map(() => 0);
        for (const shares of looks.slice(from + later, to + later)) {
          wordOf.forEach((word, i) => { if (word >= 0) sums[word] += shares[layer][head][i] / (to - from); });
        }
        const most = sums.indexOf(Math.max(...sums));
        found.push([piece, words[most].word, sums[most], most]);
        from = to;
      }
      return found;
    }
  }

  const program = { WORDS, Tokenizer, Translator, wordsIn, wordsOf };
  if (inPage) window.bookTranslate = program;
  else module.exports = program;
})();
