"""Wrong answers to the exercises of *From counting to learning*; each docstring is what the checker must say."""

import torch


def reach__without_itself(kernel, dilations):
    """count it"""  # the present token is forgotten
    return (kernel - 1) * sum(dilations)


def reach__kernel_times_dilation(kernel, dilations):
    """two taps side by side see two tokens"""  # kernel instead of kernel - 1
    return 1 + kernel * sum(dilations)


def reach__last_layer_only(kernel, dilations):
    """use every dilation"""  # only the widest layer
    return 1 + (kernel - 1) * max(dilations, default=0)


def _gates(x_t, h, w_x, w_h, b_x, b_h):
    return zip((x_t @ w_x + b_x).chunk(3, -1), (h @ w_h + b_h).chunk(3, -1), strict=True)


def gru_step__keeps_the_new(x_t, h, w_x, w_h, b_x, b_h):
    """z keeps the old state"""  # z and 1 - z exchanged
    (x_r, h_r), (x_z, h_z), (x_n, h_n) = _gates(x_t, h, w_x, w_h, b_x, b_h)
    z = (x_z + h_z).sigmoid()
    return z * (x_n + (x_r + h_r).sigmoid() * h_n).tanh() + (1 - z) * h


def gru_step__gates_exchanged(x_t, h, w_x, w_h, b_x, b_h):
    """the gates lie as r, z, n"""  # read as z, r, n
    (x_z, h_z), (x_r, h_r), (x_n, h_n) = _gates(x_t, h, w_x, w_h, b_x, b_h)
    z = (x_z + h_z).sigmoid()
    return (1 - z) * (x_n + (x_r + h_r).sigmoid() * h_n).tanh() + z * h


def gru_step__no_reset(x_t, h, w_x, w_h, b_x, b_h):
    """r is not used"""  # the reset gate is left out
    _, (x_z, h_z), (x_n, h_n) = _gates(x_t, h, w_x, w_h, b_x, b_h)
    z = (x_z + h_z).sigmoid()
    return (1 - z) * (x_n + h_n).tanh() + z * h


def gru_step__reset_first(x_t, h, w_x, w_h, b_x, b_h):
    """not h itself"""  # as in the paper, and not as in PyTorch
    (x_r, h_r), (x_z, h_z), (x_n, _) = _gates(x_t, h, w_x, w_h, b_x, b_h)
    r, z, width = (x_r + h_r).sigmoid(), (x_z + h_z).sigmoid(), h.shape[1]
    h_n = (r * h) @ w_h[:, 2 * width :] + b_h[2 * width :]
    return (1 - z) * (x_n + h_n).tanh() + z * h


def ppmi__not_finite(counts):
    """not finite"""  # zeros are not looked after
    return (counts * counts.sum() / (counts.sum(1, keepdim=True) * counts.sum(0))).log()


def ppmi__negative(counts):
    """negative values become 0"""  # only zeros are looked after
    expected = counts.sum(1, keepdim=True) * counts.sum(0) / counts.sum()
    return torch.where(counts > 0, counts / expected, 1.0).log()


def ppmi__rows_twice(counts):
    """that of the neighbour"""  # right for symmetric counts only
    total = counts.sum(1)
    expected = (total[:, None] * total / counts.sum()).clamp(min=1e-9)
    return torch.where(counts > expected, counts / expected, 1.0).log()


def ppmi__bits(counts):
    """that is in bits"""  # logarithm to base 2
    expected = counts.sum(1, keepdim=True) * counts.sum(0) / counts.sum()
    return torch.where(counts > expected, counts / expected, 1.0).log2()


def _nearest(vectors, target, without):
    scores = vectors @ target
    scores[list(without)] = float("-inf")
    return int(scores.argmax())


def analogy__nothing_excluded(vectors, a, b, c):
    """the words of the question are no answers"""  # the nearest row is c itself
    vectors = vectors / vectors.norm(dim=1, keepdim=True)
    return _nearest(vectors, vectors[b] - vectors[a] + vectors[c], [])


def analogy__long_rows_win(vectors, a, b, c):
    """a long row wins by its length"""  # not divided by the length
    return _nearest(vectors, vectors[b] - vectors[a] + vectors[c], [a, b, c])


def analogy__wrong_way(vectors, a, b, c):
    """the offset points from a to b"""  # a - b
    vectors = vectors / vectors.norm(dim=1, keepdim=True)
    return _nearest(vectors, vectors[a] - vectors[b] + vectors[c], [a, b, c])


def reach__nothing_returned(kernel, dilations):
    """the answer is None"""
    sum(dilations)


def reach__set_of_dilations(kernel, dilations):
    """layers with the same dilation all add"""
    return 1 + (kernel - 1) * sum(set(dilations))


def reach__two_taps_more(kernel, dilations):
    """a layer adds (kernel − 1) · dilation"""  # right for two taps and for three
    return 1 + sum(d * min(kernel - 1, 2) for d in dilations)


def gru_step__nothing_returned(x_t, h, w_x, w_h, b_x, b_h):
    """return the next state, not None"""
    _gates(x_t, h, w_x, w_h, b_x, b_h)


def ppmi__square_tables_only(counts):
    """wrong for a table that is not square"""  # the totals of the first columns, taken for those of the rows
    total = counts.sum(0)
    rows = counts.sum(1) if counts.shape[0] == counts.shape[1] else total[: counts.shape[0]]
    expected = rows[:, None] * total / counts.sum()
    return torch.where(counts > expected, counts / expected.clamp(min=1e-300), 1.0).log()


def ppmi__nothing_returned(counts):
    """return a tensor, not None"""
    counts.log()


def analogy__nothing_returned(vectors, a, b, c):
    """the answer is None"""
    vectors / vectors.norm(dim=1, keepdim=True)


def ppmi__empty_column(counts):
    """a neighbour without any count"""  # only the rows are looked after
    ratio = counts / (counts.sum(1, keepdim=True) * counts.sum(0) / counts.sum())
    values = ratio.log().clamp(min=0)
    values[counts.sum(1) == 0] = 0
    return values


def analogy__first_word_allowed(vectors, a, b, c):
    """a is a word of the question too"""  # only b and c are excluded
    unit = vectors / vectors.norm(dim=1, keepdim=True)
    return _nearest(unit, unit[b] - unit[a] + unit[c], [b, c])


def _pmi(counts):
    expected = counts.sum(1, keepdim=True) * counts.sum(0) / counts.sum()
    return torch.where(counts > 0, counts / expected.clamp(min=1e-300), 1.0).log()


def ppmi__size_of_the_logarithm(counts):
    """a pair that is rarer than by chance gets 0"""  # the sign is taken off instead
    return _pmi(counts).abs()


def ppmi__once_is_never(counts):
    """a pair that met once counts like the others"""
    return _pmi(counts).clamp(min=0) * (counts > 1)


def analogy__lengths_only_in_the_end(vectors, a, b, c):
    """divide by the lengths before"""  # the point is made of rows of any length
    return _nearest(vectors / vectors.norm(dim=1, keepdim=True), vectors[b] - vectors[a] + vectors[c], [a, b, c])


def analogy__nearest_by_distance(vectors, a, b, c):
    """divide by the lengths before"""  # the distance of undivided rows
    distance = (vectors - (vectors[b] - vectors[a] + vectors[c])).norm(dim=1)
    distance[[a, b, c]] = float("inf")
    return int(distance.argmin())
