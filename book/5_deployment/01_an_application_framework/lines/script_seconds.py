"""The review judged by one piece of code."""

import re
import time

from steps import BAD, GOOD

SECONDS = {}


def judge(text):
    start = time.perf_counter()
    words = re.findall(r"\w+", text.lower())
    SECONDS["tokenise"] = time.perf_counter() - start
    start = time.perf_counter()
    tags = ["ADJ" if word in GOOD | BAD else "X" for word in words]
    SECONDS["tag"] = time.perf_counter() - start
    start = time.perf_counter()
    score = 0.0
    for word, kind in zip(words, tags):
        if kind == "ADJ":
            score += 1.0 if word in GOOD else -1.0
    SECONDS["infer"] = time.perf_counter() - start
    start = time.perf_counter()
    verdict = {"label": "positive" if score > 0 else "negative", "score": score}
    SECONDS["postprocess"] = time.perf_counter() - start
    return verdict
