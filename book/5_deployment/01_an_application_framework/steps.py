"""Four steps that judge a review by lists of words, and faults to put into them.

They are simple on purpose: what is measured is who is blamed for a fault.
"""

import json
import logging
import re
import time
import traceback
from contextlib import contextmanager
from functools import wraps

GOOD = {"good", "great", "funny", "honest", "lovely", "moving"}
BAD = {"bad", "dull", "boring", "awful", "tepid", "slow"}
STEPS = ("tokenise", "tag", "infer", "postprocess")
KINDS = ("wrong key", "nothing", "wrong type", "exception", "library")
KINDS += ("delay", "wrong value")
FAULT = {"step": "", "kind": "", "seconds": 0.05}  # what is broken at present


def tokenise(text: str) -> dict:
    """The words of a text."""
    return spoilt("tokenise", "words", re.findall(r"\w+", text.lower()))


def tag(words: list) -> dict:
    """A kind for each word: ADJ for the words of the lists, X for all others."""
    tags = ["ADJ" if word in GOOD | BAD else "X" for word in words]
    return spoilt("tag", "tags", tags)


def infer(words: list, tags: list) -> dict:
    """A score: good words minus bad ones."""
    found = [word for word, kind in zip(words, tags) if kind == "ADJ"]
    score = sum(1.0 if word in GOOD else -1.0 for word in found)
    return spoilt("infer", "score", float(score))


def negating(words: list, tags: list) -> dict:
    """As `infer`, but a word behind "not" counts the other way round."""
    score = 0.0
    for before, word, kind in zip(["", *words], words, tags):
        if kind == "ADJ":
            value = 1.0 if word in GOOD else -1.0
            score += -value if before == "not" else value
    return {"score": score}


def postprocess(score: float) -> dict:
    """The verdict that a person reads."""
    verdict = {"label": "positive" if score > 0 else "negative", "score": score}
    return spoilt("postprocess", "verdict", verdict)


def spoilt(step, key, value):
    """The outputs of a step, with the present fault if it is in this step."""
    kind = FAULT["kind"] if FAULT["step"] == step else ""
    if kind == "wrong key":
        return {key[:-1]: value}
    if kind == "nothing":
        return {key: None}
    if kind == "wrong type":
        return {key: " ".join(value) if isinstance(value, list) else str(value)}
    if kind == "wrong value":  # of the right type
        wrong = {list: [], float: -1.0, dict: {"label": "negative", "score": 2.0}}
        return {key: wrong[type(value)]}
    if kind == "exception":
        raise ValueError("the input is not as it should be")
    if kind == "library":
        return {key: json.loads("{")}
    if kind == "delay":
        time.sleep(FAULT["seconds"])
    return {key: value}


def plain(text):
    """The verdict by plain function calls."""
    words = tokenise(text)["words"]
    tags = tag(words)["tags"]
    score = infer(words, tags)["score"]
    verdict = postprocess(score)["verdict"]
    return verdict["label"]


GIVES = {
    "tokenise": {"words": list[str]},
    "tag": {"tags": list[str]},
    "infer": {"score": float},
    "postprocess": {"verdict": dict[str, str | float]},
}


@contextmanager
def outputs_checked():
    """For a while, pydantic checks what each step returns, where it returns it."""
    from pydantic import TypeAdapter, ValidationError
    from typing_extensions import TypedDict  # as pydantic wants it before Python 3.12

    def watched(name, step):
        kind = TypeAdapter(TypedDict(name, GIVES[name]))

        @wraps(step)
        def checked(*inputs, **named):
            outputs = step(*inputs, **named)
            try:
                return kind.validate_python(outputs, strict=True)
            except ValidationError as error:
                what = error.errors()[0]
                raise TypeError(
                    f"{name!r} returned: {what['loc']}: {what['msg']}"
                ) from error

        return checked

    before = {name: globals()[name] for name in STEPS}
    globals().update({name: watched(name, step) for name, step in before.items()})
    try:
        yield
    finally:
        globals().update(before)


def observed(run):
    """What a person would see of a run: warnings and error, places, the result."""
    lines, root = [], logging.getLogger()
    handler = logging.Handler(logging.WARNING)
    handler.emit = lambda record: lines.append(record.getMessage())
    before, root.handlers = root.handlers, [handler]
    seen = {"frames": [], "line": "", "error": "", "result": ""}
    try:
        seen["result"] = str(run())
    except Exception as error:
        seen["error"] = type(error).__name__
        lines.append(str(error))
        while error.__cause__ or error.__context__:
            error = error.__cause__ or error.__context__
        places = traceback.extract_tb(error.__traceback__)
        seen["frames"] = [place.name for place in places]
        seen["line"] = next((p.line for p in reversed(places) if p.name == "plain"), "")
    finally:
        root.handlers = before
    return seen | {"text": "\n".join(lines)}


def every_fault(run, seconds_of=dict):
    """What is seen of `run`, a function without arguments, under each fault in turn.

    `seconds_of` returns the seconds of each step in the latest run, as far as they are
    known; a step that was seen to fail may be named there as "failed".
    """
    seen = []
    for step in STEPS:
        for kind in KINDS:
            FAULT.update(step=step, kind=kind)
            found = observed(run)
            seen.append({"step": step, "kind": kind, **found, "seconds": seconds_of()})
    FAULT.update(step="", kind="")
    return seen
