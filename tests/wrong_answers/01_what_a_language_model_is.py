"""Wrong answers to the exercises of *What a language model is*; each docstring is what the checker must say."""

import math

import numpy as np


def perplexity_and_bits__of_the_text(token_probabilities, n_characters):
    """the perplexity of the text, not per token"""  # no mean
    nll = -np.log(token_probabilities).sum()
    return math.exp(nll), nll / math.log(2) / n_characters


def perplexity_and_bits__mean_of_inverses(token_probabilities, n_characters):
    """average the logarithms, then take the exponential"""  # the arithmetic mean of 1/p
    p = np.asarray(token_probabilities)
    return (1 / p).mean(), -np.log2(p).sum() / n_characters


def perplexity_and_bits__product(token_probabilities, n_characters):
    """the product underflows to 0"""  # right in exact arithmetic only
    with np.errstate(divide="ignore"):
        p = np.prod(token_probabilities)
        return p ** (-1 / len(token_probabilities)) if p else math.inf, -np.log2(p) / n_characters


def perplexity_and_bits__nats(token_probabilities, n_characters):
    """these are nats"""  # the natural logarithm for the bits
    nll = -np.log(token_probabilities)
    return math.exp(nll.mean()), nll.sum() / n_characters


def perplexity_and_bits__per_token(token_probabilities, n_characters):
    """bits per token"""  # divided by the tokens
    nll = -np.log(token_probabilities)
    return math.exp(nll.mean()), nll.mean() / math.log(2)


def _table(counts, discount, unigram, kinds):
    total = counts.sum(1, keepdims=True)
    kept = np.maximum(counts - discount, 0) + discount * kinds * unigram
    return np.where(total > 0, kept / np.maximum(total, 1), unigram)


def _kinds(counts):
    return (counts > 0).sum(1, keepdims=True)


def kneser_ney_table__ordinary_unigram(counts, discount):
    """the unigram must count different contexts"""  # absolute discounting, without Kneser and Ney's idea
    return _table(counts, discount, counts.sum(0) / counts.sum(), _kinds(counts))


def kneser_ney_table__one_discount_handed_out(counts, discount):
    """the weight of the unigram must grow with the number of different tokens"""  # k(h) forgotten
    return _table(counts, discount, (counts > 0).sum(0) / (counts > 0).sum(), 1)


def kneser_ney_table__negative(counts, discount):
    """a negative probability"""  # zeros are discounted too
    unigram = (counts > 0).sum(0) / (counts > 0).sum()
    total = counts.sum(1, keepdims=True)
    kept = counts - discount + discount * counts.shape[1] * unigram * 0.1
    return np.where(total > 0, kept / np.maximum(total, 1), unigram)


def kneser_ney_table__empty_row(counts, discount):
    """the row without counts is not finite"""  # divided by zero
    with np.errstate(invalid="ignore"):
        unigram = (counts > 0).sum(0) / (counts > 0).sum()
        kept = np.maximum(counts - discount, 0) + discount * _kinds(counts) * unigram
        return kept / counts.sum(1, keepdims=True)


def kneser_ney_table__no_discount(counts, discount):
    """hand out exactly what was taken"""  # nothing is taken from the counts
    unigram = (counts > 0).sum(0) / (counts > 0).sum()
    total = counts.sum(1, keepdims=True)
    kept = counts + discount * _kinds(counts) * unigram
    return np.where(total > 0, kept / np.maximum(total, 1), unigram)


def word_error_rate__place_by_place(said, heard):
    """align the texts instead of comparing place by place"""  # no alignment
    said, heard = said.split(), heard.split()
    wrong = sum(a != b for a, b in zip(said, heard, strict=False))
    return (wrong + abs(len(said) - len(heard))) / len(said)


def _edits(said, heard):
    above = list(range(len(heard) + 1))
    for i, word in enumerate(said, start=1):
        row = [i]
        for j, other in enumerate(heard, start=1):
            row.append(min(above[j] + 1, row[-1] + 1, above[j - 1] + (word != other)))
        above = row
    return above[-1]


def word_error_rate__characters(said, heard):
    """count words, not characters"""  # the distance of strings
    return _edits(said, heard) / len(said)


def word_error_rate__by_those_heard(said, heard):
    """divide by the words said"""  # divided by the wrong text
    return _edits(said.split(), heard.split()) / len(heard.split())


def word_error_rate__set_of_words(said, heard):
    """a changed order costs two edits"""  # the order is ignored
    said, heard = said.split(), heard.split()
    missing = sum(word not in heard for word in said)
    return max(missing, missing + len(heard) - len(said)) / len(said)


def mixing_weight__never_moves(p_long, p_short, rounds):
    """the weight did not move"""  # no update
    return 0.5


def mixing_weight__of_the_other(p_long, p_short, rounds):
    """that is the share of p_short"""  # the two are exchanged
    weight = 0.5
    for _ in range(rounds):
        weight = np.mean(weight * p_short / (weight * p_long + (1 - weight) * p_short))
    return weight


def mixing_weight__winners(p_long, p_short, rounds):
    """that counts winners"""  # a hard choice for each token
    return np.mean(np.asarray(p_long) > np.asarray(p_short))


def mixing_weight__share_of_sums(p_long, p_short, rounds):
    """that is the share of the sums"""  # one share for all tokens
    return np.sum(p_long) / (np.sum(p_long) + np.sum(p_short))


def mixing_weight__one_round(p_long, p_short, rounds):
    """the likelihood peaks at"""  # stops after the first round
    p_long, p_short = np.asarray(p_long), np.asarray(p_short)
    return np.mean(p_long / (p_long + p_short))


def perplexity_and_bits__nothing_returned(token_probabilities, n_characters):
    """return two numbers, not None"""
    np.exp(-np.log(token_probabilities).mean())


def kneser_ney_table__discount_of_one_half(counts, discount):
    """wrong for another discount"""  # the number of the worked example
    return _table(counts, 0.5, (counts > 0).sum(0) / (counts > 0).sum(), _kinds(counts))


def kneser_ney_table__nothing_returned(counts, discount):
    """the answer is None"""
    _table(counts, discount, (counts > 0).sum(0) / (counts > 0).sum(), _kinds(counts))


def word_error_rate__nothing_returned(said, heard):
    """the answer is None"""
    len(said.split())


def mixing_weight__nothing_returned(p_long, p_short, rounds):
    """the answer is None"""
    np.mean(p_long / (p_long + p_short))


def perplexity_and_bits__bits_of_the_product(token_probabilities, n_characters):
    """the product underflows to 0"""  # logarithms for the perplexity, not for the bits
    nll = -np.log(token_probabilities)
    with np.errstate(divide="ignore"):
        bits = -np.log2(np.prod(token_probabilities)) / n_characters
    return np.exp(nll.mean()), bits
