"""Plausible wrong answers to the exercises of *An application framework, built*: docstrings quote the checkers."""

import hashlib
import json

import numpy as np


def request_key__prompt_alone(settings, prompt):
    """the sampling options belong into the key"""
    return prompt


def request_key__settings_alone(settings, prompt):
    """another prompt is another request"""
    return json.dumps(settings, sort_keys=True)


def request_key__in_their_order(settings, prompt):
    """the order of the settings does not matter"""
    return json.dumps([settings, prompt])


def request_key__known_options(settings, prompt):
    """another seed is another request"""
    return json.dumps([settings.get("temperature"), prompt])


def request_key__all_as_text(settings, prompt):
    """the number 1 and the text '1' differ"""
    return prompt + "|" + ",".join(f"{key}={settings[key]}" for key in sorted(settings))


def request_key__run_together(settings, prompt):
    """mark where the settings end"""
    return "".join(f"{key}:{settings[key]!r}" for key in sorted(settings)).rstrip("'") + prompt


def request_key__falsy_dropped(settings, prompt):
    """do not drop them"""
    return json.dumps([{key: value for key, value in settings.items() if value}, prompt], sort_keys=True)


def request_key__prompt_among_the_settings(settings, prompt):
    """keep the two apart"""
    return json.dumps({**settings, "prompt": prompt}, sort_keys=True)


def request_key__prompt_smoothed(settings, prompt):
    """change nothing in it"""
    return json.dumps([settings, prompt.strip().lower()], sort_keys=True)


def request_key__beginning_of_the_prompt(settings, prompt):
    """keep all of it"""
    return json.dumps([settings, prompt[:20]], sort_keys=True)


def request_key__four_digits(settings, prompt):
    """too short a hash"""
    return hashlib.sha256(json.dumps([settings, prompt], sort_keys=True).encode()).hexdigest()[:4]


def request_key__lists_sorted(settings, prompt):
    """do not sort it"""

    def sort(value):
        if isinstance(value, dict):
            return {key: sort(one) for key, one in value.items()}
        return sorted(value) if isinstance(value, list) else value

    return json.dumps([sort(settings), prompt], sort_keys=True)


def request_key__outer_order(settings, prompt):
    """not matter inside settings either"""
    return json.dumps([sorted(settings.items()), prompt])


def run_order__as_given(names, feeds):
    """each comes after those that feed it"""
    return list(names)


def run_order__only_wired(names, feeds):
    """names without wires run too"""
    done = []
    for a, b in feeds:
        done += [n for n in (a, b) if n not in done]
    return done


def run_order__any_feeder(names, feeds):
    """it waits for both"""
    done = []
    while len(done) < len(names):
        for n in names:
            feeders = [a for a, b in feeds if b == n]
            if n not in done and (not feeders or any(a in done for a in feeders)):
                done.append(n)
                break
        else:
            raise ValueError("circle")
    return done


def run_order__whole_layers(names, feeds):
    """take the first in `names`"""
    done = []
    while len(done) < len(names):
        ready = [n for n in names if n not in done and all(a in done for a, b in feeds if b == n)]
        if not ready:
            raise ValueError("circle")
        done += ready
    return done


def run_order__depth_first(names, feeds):
    """ask again after each name"""
    done, open_names = [], []

    def visit(name):
        if name in open_names:
            raise ValueError("circle")
        if name in done:
            return
        open_names.append(name)
        for feeder in sorted({a for a, b in feeds if b == name}, key=names.index):
            visit(feeder)
        open_names.remove(name)
        done.append(name)

    for name in names:
        visit(name)
    return done


def run_order__circle_cut(names, feeds):
    """a circle must raise a ValueError"""
    done = []
    while len(done) < len(names):
        ready = [n for n in names if n not in done and all(a in done for a, b in feeds if b == n)]
        if not ready:
            return done
        done.append(ready[0])
    return done


def run_order__eats_the_list(names, feeds):
    """work on copies"""
    done = []
    while names:
        ready = [n for n in names if all(a in done for a, b in feeds if b == n)]
        if not ready:
            raise ValueError("circle")
        done.append(ready[0])
        names.remove(ready[0])
    return done


def selection_luck__chosen_on_all(right, rows):
    """choose on the given rows only"""
    best, others = right.mean(1).argmax(), np.setdiff1d(np.arange(right.shape[1]), rows)
    return right[best, rows].mean() - right[best, others].mean()


def selection_luck__all_rows_as_fresh(right, rows):
    """the fresh rows are all others"""
    best = right[:, rows].mean(1).argmax()
    return right[best, rows].mean() - right[best].mean()


def selection_luck__counts(right, rows):
    """minus 1/5 on the others"""
    best, others = right[:, rows].mean(1).argmax(), np.setdiff1d(np.arange(right.shape[1]), rows)
    return right[best, rows].sum() - right[best, others].sum()


def selection_luck__last_of_equals(right, rows):
    """of equals take the first"""
    shares = right[:, rows].mean(1)
    best = len(shares) - 1 - shares[::-1].argmax()
    others = np.setdiff1d(np.arange(right.shape[1]), rows)
    return right[best, rows].mean() - right[best, others].mean()


def selection_luck__floor(right, rows):
    """no floor at zero"""
    best, others = right[:, rows].mean(1).argmax(), np.setdiff1d(np.arange(right.shape[1]), rows)
    return max(0.0, right[best, rows].mean() - right[best, others].mean())


def selection_luck__first_rows(right, rows):
    """rows are indices, in any order"""
    n = len(rows)
    best = right[:, :n].mean(1).argmax()
    return right[best, :n].mean() - right[best, n:].mean()
