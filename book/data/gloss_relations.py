"""Two words and what WordNet says holds between them, with the definition that names both, from a package of Debian."""

import hashlib
import random
import re
from collections import defaultdict

from book.data.gloss_names import above, split_of, synsets

PACKAGE = "wordnet-base=3.0"

NOUNS = {
    "@": "hypernym",
    "@i": "instance_of",
    "%p": "has_part",
    "#p": "part_of",
    "#m": "member_of",
    "%m": "has_member",
    "#s": "substance_of",
    "%s": "has_substance",
    ";r": "region",
    ";c": "topic",
}
VERBS = {"*": "entails", ">": "causes", "@": "hypernym"}
PER_CLASS = 600
VERBS_PER_CLASS = 200
NONE = 1500


def rows(archive):
    """One row a pair: head, definition, where the tail stands in it, and the relation, or "none"."""
    nouns, verbs = synsets(archive, "noun"), synsets(archive, "verb")
    found = _pairs(nouns, NOUNS, "n") + _pairs(verbs, VERBS, "v")
    found += _unrelated(nouns, found)
    return _split(found)


def _definition(facts):
    return re.split(r';\s*"', facts["gloss"])[0].strip().rstrip(";")


def _place(word, text):
    return re.search(r"(?<![\w-])" + re.escape(word) + r"(?![\w-])", text, re.I)


def _pairs(words, relations, part):
    """Pairs of a definition and a word in it that the defined synset points to, with one relation each."""
    by = defaultdict(list)
    for offset, facts in words.items():
        text = _definition(facts)
        if len(text.split()) < (5 if part == "n" else 2):
            continue
        at = {}
        for sign, target, where in facts["pointers"]:
            if where == part and sign in relations:
                for word in words[target]["words"]:
                    match = _place(word, text)
                    if match:
                        at.setdefault(match.span(), set()).add((relations[sign], target))
                        break
        for (a, b), said in at.items():
            if len(said) == 1:
                ((relation, target),) = said
                by[relation].append(_row(part + offset, facts, text, a, b, relation, part + target))
    rng, chosen = random.Random(0), []
    for relation in sorted(by):
        rng.shuffle(by[relation])
        chosen += by[relation][: PER_CLASS if part == "n" else VERBS_PER_CLASS]
    return chosen


def _row(synset, facts, text, start, end, relation, target):
    return {
        "synset": synset,
        "target": target,
        "head": facts["words"][0],
        "text": text,
        "start": start,
        "end": end,
        "relation": relation,
    }


def _unrelated(nouns, pairs):
    """Pairs without a pointer: the tail is one that some other definition is related to."""
    tails = defaultdict(set)
    for row in pairs:
        if row["target"][0] == "n":
            tails[row["text"][row["start"] : row["end"]].lower()].add(row["target"][1:])
    senses = defaultdict(set)
    for offset, facts in nouns.items():
        for word in facts["words"]:
            senses[word.lower()].add(offset)
    offsets = sorted({row["synset"][1:] for row in pairs if row["synset"][0] == "n"})
    rng, chosen = random.Random(1), []
    rng.shuffle(offsets)
    for offset in offsets:
        facts = nouns[offset]
        text = _definition(facts)
        linked = {target for _, target, part in facts["pointers"] if part == "n"} | above(offset, nouns) | {offset}
        linked |= {t for other in linked for _, t, part in nouns[other]["pointers"] if part == "n"}
        spans = [m.span() for m in re.finditer(r"[\w-]+(?: [\w-]+)?", text)]
        spans += [m.span() for m in re.finditer(r"[\w-]+", text)]
        open_spans = [
            (a, b)
            for a, b in spans
            if b - a > 3
            and text[a:b].lower() in tails
            and not senses[text[a:b].lower()] & linked
            and not (text[a].isupper() and re.match(r" [A-Z]", text[b:]))  # the South of South America
        ]
        if open_spans:
            a, b = rng.choice(open_spans)
            chosen.append(_row("n" + offset, facts, text, a, b, "none", ""))
    return chosen[:NONE]


def _split(found):
    """Rows by the split of the defined synset; a pair of synsets that stands in two splits stays in the later one."""
    late = {"train": 0, "validation": 1, "test": 2}
    home = {}
    for row in found:
        pair = frozenset((row["synset"], row["target"]))
        home[pair] = max(home.get(pair, "train"), split_of(row["synset"]), key=late.get)
    kept = [
        {"split": split_of(row["synset"])} | row
        for row in found
        if home[frozenset((row["synset"], row["target"]))] == split_of(row["synset"])
    ]
    return sorted(kept, key=lambda r: hashlib.sha256(f"{r['synset']} {r['start']}".encode()).hexdigest())
