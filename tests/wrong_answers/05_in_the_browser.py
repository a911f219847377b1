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
