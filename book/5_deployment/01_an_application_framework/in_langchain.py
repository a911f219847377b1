"""The four steps as LangChain's runnables: what is seen under each fault, as JSON."""

import json
import os
import time

os.environ["LANGSMITH_TRACING"] = os.environ["LANGCHAIN_TRACING_V2"] = "false"

import steps
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.runnables import RunnableLambda

SECONDS = {}


class Clock(BaseCallbackHandler):
    """Seconds of each runnable, and the first that failed, from LangChain's callbacks."""

    def __init__(self):
        self.begun = {}

    def on_chain_start(self, serialized, inputs, *, run_id, name=None, **other):
        self.begun[run_id] = name, time.perf_counter()

    def on_chain_end(self, outputs, *, run_id, **other):
        name, start = self.begun[run_id]
        if name in steps.STEPS:
            SECONDS[name] = time.perf_counter() - start

    def on_chain_error(self, error, *, run_id, **other):
        name = self.begun[run_id][0]
        if name in steps.STEPS:
            SECONDS.setdefault("failed", name)


def step(name, *needs):
    """One step: what it needs comes from the state, what it gives is added there."""

    def run(state):
        inputs = {need: state[need] for need in needs}
        return {**state, **getattr(steps, name)(**inputs)}

    return RunnableLambda(run, name=name)


def judge():
    """The label of one review, by a chain."""
    SECONDS.clear()
    chain = (
        step("tokenise", "text")
        | step("tag", "words")
        | step("infer", "words", "tags")
        | step("postprocess", "score")
    )
    state = {"text": "An honest, funny film."}
    return chain.invoke(state, config={"callbacks": [Clock()]})["verdict"]


if __name__ == "__main__":
    right = str(judge())
    seen = {"plain": steps.every_fault(judge, lambda: dict(SECONDS))}
    with steps.outputs_checked():
        seen["checked"] = steps.every_fault(judge, lambda: dict(SECONDS))
    print(json.dumps({"right": right, "seen": seen}))
