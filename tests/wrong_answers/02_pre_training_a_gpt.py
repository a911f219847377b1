"""Wrong answers to the exercises of *Pre-training a GPT*; each docstring is what the checker must say."""


def plateau_rate__from_zero(step, n_steps, warm_up, cool_down):
    """not 0"""  # the first step moves nothing
    return min(1, step / warm_up, (n_steps - step) / cool_down)


def plateau_rate__ends_at_zero(step, n_steps, warm_up, cool_down):
    """the last step still moves"""
    return min(1, (step + 1) / (warm_up + 1), (n_steps - 1 - step) / (cool_down - 1))


def plateau_rate__falls_at_once(step, n_steps, warm_up, cool_down):
    """between the ends the rate is 1"""  # a straight line over all the rest
    return min((step + 1) / (warm_up + 1), (n_steps - step) / (n_steps - warm_up))


def plateau_rate__ends_exchanged(step, n_steps, warm_up, cool_down):
    """warm_up is the front's length"""
    return min(1, (step + 1) / cool_down, (n_steps - step) / (warm_up + 1))


def clipped__each_tensor(gradients, limit):
    """one length, not one a tensor"""
    return [g * min(1.0, limit / float(g.norm())) for g in gradients]


def clipped__each_number(gradients, limit):
    """the length of all together is too long"""
    return [g.clamp(-limit, limit) for g in gradients]


def clipped__always(gradients, limit):
    """a short gradient stays as it is"""  # lengthens it too
    length = sum(g.pow(2).sum() for g in gradients) ** 0.5
    return [g * limit / length for g in gradients]


def clipped__flat(gradients, limit):
    """keeps the shape of its tensor"""
    length = sum(g.pow(2).sum() for g in gradients) ** 0.5
    return [g.flatten() * min(1.0, limit / max(float(length), 1e-12)) for g in gradients]


def clipped__beyond_one(gradients, limit):
    """compare with the limit, not with one"""
    length = float(sum(g.pow(2).sum() for g in gradients) ** 0.5)
    return [g * (limit / length if length > 1 else 1.0) for g in gradients]


def clipped__not_copied(gradients, limit):
    """a short gradient is copied, too"""
    length = float(sum(g.pow(2).sum() for g in gradients) ** 0.5)
    return [g * limit / length for g in gradients] if length > limit else gradients


def factors__equal(counts):
    """weighs more than one in a long part"""
    return [1 / len(counts) for _ in counts]


def factors__not_normalised(counts):
    """must sum to one"""
    return [float(count) for count in counts]


def factors__inverse(counts):
    """weighs more than one in a long part"""
    whole = sum(1 / count for count in counts)
    return [1 / count / whole for count in counts]
