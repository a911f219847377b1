"""Plausible wrong answers to *Looking inside*; each docstring is what the checker must say."""

import math

import numpy as np


def path_integral__at_the_text(gradient, x, start, steps):
    """with one step the midpoint is half way"""
    points = (np.arange(steps) + 1) / steps
    return (x - start) * np.mean([gradient(start + a * (x - start)) for a in points], axis=0)


def path_integral__left_ends(gradient, x, start, steps):
    """the gradient at the start: take midpoints"""
    points = np.arange(steps) / steps
    return (x - start) * np.mean([gradient(start + a * (x - start)) for a in points], axis=0)


def path_integral__mean_slope(gradient, x, start, steps):
    """times the difference of x and start"""
    points = (np.arange(steps) + 0.5) / steps
    return np.mean([gradient(start + a * (x - start)) for a in points], axis=0)


def path_integral__from_zero(gradient, x, start, steps):
    """from another start: the path is start + α (x − start)"""
    points = (np.arange(steps) + 0.5) / steps
    return (x - start) * np.mean([gradient(a * x) for a in points], axis=0)


def path_integral__summed(gradient, x, start, steps):
    """one number a feature: do not sum over features"""
    points = (np.arange(steps) + 0.5) / steps
    return ((x - start) * np.mean([gradient(start + a * (x - start)) for a in points], axis=0)).sum()


def path_integral__half_way(gradient, x, start, steps):
    """average over all steps: (8, 27) for cubes"""
    return (x - start) * gradient((x + start) / 2)


def chance_hit__mean_length(lengths, n_triggers, k):
    """the mean of the chances, not the chance at the mean length"""
    return k * n_triggers / np.mean(lengths)


def chance_hit__first_alone(lengths, n_triggers, k):
    """the first k words, not the first alone"""
    return np.mean([n_triggers / n for n in lengths])


def chance_hit__not_capped(lengths, n_triggers, k):
    """never above one"""
    return np.mean([k * n_triggers / n for n in lengths])


def chance_hit__counted_twice(lengths, n_triggers, k):
    """both triggers may be among the first k: do not count that twice"""
    return np.mean([min(1, k * n_triggers / n) for n in lengths])


def chance_hit__put_back(lengths, n_triggers, k):
    """words are drawn without being put back"""
    found = [1 - (1 - n_triggers / n) ** k for n in lengths]
    return np.mean(found) if n_triggers > 1 else np.mean([min(k, n) / n for n in lengths])


def chance_hit__all_of_them(lengths, n_triggers, k):
    """0.533 for two of ten at three"""

    def all_found(n):
        return math.comb(min(k, n), n_triggers) / math.comb(n, n_triggers)

    return np.mean([all_found(n) for n in lengths])


def run(x, layers):
    for layer in layers:
        x = layer(x)
    return x


def patch__exchanged(layers, clean, corrupt, layer, tokens):
    """clean and corrupt are exchanged"""
    x = run(clean, layers[:layer]).copy()
    x[tokens] = run(corrupt, layers[:layer])[tokens]
    return run(x, layers[layer:])


def patch__in_place(layers, clean, corrupt, layer, tokens):
    """copy before you change"""
    corrupt[:] = run(corrupt, layers[:layer])
    corrupt[tokens] = run(clean, layers[:layer])[tokens]
    return run(corrupt, layers[layer:])


def patch__the_input(layers, clean, corrupt, layer, tokens):
    """patch every token: the clean run"""
    x = run(corrupt, layers[:layer]).copy()
    x[tokens] = clean[tokens]
    return run(x, layers[layer:])


def patch__thrown_away(layers, clean, corrupt, layer, tokens):
    """patch every token: the clean run"""
    x = run(corrupt, layers[:layer])
    x.copy()[tokens] = run(clean, layers[:layer])[tokens]
    return run(x, layers[layer:])


def patch__what_leaves(layers, clean, corrupt, layer, tokens):
    """patch what enters the layer, not what leaves it"""
    x = run(corrupt, layers[: layer + 1]).copy()
    x[tokens] = run(clean, layers[: layer + 1])[tokens]
    return run(x, layers[layer + 1 :])


def patch__every_later(layers, clean, corrupt, layer, tokens):
    """patch at that layer alone, and go on from the patched states"""
    x = run(corrupt, layers[:layer]).copy()
    for at in range(layer, len(layers)):
        x = x.copy()
        x[tokens] = run(clean, layers[:at])[tokens]
        x = layers[at](x)
    return x
