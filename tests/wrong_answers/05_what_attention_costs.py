"""Wrong answers to the exercises of *What attention costs*; each docstring is what the checker must say."""

import numpy as np


def merged_output__sum_of_averages(first, second):
    """do not add two averages"""  # each part divided by its own sum
    (_, l1, o1), (_, l2, o2) = first, second
    return o1 / l1 + o2 / l2


def merged_output__mean_of_averages(first, second):
    """the parts do not weigh the same"""  # as if both sums were equal
    (_, l1, o1), (_, l2, o2) = first, second
    return (o1 / l1 + o2 / l2) / 2


def merged_output__two_maxima(first, second):
    """bring both parts to one maximum first"""  # numerators of different scale are added
    (_, l1, o1), (_, l2, o2) = first, second
    return (o1 + o2) / (l1 + l2)


def merged_output__overflow(first, second):
    """it overflows for large scores"""  # scales both parts back to a maximum of zero
    (m1, l1, o1), (m2, l2, o2) = first, second
    with np.errstate(all="ignore"):
        a, b = np.exp(m1), np.exp(m2)
        return (a * o1 + b * o2) / (a * l1 + b * l2)


def merged_output__maximum_of_the_first(first, second):
    """the larger of the two maxima"""  # right unless the first part's is far smaller
    (m1, l1, o1), (m2, l2, o2) = first, second
    b = np.exp(m2 - m1)
    return (o1 + b * o2) / (l1 + b * l2)


def tiles_visited__no_window(n_tokens, size, window):
    """with window=1 only the tiles on the diagonal count"""  # the whole triangle
    n_rows = -(-n_tokens // size)
    return n_rows * (n_rows + 1) // 2


def tiles_visited__last_query(n_tokens, size, window):
    """the first query of a tile still sees the tile before"""  # looks from the last query of the tile row
    total = 0
    for row, start in enumerate(range(0, n_tokens, size)):
        total += row - max(0, start + size - 1 - window + 1) // size + 1
    return total


def tiles_visited__whole_tiles(n_tokens, size, window):
    """the last, shorter tile counts as well"""  # rounds the number of rows down
    total = 0
    for row in range(n_tokens // size):
        total += row - max(0, row * size - window + 1) // size + 1
    return total


def best_guesses__always_most(alpha, cost, most=16):
    """where guessing never pays the answer is 0"""  # forgets what a guess costs
    return most


def best_guesses__at_least_one(alpha, cost, most=16):
    """where guessing never pays the answer is 0"""  # never considers not to guess
    gains = [sum(alpha**i for i in range(k + 1)) / (1 + k * cost) for k in range(1, most + 1)]
    return 1 + gains.index(max(gains))


def best_guesses__closed_form(alpha, cost, most=16):
    """alpha = 1 must work too"""  # the closed form divides by zero
    shares = [(1 - alpha ** (k + 1)) / (1 - alpha) if alpha < 1 else 0 for k in range(most + 1)]
    gains = [share / (1 + k * cost) for k, share in enumerate(shares)]
    return gains.index(max(gains))


def best_guesses__without_own_token(alpha, cost, most=16):
    """the model adds a token of its own to every round"""  # counts accepted guesses only
    gains = [sum(alpha**i for i in range(1, k + 1)) / (1 + k * cost) for k in range(most + 1)]
    return 0 if max(gains) <= 1 else gains.index(max(gains))


def best_guesses__last_of_equals(alpha, cost, most=16):
    """no guess and one guess gain the same"""  # takes the larger of two that are equal
    gains = [sum(alpha**i for i in range(k + 1)) / (1 + k * cost) for k in range(most + 1)]
    return max(range(most + 1), key=lambda k: (gains[k], k))


def merged_output__first_part_scaled_only(first, second):
    """wrong if the first part has the larger maximum"""  # as in the loop over keys, whose new part is never scaled
    (m1, l1, o1), (m2, l2, o2) = first, second
    a = np.exp(m1 - np.maximum(m1, m2))
    return (a * o1 + o2) / (a * l1 + l2)
