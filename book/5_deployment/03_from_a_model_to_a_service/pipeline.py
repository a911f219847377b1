"""The classifier in three parts, none of which knows that there is a network."""

import logging
import re
import warnings
from contextlib import contextmanager

import torch

from utils.models import load_model, load_tokenizer
from utils.runtime import device


class Classifier:
    """Texts to verdicts: pre-process, infer, post-process."""

    max_tokens = 128  # as in training

    def __init__(self, name="sentiment"):
        self.tokenizer = load_tokenizer(name)
        with quiet():
            self.model = load_model(name).to(device())
        self.labels = self.model.config.id2label

    def preprocess(self, texts):
        """Texts to token ids and mask, (text, token), and whether each text had to be
        cut."""
        limits = {"truncation": True, "max_length": self.max_tokens}
        batch = self.tokenizer(
            [clean(text) for text in texts], padding=True, return_tensors="pt", **limits
        )
        cut = [bool(encoding.overflowing) for encoding in batch.encodings]
        return batch, cut

    @torch.inference_mode()
    def infer(self, batch):
        """The model's logits, (text, class)."""
        return self.model(**batch.to(self.model.device)).logits.float().cpu()

    def postprocess(self, logits, cut):
        """Logits to verdicts that JSON can hold."""
        positive = logits.softmax(-1)[:, 1].tolist()
        best = [self.labels[index] for index in logits.argmax(-1).tolist()]
        keys = ("label", "probability", "cut")
        return [dict(zip(keys, verdict)) for verdict in zip(best, positive, cut)]

    def __call__(self, texts):
        batch, cut = self.preprocess(texts)
        return self.postprocess(self.infer(batch), cut)


def clean(text):
    """The text as the training data were cleaned: plain quotation marks, dashes for runs
    of spaces."""
    return re.sub(r"\s{2,}", " - ", text.replace("''", '"').strip())


@contextmanager
def quiet():
    """Loading without the notes that libraries write for each other's maintainers."""
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings(record=True):
            yield
    finally:
        logging.disable(logging.NOTSET)
