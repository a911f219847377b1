"""Plausible wrong answers to the exercises of *Smaller*; each docstring is what the checker must say."""

import torch
import torch.nn.functional as F


def pack_int4__high_first(q):
    """the first of a pair belongs into the low four bits"""
    return (q[:, ::2] << 4) | q[:, 1::2]


def pack_int4__halves(q):
    """pair neighbours, not the two halves of a row"""
    half = q.shape[1] // 2
    return q[:, :half] | (q[:, half:] << 4)


def pack_int4__wide_numbers(q):
    """the result must be bytes"""  # whole numbers of 64 bits
    return q[:, ::2].long() + 16 * q[:, 1::2].long()


def pack_int4__not_packed(q):
    """two neighbours of a row share a byte"""  # every number keeps a byte of its own
    return q


def pack_int4__shifted_by_three(q):
    """the high four bits are not the second of each pair"""  # off by one, and the low bits are masked clean
    return q[:, ::2] | ((q[:, 1::2] << 3) & 240)


def output_noise__variance(x, w, bits):
    """that is the variance: take the root"""
    step = w.abs().amax(1) / (2 ** (bits - 1) - 1)
    return step**2 / 12 * x.pow(2).sum()


def output_noise__one_step(x, w, bits):
    """one step for the tensor: here each row has its own"""
    step = w.abs().amax() / (2 ** (bits - 1) - 1)
    return (step / 12**0.5 * x.norm()).expand(len(w))


def output_noise__too_many_steps(x, w, bits):
    """absmax has 2^(bits-1) - 1 steps on each side"""
    return w.abs().amax(1) / 2 ** (bits - 1) / 12**0.5 * x.norm()


def output_noise__sum_of_inputs(x, w, bits):
    """errors are independent: add variances"""  # as if all errors had one sign
    return w.abs().amax(1) / (2 ** (bits - 1) - 1) / 12**0.5 * x.abs().sum()


def output_noise__inputs_forgotten(x, w, bits):
    """the inputs are missing"""  # the error of a weight, not of an output
    return w.abs().amax(1) / (2 ** (bits - 1) - 1) / 12**0.5


def output_noise__step_as_error(x, w, bits):
    """a uniform error has variance step²/12"""  # the step taken for its standard deviation
    return w.abs().amax(1) / (2 ** (bits - 1) - 1) * x.norm()


def _mask(scores, keep):
    mask = torch.zeros_like(scores)
    mask[scores.topk(keep).indices] = 1
    return mask


def movement_mask__magnitude(weights, gradients, keep):
    """that is magnitude, or the sign is wrong"""  # the largest last weights
    return _mask(weights[-1].abs(), keep)


def movement_mask__wrong_sign(weights, gradients, keep):
    """that is magnitude, or the sign is wrong"""  # weights that move towards zero
    return _mask((weights * gradients).sum(0), keep)


def movement_mask__gradient_alone(weights, gradients, keep):
    """multiply by the weight"""  # weights that grow, whatever their sign
    return _mask(-gradients.sum(0), keep)


def movement_mask__last_step(weights, gradients, keep):
    """scores add up over all steps"""
    return _mask(-(weights * gradients)[-1], keep)


def movement_mask__scores_returned(weights, gradients, keep):
    """weights are kept instead of two"""  # no mask at all
    return -(weights * gradients).sum(0)


def ensemble_loss__no_factor(student, teachers, temperature):
    """the factor T² is missing"""
    target = (teachers / temperature).softmax(-1).mean(0)
    return F.kl_div((student / temperature).log_softmax(-1), target, reduction="batchmean")


def ensemble_loss__logits_averaged(student, teachers, temperature):
    """average probabilities, not logits"""
    target = (teachers.mean(0) / temperature).softmax(-1)
    log_q = (student / temperature).log_softmax(-1)
    return temperature**2 * F.kl_div(log_q, target, reduction="batchmean")


def ensemble_loss__mean_over_classes(student, teachers, temperature):
    """a mean over both is too small"""
    target = (teachers / temperature).softmax(-1).mean(0)
    log_q = (student / temperature).log_softmax(-1)
    return temperature**2 * (target * (target.log() - log_q)).mean()


def ensemble_loss__backwards(student, teachers, temperature):
    """the divergence is the wrong way round"""
    log_p = (teachers / temperature).softmax(-1).mean(0).log()
    q = (student / temperature).softmax(-1)
    return temperature**2 * F.kl_div(log_p, q, reduction="batchmean")


def pack_int4__added(q):
    """the low four bits are not the first of each pair"""  # nothing is moved up
    return q[:, ::2] + q[:, 1::2]


def pack_int4__shape_of_the_input(q):
    """two neighbours of a row share a byte"""  # packed, then written back in place
    packed = q.clone()
    packed[:, ::2] = q[:, ::2] | (q[:, 1::2] << 4)
    return packed


def output_noise__root_mean_square_of_inputs(x, w, bits):
    """expected"""  # the mean of the squares instead of their sum
    return w.abs().amax(1) / (2 ** (bits - 1) - 1) / 12**0.5 * x.pow(2).mean().sqrt()


def movement_mask__size_of_the_gradient(weights, gradients, keep):
    """the size of the gradient says nothing of the direction"""
    return _mask(gradients.sum(0).abs(), keep)


def movement_mask__size_of_the_movement(weights, gradients, keep):
    """that is magnitude, or the sign is wrong"""  # towards zero counts as away from it
    return _mask((weights * gradients).sum(0).abs(), keep)


def ensemble_loss__student_not_softened(student, teachers, temperature):
    """expected"""
    target = (teachers / temperature).softmax(-1).mean(0)
    return temperature**2 * F.kl_div(student.log_softmax(-1), target, reduction="batchmean")


def ensemble_loss__sum_over_the_batch(student, teachers, temperature):
    """expected"""  # twice too large for two rows
    target = (teachers / temperature).softmax(-1).mean(0)
    log_q = (student / temperature).log_softmax(-1)
    return temperature**2 * F.kl_div(log_q, target, reduction="sum")


def movement_mask__sums_multiplied(weights, gradients, keep):
    """multiply at each step"""  # adds up first, and multiplies the sums
    return _mask(-(weights.sum(0) * gradients.sum(0)), keep)


def movement_mask__last_weights(weights, gradients, keep):
    """with the weight of that step"""  # the last weights for the gradients of all steps
    return _mask(-(weights[-1] * gradients.sum(0)), keep)


def movement_mask__first_weights(weights, gradients, keep):
    """with the weight of that step"""  # the weights before training
    return _mask(-(weights[0] * gradients.sum(0)), keep)


def ensemble_loss__temperature_once(student, teachers, temperature):
    """not T or 2 T"""
    target = (teachers / temperature).softmax(-1).mean(0)
    log_q = (student / temperature).log_softmax(-1)
    return temperature * F.kl_div(log_q, target, reduction="batchmean")


def ensemble_loss__twice_the_temperature(student, teachers, temperature):
    """not T or 2 T"""  # equal to the square at T = 2
    target = (teachers / temperature).softmax(-1).mean(0)
    log_q = (student / temperature).log_softmax(-1)
    return 2 * temperature * F.kl_div(log_q, target, reduction="batchmean")


def movement_mask__sign_of_the_weight(weights, gradients, keep):
    """not only by its sign"""  # direction without size
    return _mask(-(weights.sign() * gradients).sum(0), keep)


def movement_mask__distance_from_zero(weights, gradients, keep):
    """how far the weights have gone"""  # what the name suggests: growth of the absolute value
    mask = torch.zeros(weights.shape[1])
    growth = weights[-1].abs() - weights[0].abs()
    mask[growth.argsort(descending=True, stable=True)[:keep]] = 1
    return mask
