// A GPT in plain JavaScript: it reads the book's own weights and writes on, one character after another.
// The page "In the browser" runs this file in the reader's browser, and in Node, and compares it with PyTorch.
(function () {
  "use strict";

  // ---- the file of weights

  /** The number that 16 bits stand for: one bit of sign, five of exponent, ten of fraction. */
  function half(bits) {
    const sign = bits & 0x8000 ? -1 : 1, exponent = (bits >> 10) & 31, fraction = bits & 1023;
    if (exponent === 0) return sign * fraction * 2 ** -24;
    if (exponent === 31) return fraction ? NaN : sign * Infinity;
    return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
  }

  /** Metadata and weights of a safetensors file: eight bytes of length, so many bytes of JSON, then the numbers. */
  function readWeights(buffer) {
    const view = new DataView(buffer), start = buffer.byteLength < 8 ? NaN : 8 + Number(view.getBigUint64(0, true));
    if (!(start <= buffer.byteLength)) throw new Error("the file of weights is cut off or is something else: load it again");
    const { __metadata__: metadata, ...entries } = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 8, start - 8)));
    const weights = {};
    for (const [name, { dtype, shape, data_offsets: [from, to] }] of Object.entries(entries)) {
      const n = shape.reduce((product, size) => product * size, 1), bytes = { F16: 2, F32: 4 }[dtype];
      if (!bytes) throw new Error(`${name} is stored as ${dtype}; this program reads F16 and F32`);
      if (start + to > buffer.byteLength || to - from !== n * bytes) {
        throw new Error(`the file of weights ends within ${name}: load it again`);
      }
      const data = new Float32Array(n);
      for (let i = 0; i < n; i++) {
        const at = start + from + i * bytes;
        data[i] = bytes === 2 ? half(view.getUint16(at, true)) : view.getFloat32(at, true);
      }
      weights[name] = { shape, data };
    }
    return { metadata, weights };
  }

  // ---- the parts of a layer

  /** y = W x, for one vector. */
  function linear({ shape: [nRows, nColumns], data }, x) {
    const y = new Float32Array(nRows);
    for (let row = 0; row < nRows; row++) {
      let sum = 0; // a JavaScript number has 64 bits
      for (let column = 0; column < nColumns; column++) sum += data[row * nColumns + column] * x[column];
      y[row] = sum;
    }
    return y;
  }

  function layerNorm(gain, bias, x, eps = 1e-5) {
    const mean = x.reduce((sum, value) => sum + value, 0) / x.length;
    const variance = x.reduce((sum, value) => sum + (value - mean) ** 2, 0) / x.length;
    return x.map((value, i) => ((value - mean) / Math.sqrt(variance + eps)) * gain.data[i] + bias.data[i]);
  }

  /** The error function, by its series near zero and by a continued fraction far from it. */
  function erf(x) {
    if (x < 0) return -erf(-x);
    if (x > 6) return 1;
    if (x < 2.5) {
      let term = x, sum = x;
      for (let n = 1; Math.abs(term) > 1e-17 * sum; n++) {
        term *= (-x * x) / n;
        sum += term / (2 * n + 1);
      }
      return (2 / Math.sqrt(Math.PI)) * sum;
    }
    let fraction = x;
    for (let n = 60; n > 0; n--) fraction = x + n / 2 / fraction;
    return 1 - Math.exp(-x * x) / (Math.sqrt(Math.PI) * fraction);
  }

  const gelu = (x) => (x * (1 + erf(x / Math.SQRT2))) / 2;

  /** Queries or keys of all heads, turned by their position: features i and i + dHead / 2 of a head are a pair. */
  function rotate(x, position, dHead, base = 10000) {
    const turned = new Float32Array(x.length), nPairs = dHead / 2;
    for (let head = 0; head < x.length; head += dHead) {
      for (let i = 0; i < nPairs; i++) {
        const speed = Math.fround(1 / Math.fround(base ** (i / nPairs))); // 32 bits, as in training
        const angle = Math.fround(position * speed);
        const cos = Math.cos(angle), sin = Math.sin(angle);
        const a = x[head + i], b = x[head + i + nPairs];
        turned[head + i] = a * cos - b * sin;
        turned[head + i + nPairs] = b * cos + a * sin;
      }
    }
    return turned;
  }

  function softmax(scores) {
    const largest = scores.reduce((most, score) => Math.max(most, score), -Infinity);
    const powers = Array.from(scores, (score) => Math.exp(score - largest));
    const total = powers.reduce((sum, power) => sum + power, 0);
    return powers.map((power) => power / total);
  }

  // ---- the model

  class GPT {
    constructor({ metadata, weights }, { nHeads, maxLength }) {
      this.weights = weights;
      this.nHeads = nHeads;
      this.maxLength = maxLength;
      this.alphabet = [...metadata.alphabet];
      this.nLayers = Object.keys(weights).filter((name) => name.endsWith("attention.query.weight")).length;
      this.forget();
    }

    /** Begin a new text: the cache holds keys and values of every token so far, for each layer. */
    forget() {
      this.cache = Array.from({ length: this.nLayers }, () => ({ keys: [], values: [] }));
      this.nTokens = 0;
    }

    /** Ids of a text's characters; those that the model does not know are returned apart. */
    encode(text) {
      const ids = [...text].map((character) => this.alphabet.indexOf(character));
      return { ids: ids.filter((id) => id >= 0), unknown: [...new Set([...text].filter((_, i) => ids[i] < 0))] };
    }

    /** Logits of the next token, after one more; `look(name, values)` is shown every vector on the way. */
    step(id, look = () => {}) {
      if (this.nTokens >= this.maxLength) throw new Error(`this model reads at most ${this.maxLength} tokens: forget() first`);
      if (!(id >= 0 && id < this.alphabet.length)) throw new Error(`${id} is no token: ids run from 0 to ${this.alphabet.length - 1}`);
      const table = this.weights["embed.token.weight"], dModel = table.shape[1];
      let x = table.data.slice(id * dModel, (id + 1) * dModel);
      look("embedding", x);
      for (let layer = 0; layer < this.nLayers; layer++) {
        const part = (name) => this.weights[`blocks.${layer}.${name}`];
        const norm = (name, x) => layerNorm(part(`${name}.weight`), part(`${name}.bias`), x);
        const seen = (name, values) => (look(`layer ${layer + 1}: ${name}`, values), values);

        const attended = this.attend(layer, seen("first norm", norm("attention_norm", x)), part, seen);
        x = seen("after attention", x.map((value, i) => value + attended[i]));

        const wide = linear(part("feed_forward.up.weight"), seen("second norm", norm("feed_forward_norm", x)));
        const active = seen("activations", wide.map(gelu));
        const added = linear(part("feed_forward.down.weight"), active);
        x = seen("after feed-forward", x.map((value, i) => value + added[i]));
      }
      this.nTokens += 1;
      x = layerNorm(this.weights["final_norm.weight"], this.weights["final_norm.bias"], x);
      look("final norm", x);
      const logits = linear(this.weights["output.weight"], x);
      look("logits", logits);
      return logits;
    }

    /** What attention adds to the newest token: a mixture of the values of all tokens so far. */
    attend(layer, x, part, seen) {
      const { keys, values } = this.cache[layer], dHead = x.length / this.nHeads;
      const both = linear(part("attention.key_value.weight"), x); // keys of all heads, then values of all heads
      const query = rotate(linear(part("attention.query.weight"), x), this.nTokens, dHead);
      keys.push(rotate(both.slice(0, x.length), this.nTokens, dHead));
      values.push(both.slice(x.length));
      seen("query", query);
      seen("key", keys.at(-1));
      seen("value", values.at(-1));

      const mixed = new Float32Array(x.length);
      for (let head = 0; head < this.nHeads; head++) {
        const first = head * dHead;
        const scores = keys.map((key) => {
          let sum = 0;
          for (let i = first; i < first + dHead; i++) sum += query[i] * key[i];
          return sum / Math.sqrt(dHead);
        });
        const shares = seen(`attention of head ${head + 1}`, softmax(scores));
        for (let i = first; i < first + dHead; i++) {
          mixed[i] = shares.reduce((sum, share, token) => sum + share * values[token][i], 0);
        }
      }
      return linear(part("attention.out.weight"), mixed);
    }

    /** Logits after a whole text, begun anew. */
    read(ids, look) {
      this.forget();
      let logits;
      ids.forEach((id, i) => { logits = this.step(id, i === ids.length - 1 ? look : undefined); });
      return logits;
    }
  }

  // ---- the choice of a token

  /** Probabilities after temperature, top-k and top-p, in this order; 0 and 1 switch the cuts off. */
  function chances(logits, { temperature = 1, topK = 0, topP = 1 } = {}) {
    const order = Array.from(logits.keys()).sort((a, b) => logits[b] - logits[a]); // of all tokens, the likeliest first
    let p = softmax(Array.from(order, (id) => logits[id] / temperature));
    if (topK > 0) p = p.map((share, rank) => (rank < topK ? share : 0));
    const total = p.reduce((sum, share) => sum + share, 0);
    let before = 0;
    p = p.map((share) => {
      const stays = topP >= 1 || before < topP * total;
      before += share;
      return stays ? share : 0;
    });
    const left = p.reduce((sum, share) => sum + share, 0), result = new Array(p.length);
    order.forEach((id, rank) => { result[id] = p[rank] / left; });
    return result;
  }

  /** The token at a point of the line from 0 to 1 on which each has a piece as long as its probability. */
  function pick(p, point) {
    let left = point, last = 0;
    for (let id = 0; id < p.length; id++) {
      if (p[id] === 0) continue;
      last = id;
      left -= p[id];
      if (left < 0) return id;
    }
    return last; // rounding left a crumb beyond the end
  }

  /** Random numbers that a seed decides: mulberry32, by Tommy Ettinger. */
  function random(seed) {
    let state = seed >>> 0;
    return () => {
      state = (state + 0x6d2b79f5) >>> 0;
      let z = state;
      z = Math.imul(z ^ (z >>> 15), z | 1);
      z ^= z + Math.imul(z ^ (z >>> 7), z | 61);
      return ((z ^ (z >>> 14)) >>> 0) / 2 ** 32;
    };
  }

  const program = { half, readWeights, linear, layerNorm, erf, gelu, rotate, softmax, GPT, chances, pick, random };
  if (typeof window === "undefined") module.exports = program;
  else window.bookGPT = program;
})();
