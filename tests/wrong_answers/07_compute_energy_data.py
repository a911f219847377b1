"""Plausible wrong answers to *Compute, energy, data*; each docstring is what the checker must say."""

import math


def tonnes__watt_hours(device_hours, watts, overhead, g_per_kwh):
    """watt-hours are not kilowatt-hours: divide by 1000"""
    return device_hours * watts * overhead * g_per_kwh / 1e6


def tonnes__grams(device_hours, watts, overhead, g_per_kwh):
    """a tonne is a million grams"""
    return device_hours * watts / 1000 * overhead * g_per_kwh


def tonnes__kilograms(device_hours, watts, overhead, g_per_kwh):
    """those are kilograms"""
    return device_hours * watts / 1000 * overhead * g_per_kwh / 1000


def tonnes__no_overhead(device_hours, watts, overhead, g_per_kwh):
    """the overhead of the data centre is missing"""
    return device_hours * watts / 1000 * g_per_kwh / 1e6


def tonnes__nothing(device_hours, watts, overhead, g_per_kwh):
    """return the tonnes"""


def days__same_cost(training_tokens, questions_a_day, tokens_a_question):
    """training takes six operations a token, an answer two"""
    return training_tokens / (questions_a_day * tokens_a_question)


def days__turned_round(training_tokens, questions_a_day, tokens_a_question):
    """the other way round: training is the dearer one"""
    return 2 * training_tokens / (6 * questions_a_day * tokens_a_question)


def days__nothing(training_tokens, questions_a_day, tokens_a_question):
    """return the days"""


def effective__passes_as_repeats(unique, passes, r_star=15.4):
    """R is passes - 1"""
    return unique + unique * r_star * (1 - math.exp(-passes / r_star))


def effective__all_new(unique, passes, r_star=15.4):
    """a repeated token is worth less than a new one"""
    return unique * passes


def effective__fixed_constant(unique, passes, r_star=15.4):
    """r_star is ignored"""
    return unique + unique * 15.4 * (1 - math.exp(-(passes - 1) / 15.4))


def effective__nothing(unique, passes, r_star=15.4):
    """return the number of tokens"""
