"""Time, memory and modules that a fresh process needs for one sentence vector, by hand or
with Transformers."""

import json
import sys
import time
from pathlib import Path

import psutil

way, folder, sentence = sys.argv[1:]
start, me = time.perf_counter(), psutil.Process()
if way == "by hand":
    from utils.sources import ROOT, definitions

    page = ROOT / "book" / "1_concepts" / "05_frameworks_and_their_community.ipynb"
    vectors_of = definitions(page, ["vectors_by_hand"])["vectors_by_hand"]
else:
    import torch
    from transformers import AutoModel, AutoTokenizer

    def vectors_of(folder, texts):
        tokenizer, model = (
            AutoTokenizer.from_pretrained(folder),
            AutoModel.from_pretrained(folder),
        )
        batch = tokenizer(texts, return_tensors="pt")
        with torch.inference_mode():
            return model(**batch).last_hidden_state.mean(1)


import_seconds = time.perf_counter() - start
vector = vectors_of(folder, [sentence])
facts = {
    "import seconds": import_seconds,
    "seconds to the first vector": time.perf_counter() - start,
    "memory in MB": me.memory_info().rss / 1e6,
    "modules": len(sys.modules),
    "first number": vector.flatten()[0].item(),
}
files = {
    m.__file__
    for n, m in list(sys.modules.items())
    if n.startswith("transformers") and getattr(m, "__file__", "")
}
texts = (Path(f).read_text(encoding="utf-8") for f in files if f.endswith(".py"))
facts["library lines"] = sum(text.count("\n") for text in texts)
print(json.dumps(facts))
