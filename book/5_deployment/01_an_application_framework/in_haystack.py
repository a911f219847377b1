"""The four steps in Haystack: what is seen under each fault, as JSON."""

import json
import os
import time
from contextlib import contextmanager

os.environ["HAYSTACK_TELEMETRY_ENABLED"] = "False"

import steps
from haystack import Pipeline, component, tracing
from haystack.tracing import Span, Tracer

SECONDS = {}


class Seen(Span):
    """A stretch of time with a name."""

    def __init__(self, tags):
        self.tags = dict(tags or {})

    def set_tag(self, key, value):
        self.tags[key] = value


class Clock(Tracer):
    """Seconds of each component, from Haystack's own spans."""

    @contextmanager
    def trace(self, operation_name, tags=None, parent_span=None):
        span, start = Seen(tags), time.perf_counter()
        yield span
        name = span.tags.get("haystack.component.name")
        if name:
            SECONDS[name] = time.perf_counter() - start

    def current_span(self):
        return None


@component
class Tokenise:
    @component.output_types(words=list[str])
    def run(self, text: str):
        return steps.tokenise(text)


@component
class Tag:
    @component.output_types(tags=list[str])
    def run(self, words: list[str]):
        return steps.tag(words)


@component
class Infer:
    @component.output_types(score=float)
    def run(self, words: list[str], tags: list[str]):
        return steps.infer(words, tags)


@component
class Postprocess:
    @component.output_types(verdict=dict)
    def run(self, score: float):
        return steps.postprocess(score)


def judge():
    """The label of one review, by a pipeline."""
    SECONDS.clear()
    pipeline = Pipeline()
    for part in (Tokenise(), Tag(), Infer(), Postprocess()):
        pipeline.add_component(type(part).__name__.lower(), part)
    pipeline.connect("tokenise.words", "tag.words")
    pipeline.connect("tokenise.words", "infer.words")
    pipeline.connect("tag.tags", "infer.tags")
    pipeline.connect("infer.score", "postprocess.score")
    found = pipeline.run({"tokenise": {"text": "An honest, funny film."}})
    return found["postprocess"]["verdict"]


if __name__ == "__main__":
    tracing.enable_tracing(Clock())
    right = str(judge())
    seen = {"plain": steps.every_fault(judge, lambda: dict(SECONDS))}
    with steps.outputs_checked():
        seen["checked"] = steps.every_fault(judge, lambda: dict(SECONDS))
    print(json.dumps({"right": right, "seen": seen}))
