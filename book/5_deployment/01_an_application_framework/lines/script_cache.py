"""The review judged by one piece of code."""

import re
from functools import cache

from steps import BAD, GOOD


@cache
def judge(text):
    words = re.findall(r"\w+", text.lower())
    tags = ["ADJ" if word in GOOD | BAD else "X" for word in words]
    score = 0.0
    for word, kind in zip(words, tags):
        if kind == "ADJ":
            score += 1.0 if word in GOOD else -1.0
    return {"label": "positive" if score > 0 else "negative", "score": score}
