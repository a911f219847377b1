"""Plausible wrong answers to *From predictor to assistant*; each docstring is what the checker must say."""

import torch


def _mask(ids, header, end, *, with_end=True, with_header=False, once=False, match=None):
    mask, writing, done = [0] * len(ids), False, False
    match = match or header
    for i, token in enumerate(ids):
        if writing:
            mask[i] = int(with_end or token != end)
            if token == end:
                writing, done = False, True
        elif ids[max(0, i + 1 - len(match)) : i + 1] == match and not (once and done):
            writing = True
            if with_header:
                mask[i + 1 - len(match) : i + 1] = [1] * len(match)
    return mask


def answer_mask__without_the_end(ids, header, end):
    """the end token is written too"""
    return _mask(ids, header, end, with_end=False)


def answer_mask__with_the_header(ids, header, end):
    """the header itself is given, not written"""
    return _mask(ids, header, end, with_header=True)


def answer_mask__first_answer_only(ids, header, end):
    """a conversation may hold several answers"""
    return _mask(ids, header, end, once=True)


def answer_mask__to_the_last_token(ids, header, end):
    """what follows the end is not the assistant's"""
    start = ids.index(header[0]) + len(header)
    return [0] * start + [1] * (len(ids) - start)


def answer_mask__only_what_ends(ids, header, end):
    """an answer that was cut off is trained on to its end"""
    return _mask(ids, header, end) if end in ids else [0] * len(ids)


def answer_mask__nothing(ids, header, end):
    """return the mask as a list"""


def pair_weight__no_beta(chosen, rejected, ref_chosen, ref_rejected, beta):
    """the factor beta is missing"""
    return torch.sigmoid(-beta * (chosen - ref_chosen - rejected + ref_rejected))


def pair_weight__no_reference(chosen, rejected, ref_chosen, ref_rejected, beta):
    """where nothing has changed, the margin is zero"""
    return beta * torch.sigmoid(-beta * (chosen - rejected))


def pair_weight__other_sign(chosen, rejected, ref_chosen, ref_rejected, beta):
    """the pair that is ordered wrongly has the larger factor"""
    return beta * torch.sigmoid(beta * (chosen - ref_chosen - rejected + ref_rejected))


def pair_weight__as_in_the_gradient(chosen, rejected, ref_chosen, ref_rejected, beta):
    """as a positive number, please"""
    return -beta * torch.sigmoid(-beta * (chosen - ref_chosen - rejected + ref_rejected))


def pair_weight__nothing(chosen, rejected, ref_chosen, ref_rejected, beta):
    """return the factors"""


def contrast__first_value_only(p, n):
    """two values: see the formula"""
    return 1 - p[0] ** n


def contrast__two_values(p, n):
    """a single answer has no contrast"""
    return 1 - p[0] ** n - p[1] ** n


def contrast__one_against_the_rest(p, n):
    """all equal may mean equal to any of the values"""
    return 1 - p[0] ** n - (1 - p[0]) ** n


def contrast__nothing(p, n):
    """return the probability"""


def answer_mask__two_ids(ids, header, end):
    """any number of ids"""  # takes every header for one of two ids
    mask, writing = [], False
    for i, token in enumerate(ids):
        mask.append(int(writing))
        if writing and token == end:
            writing = False
        elif ids[max(0, i - 1) : i + 1] == header[-2:] and len(header) == 2:
            writing = True
    return mask
