"""Wrong answers to the exercises of *The documents' code, run*; each docstring is what the checker must say."""

import torch
import torch.nn.functional as F


def _padded(items, pad_id, longest):
    ids = torch.tensor([item["input_ids"] + [pad_id] * (longest - len(item["input_ids"])) for item in items])
    return {
        "input_ids": ids,
        "attention_mask": torch.tensor(
            [[1] * len(item["input_ids"]) + [0] * (longest - len(item["input_ids"])) for item in items]
        ),
        "labels": torch.tensor([item["label"] for item in items]),
    }


def _longest(items):
    return max(len(item["input_ids"]) for item in items)


def collate__axis_for_each_item(items, pad_id):
    """an item must not bring a batch axis of its own"""  # K7's shape, (example, 1, token)
    batch = _padded(items, pad_id, _longest(items))
    return {**batch, "input_ids": batch["input_ids"].unsqueeze(1)}


def collate__fixed_length(items, pad_id):
    """pad to the longest item of the batch, no further"""  # everything padded to one fixed length
    return _padded(items, pad_id, 16)


def collate__pads_with_zero(items, pad_id):
    """pad with pad_id, at the end"""  # the padding token is forgotten
    return _padded(items, 0, _longest(items))


def collate__mask_of_ones(items, pad_id):
    """attention_mask must be 1 for real tokens and 0 for padding"""  # the padding is not masked
    batch = _padded(items, pad_id, _longest(items))
    return {**batch, "attention_mask": torch.ones_like(batch["input_ids"])}


def collate__mask_from_values(items, pad_id):
    """build the mask from lengths"""  # real tokens equal to pad_id are masked
    batch = _padded(items, pad_id, _longest(items))
    return {**batch, "attention_mask": (batch["input_ids"] != pad_id).long()}


def next_token_loss__no_shift(logits, ids):
    """shift by one"""  # each position predicts its own token
    return F.cross_entropy(logits, ids)


def next_token_loss__shifted_backwards(logits, ids):
    """position t predicts token t + 1"""  # position t is asked for token t - 1
    return F.cross_entropy(logits[1:], ids[:-1])


def next_token_loss__sum(logits, ids):
    """take the mean, in nats"""  # long texts cost more
    return F.cross_entropy(logits[:-1], ids[1:], reduction="sum")


def next_token_loss__wraps_around(logits, ids):
    """up to the last but one"""  # the last position predicts the first token
    return F.cross_entropy(logits, ids.roll(-1))


def perplexity__cross_entropy(probabilities):
    """that is the cross-entropy"""  # the exponential is missing
    return -probabilities.log().mean()


def perplexity__bits(probabilities):
    """that is the cross-entropy"""  # in bits, and without the power
    return -probabilities.log2().mean()


def perplexity__mean_of_inverses(probabilities):
    """average the logarithms, not the probabilities"""  # arithmetic mean of 1/p
    return (1 / probabilities).mean()


def perplexity__product(probabilities):
    """add logarithms, do not multiply probabilities"""  # right for short texts only
    return probabilities.prod() ** (-1 / len(probabilities))


def perplexity__no_root(probabilities):
    """however long the text"""  # grows with the text
    return 1 / probabilities.prod()


def collate__returns_nothing(items, pad_id):
    """return a dict, not NoneType"""  # the return is forgotten
    _padded(items, pad_id, _longest(items))


def collate__lists(items, pad_id):
    """input_ids must be a tensor"""  # plain lists
    return {name: tensor.tolist() for name, tensor in _padded(items, pad_id, _longest(items)).items()}


def collate__floats(items, pad_id):
    """floats make Trainer take the labels"""  # K2's own mistake
    return {name: tensor.float() for name, tensor in _padded(items, pad_id, _longest(items)).items()}


def collate__length_of_the_first(items, pad_id):
    """the longest item may stand anywhere"""  # padded, and cut, to the first item's length
    longest = len(items[0]["input_ids"])
    cut = [{**item, "input_ids": item["input_ids"][:longest]} for item in items]
    return _padded(cut, pad_id, longest)


def collate__pads_in_place(items, pad_id):
    """leave the items as they are"""  # the padding is written into the caller's lists
    mask = [[1] * len(item["input_ids"]) for item in items]
    longest = _longest(items)
    for item, row in zip(items, mask):
        row += [0] * (longest - len(row))
        item["input_ids"] += [pad_id] * (longest - len(item["input_ids"]))
    return {**_padded(items, pad_id, longest), "attention_mask": torch.tensor(mask)}


def collate__sorts_by_length(items, pad_id):
    """keep the order of the items"""  # longest first
    items = sorted(items, key=lambda item: -len(item["input_ids"]))
    return _padded(items, pad_id, _longest(items))


def next_token_loss__returns_nothing(logits, ids):
    """the answer returned nothing"""  # the return is forgotten
    F.cross_entropy(logits[:-1], ids[1:])


def next_token_loss__of_the_mean_probability(logits, ids):
    """take the mean of the losses"""  # the logarithm of a mean, not the mean of logarithms
    return -logits[:-1].softmax(-1).gather(-1, ids[1:, None]).mean().log()


def next_token_loss__last_place_only(logits, ids):
    """not the loss of one place"""  # only the newest token counts
    return F.cross_entropy(logits[-2:-1], ids[-1:])


def next_token_loss__largest(logits, ids):
    """take the mean of the losses"""  # the worst place
    return F.cross_entropy(logits[:-1], ids[1:], reduction="none").max()


def perplexity__returns_nothing(probabilities):
    """the answer returned nothing"""  # the return is forgotten
    torch.exp(-torch.log(probabilities).mean())


def perplexity__median(probabilities):
    """three unequal words"""  # the middle logarithm (the mean of the two middle ones)
    return torch.exp(-torch.log(probabilities).quantile(0.5))


def perplexity__cut_off(probabilities):
    """cut nothing off"""  # small probabilities are raised
    return torch.exp(-torch.log(probabilities.clamp(min=0.05)).mean())
