"""The review judged by functions with agreed inputs and outputs."""

from functools import cache

from steps import infer, postprocess, tag, tokenise


@cache
def judge(text):
    words = tokenise(text)["words"]
    tags = tag(words)["tags"]
    score = infer(words, tags)["score"]
    return postprocess(score)["verdict"]
