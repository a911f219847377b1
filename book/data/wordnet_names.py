"""Names that WordNet lists, each with the kind of its commonest sense, from a package of Debian."""

from book.data.gloss_names import common_words, kind_of_each

PACKAGE = "wordnet-base=3.0"


def rows(archive):
    """One row a name, and one a word that is no name when it stands alone at the beginning of a sentence."""
    kinds, common = kind_of_each(archive), common_words(archive)
    found = [{"name": " ".join(name), "kind": kind, "also_common": False} for name, kind in kinds.items()]
    for row in found:
        row["also_common"] = row["name"].lower() in common
    return sorted(found, key=lambda row: row["name"])
