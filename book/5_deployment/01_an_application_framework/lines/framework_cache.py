"""The review judged by a pipeline."""

import parts  # noqa: F401  (makes the types known)
from framework import from_yaml

FILE = """
parts:
  tokenise: {type: StepTokenise}
  tag: {type: StepTag}
  infer: {type: StepInfer}
  postprocess: {type: StepPostprocess}
wires:
  tag.words: tokenise.words
  infer.words: tokenise.words
  infer.tags: tag.tags
  postprocess.score: infer.score
"""
PIPELINE = from_yaml(FILE, cache={})


def judge(text):
    run = PIPELINE.run(text=text)
    return run.outputs["postprocess.verdict"]
