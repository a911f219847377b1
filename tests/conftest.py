import os
import tempfile

import pytest

CI = os.environ.get("CI") == "true"
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["HF_DATASETS_CACHE"] = tempfile.mkdtemp(prefix="book-tests-")  # nothing found there that a reader lacks


def missing(what):
    """Skip a test whose means are not on this machine; in CI that is a failure."""
    if CI:
        pytest.fail(f"{what}, and CI must have it")
    pytest.skip(what)
