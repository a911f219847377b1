"""Wrong answers to the exercises of *From hidden state to words*; each docstring is what the checker must say."""

import math

import torch


def min_p_mask__share_of_the_logit(logits, share):
    """add the logarithm of the share"""  # the share is taken of the logit, as if it were a probability
    return logits >= share * logits.max(-1, keepdim=True).values


def min_p_mask__one_maximum_for_all(logits, share):
    """compare with the maximum of its own row"""  # a row of small logits loses every token
    return logits >= logits.max() + math.log(share)


def min_p_mask__naive_exponential(logits, share):
    """it overflows for large logits"""  # right on paper, infinite in 32 bits
    p = logits.exp() / logits.exp().sum(-1, keepdim=True)
    return (p >= share * p.max(-1, keepdim=True).values) | (logits == logits.max(-1, keepdim=True).values)


def min_p_mask__inverted(logits, share):
    """the mask is inverted"""  # true where a token goes, as in the library
    mask = logits < logits.max(-1, keepdim=True).values + math.log(share)
    return mask if mask.any(-1).all() else ~mask


def log_mean_probability__mean_of_logs(log_p):
    """that is the mean of the logarithms"""  # the geometric mean
    return log_p.mean(-1)


def log_mean_probability__sum(log_p):
    """divide by how many there are"""  # the logarithm of the sum
    return log_p.logsumexp(-1)


def log_mean_probability__naive(log_p):
    """it underflows: subtract the maximum"""  # through the probabilities
    return log_p.exp().mean(-1).log()


def log_mean_probability__all_rows(log_p):
    """one number for each row is wanted"""  # all rows are mixed
    return log_p.flatten().logsumexp(-1) - math.log(log_p.numel())


def smoothed_loss__added(logits, labels, epsilon):
    """the true token must give up the share"""  # the share comes on top
    log_p = logits.log_softmax(-1)
    return -log_p.gather(-1, labels.clamp(min=0)[:, None]).mean() - epsilon * log_p.mean()


def smoothed_loss__share_for_each(logits, labels, epsilon):
    """the share epsilon is divided among all tokens"""  # a sum over the vocabulary in place of a mean
    log_p = logits.log_softmax(-1)
    hard = -log_p.gather(-1, labels.clamp(min=0)[:, None])[:, 0]
    return ((1 - epsilon) * hard - epsilon * log_p.sum(-1)).mean()


def smoothed_loss__padding_in_the_count(logits, labels, epsilon):
    """divide by the number of real tokens"""  # the sum is right, the mean is not
    real = labels != -100
    log_p = logits[real].log_softmax(-1)
    hard = -log_p.gather(-1, labels[real][:, None])[:, 0]
    return ((1 - epsilon) * hard - epsilon * log_p.mean(-1)).sum() / len(labels)


def smoothed_loss__padding_smoothed(logits, labels, epsilon):
    """padding changes the loss"""  # the even part counts padding too
    real = labels != -100
    log_p = logits.log_softmax(-1)
    hard = -log_p[real].gather(-1, labels[real][:, None]).mean()
    return (1 - epsilon) * hard - epsilon * log_p.mean()


def smoothed_loss__not_smoothed(logits, labels, epsilon):
    """epsilon has no effect"""  # the ordinary loss
    return torch.nn.functional.cross_entropy(logits, labels)


def best_sequence__greedy(start, step, n):
    """that is the greedy text"""  # one path only
    text = [int(start.argmax())]
    while len(text) < n:
        text.append(int(step[text[-1]].argmax()))
    return text


def best_sequence__swapped_axes(start, step, n):
    """is less probable than"""  # step[a, b] read as a after b
    score, came_from = start, []
    for _ in range(n - 1):
        score, where = (score[:, None] + step.mT).max(0)
        came_from.append(where)
    text = [int(score.argmax())]
    for where in reversed(came_from):
        text.append(int(where[text[-1]]))
    return text[::-1]


def best_sequence__one_token_too_many(start, step, n):
    """tokens were asked for"""  # a step for each token, the first included
    score, came_from = start, []
    for _ in range(n):
        score, where = (score[:, None] + step).max(0)
        came_from.append(where)
    text = [int(score.argmax())]
    for where in reversed(came_from):
        text.append(int(where[text[-1]]))
    return text[::-1]


def best_sequence__reversed(start, step, n):
    """is less probable than"""  # the way back is not turned round
    score, came_from = start, []
    for _ in range(n - 1):
        score, where = (score[:, None] + step).max(0)
        came_from.append(where)
    text = [int(score.argmax())]
    for where in reversed(came_from):
        text.append(int(where[text[-1]]))
    return text


def min_p_mask__returns_nothing(logits, share):
    """return a tensor of booleans, not NoneType"""  # the return is forgotten
    logits >= logits.max(-1, keepdim=True).values + math.log(share)  # noqa: B015


def min_p_mask__strict(logits, share):
    """with a share of one the most probable token stays"""  # greater, not greater or equal
    return logits > logits.max(-1, keepdim=True).values + math.log(share)


def log_mean_probability__returns_nothing(log_p):
    """return a tensor, not NoneType"""  # the return is forgotten
    log_p.logsumexp(-1) - math.log(log_p.shape[-1])


def log_mean_probability__one_maximum_for_all(log_p):
    """subtract the maximum of each row"""  # the largest of all rows is subtracted
    m = log_p.max()
    return m + (log_p - m).exp().mean(-1).log()


def smoothed_loss__returns_nothing(logits, labels, epsilon):
    """return the loss, a tensor, not NoneType"""  # the return is forgotten
    torch.nn.functional.cross_entropy(logits, labels, label_smoothing=epsilon)


def smoothed_loss__others_only(logits, labels, epsilon):
    """the smoothed loss is wrong"""  # the share goes to all but the true token
    log_p = logits.log_softmax(-1)
    hard = log_p.gather(-1, labels.clamp(min=0)[:, None])[:, 0]
    others = (log_p.sum(-1) - hard) / (logits.shape[-1] - 1)
    return -((1 - epsilon) * hard + epsilon * others).mean()


def best_sequence__returns_nothing(start, step, n):
    """return a list of tokens, not NoneType"""  # the return is forgotten
    [int(start.argmax())] * n


def best_sequence__beam_of_two(start, step, n):
    """is less probable than"""  # two beginnings are kept, not one for each last token
    beams = sorted(((start[a].item(), [a]) for a in range(len(start))), reverse=True)[:2]
    for _ in range(n - 1):
        wider = [(s + step[t[-1], b].item(), [*t, b]) for s, t in beams for b in range(len(start))]
        beams = sorted(wider, reverse=True)[:2]
    return beams[0][1]


def log_mean_probability__mean_subtracted(log_p):
    """subtract the maximum, not the mean"""  # the largest lies far above the mean
    m = log_p.mean(-1, keepdim=True)
    return m[..., 0] + (log_p - m).exp().mean(-1).log()


def log_mean_probability__minimum_subtracted(log_p):
    """not the mean or the minimum"""
    m = log_p.min(-1, keepdim=True).values
    return m[..., 0] + (log_p - m).exp().mean(-1).log()


def smoothed_loss__through_probabilities(logits, labels, epsilon):
    """take log-probabilities straight from them"""  # the logarithm of a softmax
    real = labels != -100
    log_p = logits[real].softmax(-1).log()
    hard = -log_p.gather(-1, labels[real][:, None])[:, 0]
    return ((1 - epsilon) * hard - epsilon * log_p.mean(-1)).mean()


def best_sequence__products(start, step, n):
    """add their logarithms"""  # right until the products are too small
    score, came_from = start.exp(), []
    for _ in range(n - 1):
        score, where = (score[:, None] * step.exp()).max(0)
        came_from.append(where)
    text = [int(score.argmax())]
    for where in reversed(came_from):
        text.append(int(where[text[-1]]))
    return text[::-1]
