"""Plausible wrong answers to the exercises of *How big, how long, how much*, with what the checker must say of each."""

import math


def tokens_that_fit__weights_forgotten(memory, weights, per_token):
    """the weights take memory too"""  # the whole memory for the cache
    return int(memory // per_token)


def tokens_that_fit__not_whole(memory, weights, per_token):
    """half a token cannot be held"""  # not rounded
    return max(0, (memory - weights) / per_token)


def tokens_that_fit__rounded_up(memory, weights, per_token):
    """round down, not up"""  # one token too many
    return max(0, math.ceil((memory - weights) / per_token))


def tokens_that_fit__negative(memory, weights, per_token):
    """never below 0"""  # weights that do not fit give a negative number
    return int((memory - weights) // per_token)


def devices_for__forward_only(n_parameters, n_tokens, days, peak, utilisation):
    """training takes six"""  # two operations for each parameter and token
    return math.ceil(2 * n_parameters * n_tokens / (peak * utilisation * days * 86_400))


def devices_for__utilisation_ignored(n_parameters, n_tokens, days, peak, utilisation):
    """the utilisation is ignored"""  # planned at the peak
    return math.ceil(6 * n_parameters * n_tokens / (peak * days * 86_400))


def devices_for__utilisation_inverted(n_parameters, n_tokens, days, peak, utilisation):
    """less utilisation needs more devices"""  # multiplied instead of divided
    return math.ceil(6 * n_parameters * n_tokens * utilisation / (peak * days * 86_400))


def devices_for__hours(n_parameters, n_tokens, days, peak, utilisation):
    """a day has 86400 seconds"""  # an hour has 3600
    return math.ceil(6 * n_parameters * n_tokens / (peak * utilisation * days * 3_600))


def devices_for__rounded_down(n_parameters, n_tokens, days, peak, utilisation):
    """round up to a whole device"""  # a little late
    return math.floor(6 * n_parameters * n_tokens / (peak * utilisation * days * 86_400))


def lora_bytes__everything_trained(n_parameters, n_matrices, d_model, rank, bytes_frozen):
    """frozen weights have neither gradients nor moments"""  # sixteen bytes for all
    return 16 * (n_parameters + n_matrices * 2 * d_model * rank)


def lora_bytes__one_matrix(n_parameters, n_matrices, d_model, rank, bytes_frozen):
    """each adapter has two matrices"""  # only (d, r)
    return bytes_frozen * n_parameters + 16 * n_matrices * d_model * rank


def lora_bytes__weights_only(n_parameters, n_matrices, d_model, rank, bytes_frozen):
    """count gradients and moments too"""  # adapters as if they were frozen
    return bytes_frozen * n_parameters + 4 * n_matrices * 2 * d_model * rank


def lora_bytes__one_moment(n_parameters, n_matrices, d_model, rank, bytes_frozen):
    """Adam keeps two moments"""  # as with plain momentum
    return bytes_frozen * n_parameters + 12 * n_matrices * 2 * d_model * rank


def lora_bytes__frozen_in_sixteen_bits(n_parameters, n_matrices, d_model, rank, bytes_frozen):
    """frozen weights of half a byte must take less"""  # the argument is ignored
    return 2 * n_parameters + 16 * n_matrices * 2 * d_model * rank


def tokens_that_fit__absolute_difference(memory, weights, per_token):
    """if the weights do not fit, no token does"""  # what is missing counted as what is left
    return int(abs(memory - weights) // per_token)


def tokens_that_fit__nothing_returned(memory, weights, per_token):
    """6 tokens"""  # printed instead of returned
    print((memory - weights) // per_token)


def devices_for__rounded_to_the_nearest(n_parameters, n_tokens, days, peak, utilisation):
    """round up to a whole device"""  # a little late
    return round(6 * n_parameters * n_tokens / (peak * utilisation * days * 86_400))


def devices_for__one_to_spare(n_parameters, n_tokens, days, peak, utilisation):
    """for a day need 1000"""  # one more even where the sum comes out whole
    return int(6 * n_parameters * n_tokens / (peak * utilisation * days * 86_400)) + 1


def lora_bytes__one_adapter_for_all_matrices(n_parameters, n_matrices, d_model, rank, bytes_frozen):
    """has an adapter of its own"""  # n_matrices is ignored
    return bytes_frozen * n_parameters + 16 * 2 * d_model * rank


def lora_bytes__adapters_in_the_format_of_the_frozen(n_parameters, n_matrices, d_model, rank, bytes_frozen):
    """adapters are trained in float32"""  # their weights are trained in float32
    return bytes_frozen * n_parameters + (bytes_frozen + 12) * n_matrices * 2 * d_model * rank


def devices_for__rounded_twice(n_parameters, n_tokens, days, peak, utilisation):
    """round up once"""  # whole devices at the peak first, then the utilisation
    return math.ceil(math.ceil(6 * n_parameters * n_tokens / (peak * days * 86_400)) / utilisation)
