"""The review judged by functions with agreed inputs and outputs."""

from steps import negating, postprocess, tag, tokenise


def judge(text):
    words = tokenise(text)["words"]
    tags = tag(words)["tags"]
    score = negating(words, tags)["score"]
    return postprocess(score)["verdict"]
