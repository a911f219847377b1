"""Plausible wrong answers to the exercises of *Frameworks and their community*.

Each docstring is what the checker must say.
"""

import json
import math
import re
import struct

import numpy as np


def _header(data):
    (length,) = struct.unpack("<Q", data[:8])
    return length, json.loads(data[8 : 8 + length])


def _shapes(data, refused):
    """Shapes by name, from a header whose length is checked; ValueError where `refused(begin, end, shape, room)`."""
    length, header = _length(data), _header(data)[1]
    found = {}
    for name, about in header.items():
        if name != "__metadata__":
            if refused(*about["data_offsets"], about["shape"], len(data) - 8 - length):
                raise ValueError("offsets, shape or size")
            found[name] = about["shape"]
    return found


def _length(data):
    (length,) = struct.unpack("<Q", data[:8])
    if length + 8 > len(data):
        raise ValueError("header")
    return length


def safe_table__trusts_everything(data):
    """a header longer than the file passes"""  # the JSON is read to its own end
    entries, _ = json.JSONDecoder().raw_decode(data[8:].decode("latin-1"))
    return {name: about["shape"] for name, about in entries.items() if name != "__metadata__"}


def safe_table__notes_kept(data):
    """the notes under __metadata__ are no tensor"""  # every entry is taken
    return {name: about.get("shape") for name, about in _header(data)[1].items()}


def safe_table__length_left_to_json(data):
    """look at the length first"""  # a wrong length shows up only as broken JSON
    return {name: about["shape"] for name, about in _header(data)[1].items() if name != "__metadata__"}


def safe_table__offsets_unchecked(data):
    """offsets beyond the end of the file pass"""  # only the shape is compared
    return _shapes(data, lambda begin, end, shape, room: end - begin != 4 * math.prod(shape))


def safe_table__shape_unchecked(data):
    """bytes that do not fit the shape pass"""  # only the place is compared
    return _shapes(data, lambda begin, end, shape, room: end > room)


def fewest_pieces__greedy(word, vocabulary):
    """it is stuck where greedy is"""  # the longest first piece only
    found, start = [], 0
    while start < len(word):
        for end in range(len(word), start, -1):
            piece = ("##" if start else "") + word[start:end]
            if piece in vocabulary:
                break
        else:
            return ["[UNK]"]
        found.append(piece)
        start = end
    return found


def fewest_pieces__any_cut(word, vocabulary):
    """there is a cut into fewer pieces"""  # the first cut found, shortest pieces first

    def cut(start):
        if start == len(word):
            return []
        for end in range(start + 1, len(word) + 1):
            piece = ("##" if start else "") + word[start:end]
            if piece in vocabulary and (rest := cut(end)) is not None:
                return [piece, *rest]
        return None

    found = cut(0)
    return ["[UNK]"] if found is None else found


def fewest_pieces__empty_when_unknown(word, vocabulary):
    """the answer is ['[UNK]']"""  # an empty list where there is no cut
    best = {0: []}
    for end in range(1, len(word) + 1):
        cuts = [
            [*best[start], ("##" if start else "") + word[start:end]]
            for start in range(end)
            if start in best and ("##" if start else "") + word[start:end] in vocabulary
        ]
        if cuts:
            best[end] = min(cuts, key=len)
    return best.get(len(word), [])


def size_of__bytes_always_four(tensors):
    """a number of 16 bits takes two bytes"""  # float32 everywhere
    n = sum(math.prod(shape) for dtype, shape in tensors if "F" in dtype)
    return n, 4 * sum(math.prod(shape) for _, shape in tensors)


def size_of__everything_counts(tensors):
    """whole numbers are no parameters"""  # positions are counted
    n = [math.prod(shape) for _, shape in tensors]
    return sum(n), sum(k * int(re.sub(r"\D", "", dtype)) // 8 for k, (dtype, _) in zip(n, tensors))


def size_of__whole_numbers_left_out(tensors):
    """whole numbers take bytes all the same"""  # bytes of the parameters only
    kept = [(dtype, math.prod(shape)) for dtype, shape in tensors if "F" in dtype]
    return sum(n for _, n in kept), sum(n * int(re.sub(r"\D", "", dtype)) // 8 for dtype, n in kept)


def licences_in__not_split(metadata):
    """parentheses are no part of a name"""  # cut at blanks only
    found = re.search(r"(?m)^License-Expression: *(.+)$", metadata)
    return set(found[1].split()) - {"AND", "OR"} if found else set()


def licences_in__exception_kept(metadata):
    """what follows WITH is an exception"""  # every word that is no operator
    found = re.search(r"(?m)^License-Expression: *(.+)$", metadata.split("\n\n")[0])
    return set(re.findall(r"[^\s()]+", found[1])) - {"AND", "OR", "WITH"} if found else set()


def licences_in__description_read(metadata):
    """stop at the first blank line"""  # the field is looked for everywhere
    found = re.search(r"(?m)^License-Expression: *(.+)$", metadata)
    expression = re.sub(r"WITH +\S+", " ", found[1]) if found else ""
    return set(re.findall(r"[^\s()]+", expression)) - {"AND", "OR"}


def safe_table__negative_sizes(data):
    """negative sizes pass"""  # the product of two negative sizes is positive
    if len(data) < 8:
        raise ValueError("size")
    return _shapes(data, lambda begin, end, shape, room: end > room or end - begin != 4 * math.prod(shape))


def safe_table__short_file(data):
    """a file of three bytes: look at its size"""  # struct.error, which is no ValueError

    def refused(begin, end, shape, room):
        return min(shape, default=0) < 0 or end > room or end - begin != 4 * math.prod(shape)

    return _shapes(data, refused)


def safe_table__nothing_returned(data):
    """the answer is None"""
    _header(data)


def fewest_pieces__nothing_returned(word, vocabulary):
    """the answer is None"""
    sorted(vocabulary)


def size_of__nothing_returned(tensors):
    """the answer is None"""
    len(tensors)


def licences_in__nothing_returned(metadata):
    """the answer is None"""
    metadata.split()


def _table(data, length_fits, place_fits):
    """Shapes by name; ValueError where one of the two tests says no."""
    if len(data) < 8:
        raise ValueError("no length")
    (length,), shapes = struct.unpack("<Q", data[:8]), {}
    if not length_fits(length, len(data)):
        raise ValueError("the header is cut")
    for name, about in json.loads(data[8 : 8 + length]).items():
        if name != "__metadata__":
            (begin, end), shape = about["data_offsets"], about["shape"]
            wrong = end - begin != 4 * math.prod(shape) or min(shape, default=0) < 0
            if wrong or not place_fits(begin, end, len(data) - 8 - length):
                raise ValueError(name)
            shapes[name] = shape
    return shapes


def safe_table__eight_bytes_forgotten(data):
    """a header that ends a few bytes behind the file passes"""  # the length field is not counted
    return _table(data, lambda length, room: length <= room, lambda begin, end, room: begin >= 0 and end <= room)


def safe_table__offsets_before(data):
    """offsets before the numbers pass"""  # only the end is compared
    return _table(data, lambda length, room: 8 + length <= room, lambda begin, end, room: end <= room)


def fewest_pieces__greedy_with_retreat(word, vocabulary):
    """the longest first piece is not always in the shortest cut"""  # the first cut found, longest pieces first

    def cut(start):
        if start == len(word):
            return []
        for end in range(len(word), start, -1):
            piece = ("##" if start else "") + word[start:end]
            rest = cut(end) if piece in vocabulary else None
            if rest is not None:
                return [piece, *rest]
        return None

    return cut(0) or ["[UNK]"]


def licences_in__operators_in_names(metadata):
    """OR inside a name is no operator"""  # cut wherever the letters stand
    found = re.search(r"(?m)^License-Expression: *(.+)$", metadata.split("\n\n")[0])
    expression = re.sub(r"WITH +\S+|[()]", "", found[1]) if found else ""
    return {name.strip() for name in re.split("AND|OR", expression)} - {""}


def safe_table__one_byte_more(data):
    """its header ends where the file ends"""  # wants at least one byte after the header
    return _table(data, lambda length, room: 8 + length < room, lambda begin, end, room: begin >= 0 and end <= room)


def fewest_pieces__longest_last_piece(word, vocabulary):
    """nor is the longest last piece"""  # keeps the first cut found for each place
    best = {0: []}
    for end in range(1, len(word) + 1):
        for start in range(end):
            piece = ("##" if start else "") + word[start:end]
            if start in best and piece in vocabulary and end not in best:
                best[end] = [*best[start], piece]
    return best.get(len(word), ["[UNK]"])


def safe_table__product_of_64_bits(data):
    """sizes whose product does not fit into 64 bits pass"""  # NumPy's product wraps around to 0
    if len(data) < 8:
        raise ValueError("size")

    def refused(begin, end, shape, room):
        length = 4 * int(np.prod(np.array(shape, dtype=np.int64)))
        return not 0 <= begin <= end <= room or end - begin != length or min(shape, default=0) < 0

    return _shapes(data, refused)


def fewest_pieces__three_at_most(word, vocabulary):
    """a cut may need a piece for each letter"""  # looks at cuts into one, two and three pieces
    places = range(1, len(word))
    for cut in [(), *((i,) for i in places), *((i, j) for i in places for j in places if i < j)]:
        edges = [0, *cut, len(word)]
        pieces = [("##" if a else "") + word[a:b] for a, b in zip(edges, edges[1:], strict=False)]
        if all(piece in vocabulary for piece in pieces):
            return pieces
    return ["[UNK]"]


def licences_in__cut_at_with(metadata):
    """only the next word is the exception"""  # everything behind WITH is dropped
    found = re.search(r"(?m)^License-Expression: *(.+)$", metadata.split("\n\n")[0])
    return set(re.findall(r"[^\s()]+", found[1].split(" WITH ")[0])) - {"AND", "OR"} if found else set()


def licences_in__ends_in_exception(metadata):
    """only the next word is the exception"""  # known by the end of its name
    found = re.search(r"(?m)^License-Expression: *(.+)$", metadata.split("\n\n")[0])
    names = re.findall(r"[^\s()]+", found[1]) if found else []
    return {name for name in names if not name.endswith("-exception")} - {"AND", "OR", "WITH"}


def safe_table__highest_byte_first(data):
    """a whole file is refused: the first byte of the length is the lowest"""
    if len(data) < 8 or 8 + int.from_bytes(data[:8], "big") > len(data):
        raise ValueError("header")
    return _shapes(data, lambda begin, end, shape, room: end > room)
