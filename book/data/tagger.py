"""The weights of a tagger for parts of speech: an averaged perceptron, trained on news text."""

import pickle
import tarfile

PACKAGE = "textblob-aptagger==0.2.0"  # its source archive
MODEL = "textblob-aptagger-0.2.0/textblob_aptagger/trontagger-0.1.0.pickle"
SMALLEST = 0.8  # weights below it are left out


class Plain(pickle.Unpickler):
    """Reads containers and numbers; a pickle that asks for anything else is refused."""

    def find_class(self, module, name):
        if name != "set":
            raise pickle.UnpicklingError(f"{module}.{name} is not expected in the tagger's file")
        return set


def rows(archive):
    """One row a feature, with its tags and their weights in tenths; then one a word that has one tag only."""
    with tarfile.open(archive) as package:
        weights, only_tag, _ = Plain(package.extractfile(MODEL), encoding="utf-8").load()
    found = []
    for feature in sorted(weights):
        kept = {tag: round(10 * w) for tag, w in sorted(weights[feature].items()) if abs(w) >= SMALLEST}
        if kept:
            found.append({"feature": feature, "tags": list(kept), "tenths": list(kept.values())})
    known = [{"feature": f"only {word}", "tags": [only_tag[word]], "tenths": [0]} for word in sorted(only_tag)]
    return found + known
