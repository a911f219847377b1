"""Plausible wrong answers to *More than text*; each docstring is what the checker must say."""

import torch
import torch.nn.functional as F


def recall_at__columns(scores, k):
    """search each row, not each column"""
    own = scores.diag().unsqueeze(0)
    return ((scores >= own).sum(0) <= k).float().mean().item()


def recall_at__ties_win(scores, k):
    """a tie is no find"""
    own = scores.diag().unsqueeze(1)
    return ((scores > own).sum(1) < k).float().mean().item()


def recall_at__first_only(scores, k):
    """k = 2: the first two places"""
    own = scores.diag().unsqueeze(1)
    return ((scores >= own).sum(1) <= 1).float().mean().item()


def recall_at__ties_by_half(scores, k):
    """all that tie stand before it"""
    own = scores.diag().unsqueeze(1)
    place = 1 + (scores > own).sum(1) + ((scores == own).sum(1) - 1) / 2
    return (place <= k).float().mean().item()


def text_loss__plain(logits, groups):
    """a caption of the same group must be left out"""
    return F.cross_entropy(logits, torch.arange(len(logits))).item()


def text_loss__columns(logits, groups):
    """each picture is a row: softmax over captions"""
    twins = (groups[:, None] == groups) & ~torch.eye(len(logits), dtype=torch.bool)
    return F.cross_entropy(logits.masked_fill(twins, -torch.inf).T, torch.arange(len(logits))).item()


def text_loss__twins_are_right(logits, groups):
    """the own caption stays in the sum, twins do not"""
    same = (groups[:, None] == groups).float()
    return F.cross_entropy(logits, same / same.sum(1, keepdim=True)).item()


def text_loss__zero_for_twins(logits, groups):
    """the own caption stays in the sum, twins do not"""
    twins = (groups[:, None] == groups) & ~torch.eye(len(logits), dtype=torch.bool)
    return F.cross_entropy(logits.masked_fill(twins, 0.0), torch.arange(len(logits))).item()


def text_loss__next_one_only(logits, groups):
    """wherever they stand"""
    twins = torch.zeros(len(logits), len(logits), dtype=torch.bool)
    for i in range(len(groups) - 1):
        twins[i, i + 1] = twins[i + 1, i] = groups[i] == groups[i + 1]
    return F.cross_entropy(logits.masked_fill(twins, -torch.inf), torch.arange(len(logits))).item()


def _words(text):
    digits = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
    for number, word in enumerate(digits):
        text = text.replace(str(number), word)
    return "".join(c for c in text.lower() if c.isalpha() or c in " '").split()


def _edits(a, b):
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        above, row = row, [i]
        for j, y in enumerate(b, 1):
            row.append(min(above[j] + 1, row[-1] + 1, above[j - 1] + (x != y)))
    return row[-1]


def word_error_rate__raw(said, heard):
    """normalise both sides first"""
    pairs = [(a.split(), b.split()) for a, b in zip(said, heard)]
    return sum(_edits(a, b) for a, b in pairs) / sum(len(a) for a, _ in pairs)


def word_error_rate__mean_of_clips(said, heard):
    """add up before you divide, do not average the clips"""
    rates = [_edits(_words(a), _words(b)) / max(1, len(_words(a))) for a, b in zip(said, heard)]
    return sum(rates) / len(rates)


def word_error_rate__at_most_one(said, heard):
    """a rate may exceed one"""
    pairs = [(_words(a), _words(b)) for a, b in zip(said, heard)]
    return min(1, sum(_edits(a, b) for a, b in pairs) / sum(len(a) for a, _ in pairs))


def word_error_rate__over_heard(said, heard):
    """a rate may exceed one"""
    pairs = [(_words(a), _words(b)) for a, b in zip(said, heard)]
    return sum(_edits(a, b) for a, b in pairs) / sum(len(b) for _, b in pairs)


def word_error_rate__silence_skipped(said, heard):
    """what is heard in silence counts"""
    pairs = [(_words(a), _words(b)) for a, b in zip(said, heard) if a]
    return sum(_edits(a, b) for a, b in pairs) / sum(len(a) for a, _ in pairs)


def word_error_rate__one_long_text(said, heard):
    """a word of one is no word of the next"""
    a, b = (_words(" ".join(texts)) for texts in (said, heard))
    return _edits(a, b) / len(a)
