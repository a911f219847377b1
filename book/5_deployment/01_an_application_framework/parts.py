"""The steps of `steps.py` as components of the framework that the page builds."""

from dataclasses import dataclass

import steps
from framework import Component


@dataclass
class StepTokenise(Component):
    """The words of a text."""

    gives = {"words": list[str]}

    def run(self, text: str):
        return steps.tokenise(text)


@dataclass
class StepTag(Component):
    """A kind for each word."""

    gives = {"tags": list[str]}

    def run(self, words: list[str]):
        return steps.tag(words)


@dataclass
class StepInfer(Component):
    """A score: good words minus bad ones."""

    gives = {"score": float}

    def run(self, words: list[str], tags: list[str]):
        return steps.infer(words, tags)


@dataclass
class StepNegating(StepInfer):
    """A score that minds the word "not"."""

    def run(self, words: list[str], tags: list[str]):
        return steps.negating(words, tags)


@dataclass
class StepPostprocess(Component):
    """The verdict."""

    gives = {"verdict": dict[str, str | float]}

    def run(self, score: float):
        return steps.postprocess(score)
