"""What may come in and what goes out: the types of the service's requests and answers."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

MAX_TEXTS = 16  # in one request
MAX_CHARS = 2_000  # in one text

Text = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_CHARS)
]


class Question(BaseModel):
    """One request: a few texts, each to be judged by itself."""

    # a misspelt field is an error, and a number in the place of a text is one too
    model_config = ConfigDict(extra="forbid", strict=True)
    texts: Annotated[list[Text], Field(min_length=1, max_length=MAX_TEXTS)]


class Verdict(BaseModel):
    """What the classifier says of one text."""

    label: Literal["negative", "positive"]
    probability: Annotated[float, Field(ge=0, le=1)]  # of "positive"
    cut: bool  # whether the text was longer than the model reads


class Cost(BaseModel):
    """Where the time of one request went."""

    batch: int  # texts in the batch that the first text travelled in
    waited_ms: float  # in the queue
    model_ms: float  # in the model


class Answer(BaseModel):
    """One verdict for each text, in the order of the texts."""

    verdicts: list[Verdict]
    cost: Cost


class Problem(BaseModel):
    """Every refusal has this form, whatever refused it."""

    error: str  # a short name that a program can compare
    detail: str  # a sentence for a person
