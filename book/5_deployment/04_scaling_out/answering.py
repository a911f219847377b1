"""The sentiment classifier without PyTorch: what each of the three servers runs.

It stands in a folder with `model.onnx`, `tokenizer.json` and `clean.py`, the package.
"""

from pathlib import Path

import numpy as np
import onnxruntime
from clean import clean
from tokenizers import Tokenizer


class Answerer:
    """Texts to probabilities of "positive", by ONNX Runtime on one thread."""

    def __init__(self, package):
        self.tokenizer = Tokenizer.from_file(str(Path(package, "tokenizer.json")))
        self.tokenizer.enable_truncation(128)
        self.tokenizer.enable_padding()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(
            str(Path(package, "model.onnx")), options, ["CPUExecutionProvider"]
        )

    def __call__(self, texts):
        encoded = self.tokenizer.encode_batch([clean(text) for text in texts])
        ids = np.array([e.ids for e in encoded], np.int64)  # (text, token)
        mask = np.array([e.attention_mask for e in encoded], np.int64)
        names = {"input_ids": ids, "attention_mask": mask}
        logits = self.session.run(None, names)[0]  # (text, class)
        return 1 / (1 + np.exp(logits[:, 0] - logits[:, 1]))  # softmax of two
