"""The service of *From a model to a service*, around the package in place of PyTorch."""

import os
import sys
from pathlib import Path

PACKAGE = os.environ["PACKAGE"]
SERVICE = Path(__file__).resolve().parent.parent / "03_from_a_model_to_a_service"
sys.path[:0] = [PACKAGE, str(SERVICE)]

from answering import Answerer  # noqa: E402
from app import main  # noqa: E402


def load():
    """The package, with the verdicts that the service's answers are made of."""
    answer = Answerer(PACKAGE)

    def classify(texts):
        labels = ("negative", "positive")
        return [
            {"label": labels[int(p > 0.5)], "probability": float(p), "cut": False}
            for p in answer(texts)
        ]

    return classify


if __name__ == "__main__":
    main(load)
