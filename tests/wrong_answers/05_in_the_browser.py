"""Plausible wrong answers to the exercises of *In the browser*; each docstring is what a checker says."""

import math

import numpy as np
import torch


def half__no_hidden_one(bits):
    """the fraction begins after a hidden 1"""  # reads 3c00 as 0
    sign = -1.0 if bits >> 15 else 1.0
    return sign * ((bits & 1023) / 1024) * 2.0 ** (((bits >> 10) & 31) - 15)


def half__sign_forgotten(bits):
    """the first bit is the sign"""
    return (1 + (bits & 1023) / 1024) * 2.0 ** (((bits >> 10) & 31) - 15)


def half__no_tiny_numbers(bits):
    """with exponent 0 there is no hidden 1"""
    sign = -1.0 if bits >> 15 else 1.0
    return sign * (1 + (bits & 1023) / 1024) * 2.0 ** (((bits >> 10) & 31) - 15)


def half__infinity_is_large(bits):
    """exponent 31 and fraction 0: infinity"""
    sign, exponent, fraction = -1.0 if bits >> 15 else 1.0, (bits >> 10) & 31, bits & 1023
    if exponent == 0:
        return sign * fraction * 2.0**-24
    return sign * (1 + fraction / 1024) * 2.0 ** (exponent - 15)


def half__always_plus_infinity(bits):
    """fc00 is minus infinity"""
    sign, exponent, fraction = -1.0 if bits >> 15 else 1.0, (bits >> 10) & 31, bits & 1023
    if exponent == 31:
        return math.nan if fraction else math.inf
    return sign * (fraction * 2.0**-24 if exponent == 0 else (1 + fraction / 1024) * 2.0 ** (exponent - 15))


def half__bias_of_sixteen(bits):
    """subtract 15 from the exponent"""
    sign, exponent, fraction = -1.0 if bits >> 15 else 1.0, (bits >> 10) & 31, bits & 1023
    return sign * (1 + fraction / 1024) * 2.0 ** (exponent - 16 if exponent > 15 else exponent - 15)


def half__fraction_of_1023(bits):
    """the fraction counts in parts of 1024"""
    sign, exponent, fraction = -1.0 if bits >> 15 else 1.0, (bits >> 10) & 31, bits & 1023
    return sign * (1 + fraction / 1023) * 2.0 ** (exponent - 15)


def half__no_minus_zero(bits):
    """8000 is zero with a minus"""
    sign, exponent, fraction = -1 if bits >> 15 else 1, (bits >> 10) & 31, bits & 1023
    if exponent == 31:
        return math.nan if fraction else sign * math.inf
    return (fraction * 2**-24 if exponent == 0 else (1 + fraction / 1024) * 2.0 ** (exponent - 15)) * sign + 0


def attend__fixed_width(query, key, value, cache):
    """a longer text with another d"""
    cache["keys"].append(key)
    cache["values"].append(value)
    return (torch.stack(cache["keys"]) @ query / 8**0.5).softmax(-1) @ torch.stack(cache["values"])


def attend__last_five(query, key, value, cache):
    """a longer text with another d"""
    cache["keys"].append(key)
    cache["values"].append(value)
    keys, values = torch.stack(cache["keys"][-5:]), torch.stack(cache["values"][-5:])
    return (keys @ query / len(query) ** 0.5).softmax(-1) @ values


def attend__names_swapped(query, key, value, cache):
    """keys are kept under 'keys'"""
    cache["values"].append(key)
    cache["keys"].append(value)
    return (torch.stack(cache["values"]) @ query / len(query) ** 0.5).softmax(-1) @ torch.stack(cache["keys"])


def attend__cache_not_kept(query, key, value, cache):
    """after 5 tokens the cache holds"""
    keys, values = torch.stack([*cache["keys"], key]), torch.stack([*cache["values"], value])
    return (keys @ query / len(query) ** 0.5).softmax(-1) @ values


def attend__not_scaled(query, key, value, cache):
    """divide the scores by the root of d"""
    cache["keys"].append(key)
    cache["values"].append(value)
    return (torch.stack(cache["keys"]) @ query).softmax(-1) @ torch.stack(cache["values"])


def attend__newest_left_out(query, key, value, cache):
    """the first token sees itself, only itself"""
    keys, values = [*cache["keys"]], [*cache["values"]]
    cache["keys"].append(key)
    cache["values"].append(value)
    if not keys:
        return torch.zeros_like(value)
    return (torch.stack(keys) @ query / len(query) ** 0.5).softmax(-1) @ torch.stack(values)


def attend__mixes_keys(query, key, value, cache):
    """the first token sees itself, only itself"""
    cache["keys"].append(key)
    cache["values"].append(value)
    keys = torch.stack(cache["keys"])
    return (keys @ query / len(query) ** 0.5).softmax(-1) @ keys


def pick__first_at_zero(p, point):
    """token 0 has probability zero and is never drawn"""
    return int(np.searchsorted(np.cumsum(p), point, side="left"))


def pick__most_probable(p, point):
    """the point 0 lies in the first piece that has a length"""
    return int(np.argmax(p))


def pick__right_end(p, point):
    """a piece holds its left end"""
    total = 0.0
    for token, share in enumerate(p):
        total += share
        if share > 0 and point <= total:
            return token
    return len(p) - 1


def pick__beyond_the_end(p, point):
    """the last that has a length"""
    return min(int(np.searchsorted(np.cumsum(p), point, side="right")), len(p) - 1)


def pick__with_some_slack(p, point):
    """just before 0.25 lies token 0's piece"""
    total, last = 0.0, 0
    for token, share in enumerate(p):
        if share == 0:
            continue
        total, last = total + share, token
        if point < total - 1e-6:
            return token
    return last


def pick__last_but_one(p, point):
    """beyond the sum: the last that has a length"""
    token = int(np.searchsorted(np.cumsum(p), point, side="right"))
    return token if token < len(p) else len(p) - 2


def _pieces(word, vocabulary, ends, unknown=False, mark="##"):
    """Numbers by a greedy walk that tries ends in this order; `unknown`: only a rest that fits nothing is."""
    numbers, start = [], 0
    while start < len(word):
        begin = mark if start else ""
        end = next((e for e in ends(start) if begin + word[start:e] in vocabulary), None)
        if end is None:
            return [*numbers, vocabulary["[UNK]"]] if unknown else [vocabulary["[UNK]"]]
        numbers.append(vocabulary[begin + word[start:end]])
        start = end
    return numbers


def split_word__shortest_first(word, vocabulary):
    """take the longest piece that fits"""
    return _pieces(word, vocabulary, lambda start: range(start + 1, len(word) + 1))


def split_word__no_marks(word, vocabulary):
    """each piece after the first begins with ##"""
    return _pieces(word, vocabulary, lambda start: range(len(word), start, -1), mark="")


def split_word__only_the_rest_is_unknown(word, vocabulary):
    """if the rest fits nothing, the whole word is unknown"""
    return _pieces(word, vocabulary, lambda start: range(len(word), start, -1), unknown=True)


def split_word__number_zero_is_nothing(word, vocabulary):
    """a piece may have the number 0"""
    return _pieces(word, {piece: n for piece, n in vocabulary.items() if n}, lambda start: range(len(word), start, -1))


def split_word__marks_anywhere(word, vocabulary):
    """no word begins with ##"""
    found = _pieces(word, vocabulary, lambda start: range(len(word), start, -1))
    return [vocabulary[f"##{word}"]] if f"##{word}" in vocabulary and word not in vocabulary else found


def split_word__each_piece_once(word, vocabulary):
    """a piece may come twice"""
    return list(dict.fromkeys(_pieces(word, vocabulary, lambda start: range(len(word), start, -1))))


def split_word__taken_back(word, vocabulary):
    """it is not taken back"""

    def rest(start):
        if start == len(word):
            return []
        for end in range(len(word), start, -1):
            piece = ("##" if start else "") + word[start:end]
            if piece in vocabulary and (others := rest(end)) is not None:
                return [vocabulary[piece], *others]
        return None

    found = rest(0)
    return [vocabulary["[UNK]"]] if found is None else found
