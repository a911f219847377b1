"""Names in the definitions of WordNet, labelled from WordNet's own pointers, from a package of Debian."""

import hashlib
import io
import re
import subprocess
import tarfile
from collections import Counter, defaultdict

PACKAGE = "wordnet-base=3.0"

KINDS = {  # a name is of the first kind that one of its broader terms has
    "PER": {"person", "deity", "spiritual being", "imaginary being"},
    "ORG": {"organization", "terrorist organization", "musical organization", "military unit"},
    "LOC": {
        *("location", "geological formation", "body of water", "land", "structure", "facility"),
        *("state", "country", "geographical area", "celestial body"),
    },
}
FREQUENT = 15  # a name with so many mentions belongs to the training rows
PLAIN = 1500  # rows without a name
FREQUENT_ROWS = 3000  # rows whose names are all frequent ones


def synsets(archive, part):
    """Synsets of a part of speech: offset to its words, file number, pointers (sign, offset, part) and gloss."""
    deb = subprocess.run(["dpkg-deb", "--fsys-tarfile", archive], check=True, capture_output=True).stdout
    with tarfile.open(fileobj=io.BytesIO(deb)) as folder:
        text = folder.extractfile(f"./usr/share/wordnet/data.{part}").read().decode("latin-1")
    found = {}
    for line in text.splitlines():
        if line.startswith("  "):
            continue  # the licence
        facts, _, gloss = line.partition(" | ")
        field = facts.split()
        n = 4 + 2 * int(field[3], 16)
        pointers = [(field[i], field[i + 1], field[i + 2]) for i in range(n + 1, n + 1 + 4 * int(field[n]), 4)]
        words = [re.sub(r"\(\w+\)$", "", word).replace("_", " ") for word in field[4:n:2]]
        found[field[0]] = {"words": words, "file": int(field[1]), "pointers": pointers, "gloss": gloss.strip()}
    return found


def above(offset, nouns):
    """Offsets of all broader terms of a noun."""
    seen, queue = set(), [offset]
    while queue:
        for sign, target, part in nouns[queue.pop()]["pointers"]:
            if sign in ("@", "@i") and part == "n" and target not in seen:
                seen.add(target)
                queue.append(target)
    return seen


def bucket(name):
    """A number from 0 to 9 that depends on the name alone."""
    return int(hashlib.sha256(name.encode()).hexdigest(), 16) % 10


def split_of(name):
    return {0: "test", 1: "validation"}.get(bucket(name), "train")


def words_of(text):
    """Words and marks of a text, one by one, as newspapers' corpora cut them."""
    return re.findall(r"(?:[A-Z]\.)+|'s\b|\w+(?:[-.]\w+|'(?!s\b)\w+)*|-+|[^\w\s]", text)


def kinds_of_names(nouns, adjectives):
    """From each capitalised name, as a tuple of words, to the kinds of its senses; the commonest sense first."""
    found = defaultdict(list)
    for offset, facts in nouns.items():
        if not any(word[0].isupper() for word in facts["words"]):
            continue
        instance = any(sign == "@i" for sign, *_ in facts["pointers"])
        broader = {nouns[a]["words"][0] for a in above(offset, nouns)}
        kind = next((kind for kind, roots in KINDS.items() if broader & roots), None)
        if not instance and kind != "ORG":  # peoples, followers and languages, and what is no name: plants, months
            kind = "MISC" if facts["file"] in (10, 18) else "O"
            facts = facts | {"words": [w for w in facts["words"] if all(part[0].isupper() for part in w.split())]}
        elif instance and kind is None:
            kind = "MISC" if facts["file"] in (4, 6, 10, 11, 28) else "O"
        for word in facts["words"]:
            if word[0].isupper():
                found[tuple(words_of(word))].append((offset, kind))
    for facts in adjectives.values():
        for word in facts["words"]:
            if word[0].isupper():
                found[tuple(words_of(word))].append((None, "MISC"))
    return found


def first_senses(archive):
    """From a word in lower case to the offsets of its noun senses, the commonest first."""
    deb = subprocess.run(["dpkg-deb", "--fsys-tarfile", archive], check=True, capture_output=True).stdout
    with tarfile.open(fileobj=io.BytesIO(deb)) as folder:
        text = folder.extractfile("./usr/share/wordnet/index.noun").read().decode("latin-1")
    return {
        line.split()[0].replace("_", " "): re.findall(r"\b\d{8}\b", line)
        for line in text.splitlines()
        if not line.startswith("  ")
    }


def kind_of_each(archive):
    """From each capitalised name, as a tuple of words, to the kind of its commonest sense, "O" where that is none."""
    order, kinds = first_senses(archive), {}
    for name, senses in kinds_of_names(synsets(archive, "noun"), synsets(archive, "adj")).items():
        place = {offset: i for i, offset in enumerate(order.get(" ".join(name).lower(), []))}
        kinds[name] = min(senses, key=lambda s: place.get(s[0], len(place)))[1]
    return kinds


def common_words(archive):
    """Words of WordNet in lower case, and some that it leaves out: alone at the beginning they are no names."""
    every = [facts for part in ("noun", "adj", "verb") for facts in synsets(archive, part).values()]
    common = {word for facts in every for word in facts["words"] if word.islower()}
    articles, pronouns = {"the", "a", "an"}, {"he", "she", "it", "they", "we", "you", "this", "that"}
    return common | articles | pronouns | {"his", "her", "their", "our", "my", "in", "on", "at", "to", "of", "for"}


def sentences_of(gloss):
    """The definition of a gloss, and its examples, each by itself."""
    examples = re.findall(r'"([^"]+)"', gloss)
    definition = re.sub(r'[;:,]?\s*"[^"]*"?(?:[-–\s\w.,]*(?=;|$))?', "", gloss)
    return [text.strip(" ;-") for text in (definition, *examples)]


def mentions(words, kinds, common):
    """Names in a row of words, the longest first: (start, end, kind); `common` are words that are no names alone."""
    i, found = 0, []
    while i < len(words):
        for end in range(min(len(words), i + 6), i, -1):
            name = tuple(words[i:end])
            alone = end == i + 1
            if name in kinds and not (alone and i == 0 and name[0].lower() in common):
                found.append((i, end, kinds[name]))
                i = end
                break
        else:
            i += 1
    return found


def rows(archive):
    """One row a definition or example with a name: its words, tags, and how many capitalised words are unexplained."""
    nouns, adjectives, verbs = (synsets(archive, part) for part in ("noun", "adj", "verb"))
    kinds, common = kind_of_each(archive), common_words(archive)
    found, texts = [], set()
    for part, synset in (("n", nouns), ("v", verbs), ("a", adjectives)):
        for offset, facts in synset.items():
            for text in sentences_of(facts["gloss"]):
                words = words_of(text)
                if not 5 <= len(words) <= 40 or text in texts:
                    continue
                texts.add(text)
                names = mentions(words, kinds, common)
                found.append((part + offset, words, names))
    return _split(found)


def _split(found):
    """Rows whose rare names all belong to one split; rows without a rare name are training rows."""
    count = Counter(tuple(words[a:b]) for _, words, names in found for a, b, kind in names if kind != "O")
    found.sort(key=lambda row: hashlib.sha256(" ".join(row[1]).encode()).hexdigest())
    left, result = {"plain": PLAIN, "frequent": FREQUENT_ROWS}, []
    for synset, words, names in found:
        named = [tuple(words[a:b]) for a, b, kind in names if kind != "O"]
        rare = [name for name in named if count[name] < FREQUENT]
        homes = {split_of(" ".join(name)) for name in rare}
        pool = "frequent" if named else "plain"
        if len(homes) > 1 or not (rare or left[pool]):
            continue
        left[pool] -= not rare
        tags, inside = ["O"] * len(words), set()
        for a, b, kind in names:
            inside |= set(range(a, b))
            if kind != "O":
                tags[a:b] = [f"B-{kind}", *[f"I-{kind}"] * (b - a - 1)]
        unexplained = sum(w[0].isupper() and i not in inside for i, w in enumerate(words) if i)
        split = homes.pop() if homes else "train"
        result.append({"split": split, "synset": synset, "words": words, "tags": tags, "unexplained": unexplained})
    return result
