"""Metrics of the ``evaluate`` library that need no network: its classes around scikit-learn's functions."""

import datasets
import evaluate
from sklearn import metrics

KNOWN = {
    "accuracy": metrics.accuracy_score,
    "f1": metrics.f1_score,
    "precision": metrics.precision_score,
    "recall": metrics.recall_score,
    "matthews_correlation": metrics.matthews_corrcoef,
}


class _Metric(evaluate.Metric):
    def _info(self):
        return evaluate.MetricInfo(
            description=f"{self.config_name}, as scikit-learn computes it",
            citation="",
            inputs_description="predictions and references: class indices, shape (n_examples,)",
            features=datasets.Features({"predictions": datasets.Value("int32"), "references": datasets.Value("int32")}),
        )

    def compute(self, *, predictions=None, references=None, **options):
        """As the library's, which would cut 0.9 to the class 0 without a word."""
        _check_classes(predictions=predictions, references=references)
        return super().compute(predictions=predictions, references=references, **options)

    def add_batch(self, *, predictions=None, references=None, **options):
        """As the library's, of classes only."""
        _check_classes(predictions=predictions, references=references)
        return super().add_batch(predictions=predictions, references=references, **options)

    def add(self, *, prediction=None, reference=None, **options):
        """As the library's, of classes only."""
        _check_classes(prediction=[prediction], reference=[reference])
        return super().add(prediction=prediction, reference=reference, **options)

    def _compute(self, predictions, references, **options):
        return {self.config_name: float(KNOWN[self.config_name](references, predictions, **options))}


def _check_classes(**columns):
    for name, classes in columns.items():
        try:
            whole = classes is None or all(float(c).is_integer() for c in classes)
        except (TypeError, ValueError):  # words, lists, nothing at all
            whole = False
        if not whole:
            raise ValueError(f"{name} must be class indices such as 0 and 1: turn scores and names into classes first")


def load_metric(name):
    """A metric with ``compute(predictions=…, references=…)``, which gives a dict from `name` to a float.

    Parameters
    ----------
    name : str
        One of ``KNOWN``, or a folder that holds a metric's script, for ``evaluate.load``.

    Raises
    ------
    ValueError
        If the name is neither.
    """
    if name in KNOWN:
        return _Metric(config_name=name, keep_in_memory=True)
    try:
        return evaluate.load(name)
    except (FileNotFoundError, ConnectionError) as error:
        raise ValueError(f"metric={name!r} is not one of {', '.join(KNOWN)}, nor a metric's folder") from error
