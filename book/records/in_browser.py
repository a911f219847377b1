"""Record of the chapter on the browser: one classifier by six programs; size, start, speed, and what each answers.

python -m book.records.in_browser               some minutes; needs Chromium and the environment "transformers_js"
python -m book.records.in_browser --smallest    seconds: outside the browser, on a few sentences, into out/
"""

import argparse
import functools
import gzip
import http.server
import json
import threading
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import onnx
import onnxruntime
import torch
from onnxruntime import quantization
from safetensors.torch import save_file

from utils.data import load
from utils.environments import npm_folder, python_of
from utils.models import load_model, load_tokenizer, model_path
from utils.records import RECORDS, input_hashes, write_record
from utils.runtime import stopwatch
from utils.sources import ROOT, definitions

CHAPTER = "book/5_deployment/05_in_the_browser.ipynb"
SHOWN = ["network_of", "MAX_PIECES"]
ABOUT = {"data": ["movie_snippets"], "models": ["minilm"]}
INPUTS = {"script": __file__, "notebook": CHAPTER, "names": SHOWN, **ABOUT}
SEED = 0
FULL = {"n_texts": 400, "n_plain": 20, "browser": True}
SMALLEST = {"n_texts": 4, "n_plain": 0, "browser": False}
NOT_COMPARED = ["start", "ms"]
TOLERANCE = 1e-2  # sums in other orders, seen through the rounding to whole numbers
PROGRAMS = ROOT / "book/5_deployment/05_in_the_browser"
# What a page does with a list of numbers of pieces: seconds to the first answer, then logits and milliseconds of each
BY_RUNTIME = """
async ({ network, threads, ids }) => {
  const begun = performance.now(), bytes = async (name) => await (await fetch(name)).arrayBuffer();
  const files = { wasm: await bytes("ort-wasm-simd-threaded.wasm"), network: await bytes(network) };
  const module = new URL("ort-wasm-simd-threaded.mjs", location).href;
  const session = await bookClassify.start(ort, { ...files, module }, threads);
  return timed((one) => bookClassify.logits(ort, session, one), ids, begun);
}"""
BY_TRANSFORMERS = """
async ({ texts }) => {
  const begun = performance.now();
  const { AutoTokenizer, AutoModelForSequenceClassification, env } = await import("./transformers.min.js");
  Object.assign(env, { allowRemoteModels: false, allowLocalModels: true, localModelPath: "./" });
  Object.assign(env.backends.onnx.wasm, { wasmPaths: new URL("./", location).href, numThreads: 1 });
  const tokenizer = await AutoTokenizer.from_pretrained("sentiment");
  const model = await AutoModelForSequenceClassification.from_pretrained("sentiment", { dtype: "q8", device: "wasm" });
  return timed(async (text) => [...(await model(await tokenizer(text))).logits.data], texts, begun);
}"""
BY_HAND = """
async ({ ids, nHeads }) => {
  const begun = performance.now(), { readWeights, linear, layerNorm, gelu, softmax } = bookGPT;
  const { weights } = readWeights(await (await fetch("weights.safetensors")).arrayBuffer());
  const part = (name) => weights[name];
  const affine = (name, x) => linear(part(`${name}.weight`), x).map((y, i) => y + part(`${name}.bias`).data[i]);
  const norm = (name, x) => layerNorm(part(`${name}.weight`), part(`${name}.bias`), x, 1e-12);
  const sum = (a, b) => a.map((value, i) => value + b[i]), at = "bert.embeddings.";
  const row = (name, i, d = 384) => part(name).data.subarray(i * d, (i + 1) * d);
  const judge = (one) => {
    let xs = one.map((id, t) => norm(`${at}LayerNorm`, sum(sum(row(`${at}word_embeddings.weight`, id),
      row(`${at}position_embeddings.weight`, t)), row(`${at}token_type_embeddings.weight`, 0))));
    for (let l = 0; part(`bert.encoder.layer.${l}.output.dense.weight`); l++) {
      const name = `bert.encoder.layer.${l}.`;
      const of = (kind) => xs.map((x) => affine(`${name}attention.self.${kind}`, x)), d = 384 / nHeads;
      const q = of("query"), k = of("key"), v = of("value"), mixed = xs.map((x) => new Float32Array(x.length));
      for (let head = 0; head < nHeads; head++) q.forEach((query, t) => {
        const own = (x) => x.subarray(head * d, (head + 1) * d);
        const dot = (a, b) => a.reduce((s, value, i) => s + value * b[i], 0) / Math.sqrt(d);
        softmax(k.map((key) => dot(own(query), own(key)))).forEach((share, u) => {
          for (let i = head * d; i < (head + 1) * d; i++) mixed[t][i] += share * v[u][i];
        });
      });
      const after = (kind, x, y) => norm(`${name}${kind}.LayerNorm`, sum(x, affine(`${name}${kind}.dense`, y)));
      xs = xs.map((x, t) => after("attention.output", x, mixed[t]));
      xs = xs.map((x) => after("output", x, affine(`${name}intermediate.dense`, x).map(gelu)));
    }
    return [...affine("classifier", affine("bert.pooler.dense", xs[0]).map(Math.tanh))];
  };
  return timed(judge, ids, begun);
}"""
TIMED = """
window.timed = async (judge, inputs, begun) => {
  const logits = [await judge(inputs[0])], start = (performance.now() - begun) / 1000, ms = [];
  for (const input of inputs.slice(1)) {
    const before = performance.now();
    logits.push(await judge(input));
    ms.push(performance.now() - before);
  }
  return { start, ms, logits };
};"""


class Isolated(http.server.SimpleHTTPRequestHandler):
    """Serves a folder with the headers without which a browser gives a page no threads."""

    log_message = lambda *_: None  # noqa: E731

    def end_headers(self):
        self.send_header("Cross-Origin-Opener-Policy", "same-origin")
        self.send_header("Cross-Origin-Embedder-Policy", "require-corp")
        super().end_headers()


def in_chromium(folder, jobs):
    """Answers of pieces of JavaScript, each in a new page of a served folder: pairs of a script and its argument."""
    from tools import pdf  # here: Playwright is not among what notebooks need

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Isolated, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        with pdf.browser() as browser:
            for script, argument in jobs:
                page = browser.new_page()
                page.set_default_timeout(600_000)
                page.goto(f"http://127.0.0.1:{server.server_port}/index.html")
                page.add_script_tag(content=TIMED)
                yield page.evaluate(script, argument)
                page.close()
    finally:
        server.shutdown()
        server.server_close()


def timed(judge, inputs, begun):
    """As ``timed`` in a page."""
    logits, ms = [judge(inputs[0])], []
    start = time.perf_counter() - begun
    for one in inputs[1:]:
        before = time.perf_counter()
        logits.append(judge(one))
        ms.append(1e3 * (time.perf_counter() - before))
    return {"start": start, "ms": ms, "logits": logits}


def by_native_runtime(file, ids):
    begun, options = time.perf_counter(), onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.log_severity_level = 1, 3
    session = onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
    return timed(lambda one: session.run(None, {"input_ids": np.array([one])})[0][0].tolist(), ids, begun)


def files_of(folder, page, classifier):
    """Paths of the network with weights of 32 and of 8 bits, and with products of whole numbers in two ways."""
    made = {name: Path(folder) / f"{name}.onnx" for name in ("float32", "weights8", "products8", "products7")}
    made["float32"].write_bytes(page["network_of"](classifier))
    made["weights8"].write_bytes(page["network_of"](classifier, n_bits=8))
    for name, reduced in (("products8", False), ("products7", True)):
        settings = {"weight_type": quantization.QuantType.QInt8, "per_channel": True, "reduce_range": reduced}
        quantization.quantize_dynamic(onnx.load(made["float32"]), made[name], **settings)
    return made


def furnished(folder, made, classifier):
    """Put what the pages load into a folder; sizes in bytes, as they are and compressed, of what each way fetches."""
    folder, base = Path(folder), Path(model_path("minilm"))
    runtime = npm_folder("javascript", "onnxruntime-web") / "dist"
    python_of("transformers_js")  # which says how to make it if it is not there
    library = npm_folder("transformers_js", "@huggingface/transformers") / "dist"
    beneath = npm_folder("transformers_js", "onnxruntime-web") / "dist"
    names = ("ort.wasm.min.js", "ort-wasm-simd-threaded.mjs", "ort-wasm-simd-threaded.wasm")
    parts = {"own": [PROGRAMS / "gpt.js"], "transformers": [library / "transformers.min.js", *beneath.glob("*async*")]}
    parts["runtime"] = [*(runtime / name for name in names), PROGRAMS / "classify.js", base / "vocab.txt"]
    for file in {file for files in parts.values() for file in files}:
        (folder / file.name).write_bytes(file.read_bytes())
    save_file(classifier.state_dict(), folder / "weights.safetensors")
    place = folder / "sentiment"
    (place / "onnx").mkdir(parents=True)
    classifier.config.save_pretrained(place)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        (place / name).write_bytes((base / name).read_bytes())
    (place / "onnx" / "model_quantized.onnx").write_bytes(made["weights8"].read_bytes())
    scripts = "".join(f'<script src="{name}"></script>' for name in ("gpt.js", "classify.js", "ort.wasm.min.js"))
    (folder / "index.html").write_text(f"<!doctype html><title>record</title>{scripts}")
    parts["transformers"] += sorted(place.glob("*.json"))
    parts |= {"weights": [folder / "weights.safetensors"]} | {name: [file] for name, file in made.items()}
    read = {name: [file.read_bytes() for file in files] for name, files in parts.items()}
    return {name: [sum(len(pack(x)) for x in all_) for pack in (bytes, gzip.compress)] for name, all_ in read.items()}


def judged(found, truth, labels):
    """What a way took, and its answers beside those of PyTorch in 32 bits."""
    logits, n = np.array(found["logits"]), len(found["logits"])
    answers, wanted = logits.argmax(-1), truth[:n].argmax(-1)
    return {
        "start": round(found["start"], 2),
        "ms": round(float(np.median(found["ms"])), 2),
        "texts": n,
        "gap": float(np.abs(logits - truth[:n]).max()),
        "same": int((answers == wanted).sum()),
        "right": int((answers == np.array(labels[:n])).sum()),
    }


def compared(page, sizes):
    classifier, tokenizer = load_model("sentiment"), load_tokenizer("sentiment")
    rows = load("movie_snippets")["test"]
    chosen = np.random.default_rng(SEED).choice(len(rows), sizes["n_texts"], replace=False)
    texts, labels = [[rows[int(i)][key] for i in chosen] for key in ("text", "label")]
    settings = {"truncation": True, "max_length": page["MAX_PIECES"], "split_special_tokens": True}
    ids, found, in_bytes = tokenizer(texts, **settings)["input_ids"], {}, {}
    with torch.no_grad(), TemporaryDirectory() as folder:
        begun = time.perf_counter()
        found["PyTorch"] = timed(lambda one: classifier(torch.tensor([one])).logits[0].tolist(), ids, begun)
        made = files_of(folder, page, classifier)
        for name, file in made.items():
            found[f"native {name}"] = by_native_runtime(file, ids)
        if sizes["browser"]:
            in_bytes = furnished(folder, made, classifier)
            n_heads = classifier.config.num_attention_heads
            plain = {"threads": 1, "ids": ids}
            jobs = {f"page {name}": (BY_RUNTIME, plain | {"network": file.name}) for name, file in made.items()}
            jobs["page weights8, two threads"] = (BY_RUNTIME, jobs["page weights8"][1] | {"threads": 2})
            jobs["Transformers.js"] = (BY_TRANSFORMERS, {"texts": texts})
            jobs["plain JavaScript"] = (BY_HAND, {"ids": ids[: sizes["n_plain"]], "nHeads": n_heads})
            found |= dict(zip(jobs, in_chromium(folder, jobs.values()), strict=True))
    truth = np.array(found["PyTorch"]["logits"])
    return {"ways": {name: judged(one, truth, labels) for name, one in found.items()}, "bytes": in_bytes}


def main(smallest=False):
    torch.set_num_threads(1)
    page, sizes = definitions(ROOT / CHAPTER, SHOWN), SMALLEST if smallest else FULL
    with stopwatch() as seconds:
        results = compared(page, sizes)
    path = write_record(
        (ROOT / "out" / "records" if smallest else RECORDS) / f"in_browser{'_smallest' * smallest}.json",
        name="in_browser",
        command="python -m book.records.in_browser" + " --smallest" * smallest,
        seeds=[SEED],
        seconds=seconds(),
        hashes=input_hashes(**INPUTS),
        results=results,
    )
    print(f"{path}: {json.dumps(results)[:300]}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--smallest", action="store_true", help="a few sentences, for the tests")
    main(**vars(parser.parse_args()))
