"""Wrong answers to the exercises of *Heads, masks, positions*; each docstring is what the checker must say."""

import math

import torch


def _same(document):
    return document[:, None] == document[None, :]


def packed_visible__sees_the_future(document):
    """a token sees the future"""  # causality forgotten
    return _same(document) & (document >= 0)


def packed_visible__padding_is_a_document(document):
    """padding is seen"""  # padding tokens share a number, so they see each other
    return _same(document).tril()


def packed_visible__causal_only(document):
    """a token sees another document"""  # the rule for documents is forgotten
    n = len(document)
    return torch.ones(n, n, dtype=torch.bool).tril() & (document >= 0)


def packed_visible__not_itself(document):
    """a real token must see itself"""  # one diagonal too few
    return (_same(document) & (document >= 0)).tril(-1)


def packed_visible__only_itself_and_the_one_before(document):
    """the earlier tokens of its own document"""  # A window instead of the whole past
    visible = (_same(document) & (document >= 0)).tril()
    return visible & ~visible.tril(-2)


def packed_visible__numbers(document):
    """return booleans"""  # zeros and minus infinity instead of booleans
    visible = (_same(document) & (document >= 0)).tril()
    return torch.zeros(visible.shape).masked_fill(~visible, float("-inf"))


def _turned(x, angles):
    result = []
    for c, angle in enumerate(angles):
        even, odd = x[2 * c], x[2 * c + 1]
        result += [even * math.cos(angle) - odd * math.sin(angle), even * math.sin(angle) + odd * math.cos(angle)]
    return result


def rotate_one__wrong_way(x, position, base=10000.0):
    """the rotation goes the wrong way"""  # signs exchanged
    return _turned(x, [-position * base ** (-2 * c / len(x)) for c in range(len(x) // 2)])


def rotate_one__halves(x, position, base=10000.0):
    """pair x[0] with x[1]"""  # the other storage
    half = len(x) // 2
    angles = [position * base ** (-2 * c / len(x)) for c in range(half)]
    first = [x[c] * math.cos(a) - x[c + half] * math.sin(a) for c, a in enumerate(angles)]
    second = [x[c] * math.sin(a) + x[c + half] * math.cos(a) for c, a in enumerate(angles)]
    return first + second


def rotate_one__one_speed(x, position, base=10000.0):
    """the second pair turns at the wrong speed"""  # every pair turns alike
    return _turned(x, [position] * (len(x) // 2))


def rotate_one__number_of_pairs(x, position, base=10000.0):
    """the second pair turns at the wrong speed"""  # the exponent counts c / d, not 2 c / d
    return _turned(x, [position * base ** (-c / len(x)) for c in range(len(x) // 2)])


def rotate_one__counts_from_one(x, position, base=10000.0):
    """the first pair must turn by one radian"""  # c begins at 1
    return _turned(x, [position * base ** (-2 * (c + 1) / len(x)) for c in range(len(x) // 2)])


def rotate_one__added(x, position, base=10000.0):
    """at position 0 nothing may change"""  # sinusoids added, as in the first Transformer
    angles = [position * base ** (-2 * (c // 2) / len(x)) for c in range(len(x))]
    return [number + (math.cos(a) if c % 2 else math.sin(a)) for c, (number, a) in enumerate(zip(x, angles))]


def layers_to_reach__adds_the_window(distance, window):
    """the token itself takes one place"""  # divides by window − 1, but rounds as if by window
    return distance // (window - 1) + 1 if distance and window > 1 else (math.inf if distance else 0)


def layers_to_reach__window_per_layer(distance, window):
    """each layer adds window − 1 tokens"""  # counts the token itself anew in each layer
    if distance == 0:
        return 0
    return math.ceil((distance + 1) / window) if window > 1 else math.inf


def layers_to_reach__rounds_down(distance, window):
    """round up"""  # the last, unfinished layer is lost
    if distance == 0:
        return 0
    return max(1, distance // (window - 1)) if window > 1 else math.inf


def layers_to_reach__at_least_one(distance, window):
    """a token needs no layer"""  # zero is forgotten
    return max(1, math.ceil(distance / max(window - 1, 1)))


def layers_to_reach__window_of_one(distance, window):
    """nothing else is ever reached"""  # a window of one is taken for two
    return math.ceil(distance / max(window - 1, 1))


def half_distances__inverse_slope(n_heads):
    """that is one over the slope"""  # e-fold instead of half
    return [2.0 ** (8 * h / n_heads) for h in range(1, n_heads + 1)]


def half_distances__from_zero(n_heads):
    """heads are counted from 1"""  # the first slope is one
    return [math.log(2) * 2.0 ** (8 * h / n_heads) for h in range(n_heads)]


def half_distances__reversed(n_heads):
    """the first head has the steepest slope"""  # the order of the heads is turned round
    return [math.log(2) * 2.0 ** (8 * h / n_heads) for h in range(n_heads, 0, -1)]


def half_distances__always_halves(n_heads):
    """the slopes depend on the number of heads"""  # right for eight heads only
    return [math.log(2) * 2.0**h for h in range(1, n_heads + 1)]


def half_distances__one_number(n_heads):
    """distances, not 1"""  # the first head alone
    return [math.log(2) * 2]


def packed_visible__padding_looks(document):
    """padding looks at a token"""  # padding is hidden as a key, but sees every real token
    visible = _same(document).tril() | (document < 0)[:, None]
    return visible & (document >= 0)


def packed_visible__returns_nothing(document):
    """return a tensor of booleans, not NoneType"""  # the return is forgotten
    (_same(document) & (document >= 0)).tril()


def packed_visible__zero_is_padding(document):
    """0 is a document too"""  # counts documents from one
    return (_same(document) & (document > 0)).tril()


def rotate_one__returns_nothing(x, position, base=10000.0):
    """return a list of numbers, not NoneType"""  # the return is forgotten
    _turned(x, [position] * (len(x) // 2))


def rotate_one__in_place(x, position, base=10000.0):
    """the caller's vector was changed"""  # writes into its argument
    x[:] = _turned(x, [position * base ** (-2 * c / len(x)) for c in range(len(x) // 2)])
    return x


def rotate_one__speeds_in_steps(x, position, base=10000.0):
    """the third pair turns at the wrong speed"""  # right for two pairs
    return _turned(x, [position * base ** (-2 * min(c, 1) / len(x)) for c in range(len(x) // 2)])


def layers_to_reach__returns_nothing(distance, window):
    """return a number of layers, not NoneType"""  # the return is forgotten
    math.ceil(distance / max(window - 1, 1))


def layers_to_reach__always_five(distance, window):
    """use the argument window"""  # the example's window is typed in
    return math.ceil(distance / 4) if window > 1 or distance == 0 else math.inf


def layers_to_reach__window_first(distance, window):
    """distance 0 needs no layer, whatever the window"""  # asks for the window first
    return math.inf if window == 1 else math.ceil(distance / (window - 1))


def half_distances__returns_nothing(n_heads):
    """return a list, not NoneType"""  # the return is forgotten
    [math.log(2) * 2**h for h in range(1, n_heads + 1)]


def half_distances__whole_exponents(n_heads):
    """divide without rounding"""  # 8 // n is zero for sixteen heads
    return [math.log(2) * 2.0 ** (h * 8 // n_heads) for h in range(1, n_heads + 1)]


def half_distances__doubled_from_the_first(n_heads):
    """four times the one before"""  # the first is right, and the others double as with eight heads
    first = math.log(2) * 2.0 ** (8 / n_heads)
    return [first * 2**h for h in range(n_heads)]
