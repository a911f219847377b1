"""Plausible wrong answers to *Privacy*; each docstring is what the checker must say."""

import math

import numpy as np


def exposure_fair__ties_ignored(scores, place):
    """candidates with the same score are ignored: among equals nobody is first"""
    return math.log2(len(scores) / (1 + int((scores > scores[place]).sum())))


def exposure_fair__ties_in_full(scores, place):
    """ties count by half, not in full"""
    return math.log2(len(scores) / int((scores >= scores[place]).sum()))


def exposure_fair__itself_a_tie(scores, place):
    """the secret itself is no tie"""
    better, equal = int((scores > scores[place]).sum()), int((scores == scores[place]).sum())
    return math.log2(len(scores) / (1 + better + equal / 2)) if equal > 1 else math.log2(len(scores) / (1 + better))


def exposure_fair__lower_is_better(scores, place):
    """higher scores are better"""
    better, equal = int((scores < scores[place]).sum()), int((scores == scores[place]).sum()) - 1
    return math.log2(len(scores) / (1 + better + equal / 2))


def exposure_fair__nats(scores, place):
    """logs are to base two"""
    better, equal = int((scores > scores[place]).sum()), int((scores == scores[place]).sum()) - 1
    return math.log(len(scores) / (1 + better + equal / 2))


def exposure_fair__better_once(scores, place):
    """two better, which are equal"""
    better, equal = len({float(s) for s in scores if s > scores[place]}), int((scores == scores[place]).sum()) - 1
    return math.log2(len(scores) / (1 + better + equal / 2))


def exposure_fair__nothing(scores, place):
    """return the exposure"""


def clipped_sum__the_sum(gradients, clip):
    """clip each row first"""
    total = gradients.sum(0)
    return total * min(1.0, clip / float(total.norm()))


def clipped_sum__lengthened(gradients, clip):
    """a row shorter than clip must be left alone"""
    return (gradients * clip / gradients.norm(dim=1, keepdim=True)).sum(0)


def clipped_sum__entries(gradients, clip):
    """clip the length of a row, not its entries"""
    return gradients.clamp(-clip, clip).sum(0)


def clipped_sum__mean(gradients, clip):
    """the sum, not the mean"""
    lengths = gradients.norm(dim=1, keepdim=True).clamp(min=1e-12)
    return (gradients * (clip / lengths).clamp(max=1)).mean(0)


def clipped_sum__to_one(gradients, clip):
    """is clip used?"""
    lengths = gradients.norm(dim=1, keepdim=True).clamp(min=1e-12)
    return (gradients / lengths.clamp(min=1)).sum(0)


def clipped_sum__zero_divided(gradients, clip):
    """a row of zeros has length zero"""
    lengths = gradients.norm(dim=1, keepdim=True)
    return (gradients / lengths * lengths.clamp(max=clip)).sum(0)


def clipped_sum__nothing(gradients, clip):
    """return the sum"""


def members_found__one_alarm_less(members, outsiders, n_alarms):
    """that is the share with no false alarm"""
    return float(np.mean(members > np.sort(outsiders)[::-1][max(n_alarms - 1, 0)]))


def members_found__one_alarm_more(members, outsiders, n_alarms):
    """one too many"""
    ordered = np.sort(outsiders)[::-1]
    return float(np.mean(members > (ordered[n_alarms + 1] if n_alarms + 1 < len(ordered) else -np.inf)))


def members_found__a_number(members, outsiders, n_alarms):
    """a share, not a number of members"""
    return float(np.sum(members > np.sort(outsiders)[::-1][n_alarms]))


def members_found__itself_above(members, outsiders, n_alarms):
    """0.9 itself is not above it"""
    ordered = np.sort(outsiders)[::-1]
    return float(np.mean(members >= (ordered[n_alarms] if n_alarms < len(ordered) else -np.inf)))


def members_found__ties_cut(members, outsiders, n_alarms):
    """alarmed together or not at all"""
    ordered = np.unique(outsiders)[::-1]
    return float(np.mean(members > (ordered[n_alarms] if n_alarms < len(ordered) else -np.inf)))


def members_found__nothing(members, outsiders, n_alarms):
    """return a share"""


def promise_to__delta_kept(k, epsilon, delta):
    """δ grows as well"""
    return k * epsilon, delta


def promise_to__delta_added(k, epsilon, delta):
    """multiplied by the e^ε of the second"""
    return k * epsilon, k * delta


def promise_to__epsilon_kept(k, epsilon, delta):
    """two steps of e^ε multiply"""
    return epsilon, delta * sum(math.exp(epsilon * i) for i in range(k))


def promise_to__all_multiplied(k, epsilon, delta):
    """δ + e^ε δ is"""
    return k * epsilon, k * math.exp((k - 1) * epsilon) * delta


def promise_to__nothing(k, epsilon, delta):
    """return epsilon and delta"""
