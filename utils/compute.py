"""How much arithmetic, time, energy and money a model takes, and how large it should be."""

from utils.units import flags, quantity, whole_numbers

# Loss = E + A / N^alpha + B / D^beta, N parameters, D tokens: Hoffmann et al. (2022) fitted it to their runs, and
# Besiroglu et al. (2024) again to the same runs, whose first fit had not converged.
SCALING_FITS = {
    "hoffmann2022": {"E": 1.69, "A": 406.4, "B": 410.7, "alpha": 0.34, "beta": 0.28},
    "besiroglu2024": {"E": 1.8172, "A": 482.01, "B": 2085.43, "alpha": 0.3478, "beta": 0.3658},
}
AS_A_NUMBER = "give the number itself: 7e9, not 7 billion as 7"


def training_flops(n_parameters, n_tokens):
    """Floating-point operations of training, by the rule of thumb of six for each parameter and token.

    Two in the forward pass, a multiplication and an addition; twice that in the backward pass, for the gradients of
    inputs and of weights. Attention's own products are left out: see :func:`exact_flops`.

    Raises
    ------
    ValueError
        If a quantity is out of bounds.

    References
    ----------
    Kaplan et al. (2020), "Scaling laws for neural language models".
    """
    n_parameters = quantity("n_parameters", n_parameters, least=1e3, hint=AS_A_NUMBER)
    n_tokens = quantity("n_tokens", n_tokens, least=1, hint="give a number of tokens")
    return 6 * n_parameters * n_tokens


def exact_flops(
    *,
    n_layers,
    d_model,
    d_ff,
    vocab_size,
    n_sequences,
    length,
    d_kv=None,
    gated=False,
    training=True,
    causal=False,
    n_experts=0,
):
    """Operations of all matrix products of a decoder, attention's included, as a profiler counts them.

    Parameters
    ----------
    n_layers, d_model, d_ff, vocab_size : int
        Of a mixture of experts, `d_ff` is the width of all experts that one token passes through, together.
    n_sequences, length : int
        Sequences in the batch, and tokens in each.
    d_kv : int, optional
        Features of all keys of a token; less than `d_model` (the default) with grouped queries.
    gated : bool
        Whether the feed-forward part has three matrices instead of two.
    training : bool
        With the backward pass, which has two products for each one of the forward pass. What checkpointing or a fused
        attention computes a second time is not counted: it is work, but not progress.
    causal : bool
        Whether only pairs of a query with itself or an earlier key are counted, as a kernel computes them that skips
        the future. Plain attention computes all pairs and throws those of the future away, hence the default.
    n_experts : int
        Of a mixture: experts among which a router chooses in each layer.

    Raises
    ------
    ValueError
        If a quantity is out of bounds.
    """
    n_layers, d_model, d_ff, vocab_size = whole_numbers(
        n_layers=n_layers, d_model=d_model, d_ff=d_ff, vocab_size=vocab_size
    )
    n_sequences, length = whole_numbers(n_sequences=n_sequences, length=length)
    (d_kv,) = whole_numbers(d_kv=d_model if d_kv is None else d_kv)
    flags(gated=gated, training=training, causal=causal)
    n_experts = quantity("n_experts", n_experts, least=0, whole=True)
    attention = 2 * d_model**2 + 2 * d_model * d_kv
    feed_forward = (3 if gated else 2) * d_model * d_ff + d_model * n_experts
    weights = n_layers * (attention + feed_forward) + d_model * vocab_size
    products = 2 * n_sequences * length * weights
    pairs = length * (length + 1) // 2 if causal else length**2
    products += n_layers * 2 * 2 * n_sequences * pairs * d_model  # scores, mean of values
    return 3 * products if training else products


def seconds_of(flops, peak_flops_per_second, *, utilisation, n_devices=1):
    """Seconds that so many operations take on devices of which so large a share of the peak is reached.

    Raises
    ------
    ValueError
        If a quantity is out of bounds.
    """
    flops = quantity("flops", flops, least=1)
    peak_flops_per_second = quantity(
        "peak_flops_per_second", peak_flops_per_second, least=1e9, hint="give FLOP/s: 312e12, not 312 TFLOP/s as 312"
    )
    hint = "give a share: 0.4, not 40 percent as 40"
    utilisation = quantity("utilisation", utilisation, least=1e-6, most=1, hint=hint)
    (n_devices,) = whole_numbers(n_devices=n_devices)
    return flops / (peak_flops_per_second * utilisation * n_devices)


def energy_kwh(seconds, watts, *, n_devices=1, overhead=1.1):
    """Energy in kilowatt-hours; `overhead` is what a data centre draws for each watt of its machines.

    Raises
    ------
    ValueError
        If a quantity is out of bounds.
    """
    seconds = quantity("seconds", seconds, least=0)
    watts = quantity("watts", watts, least=1, most=1e5, hint="give watts of one device, not kilowatts")
    (n_devices,) = whole_numbers(n_devices=n_devices)
    overhead = quantity("overhead", overhead, least=1, most=5, hint="1.1 means a tenth on top")
    return seconds * watts * n_devices * overhead / 3.6e6


def price(seconds, per_hour, *, n_devices=1):
    """Price in the currency of `per_hour`, the price of one device for an hour.

    Raises
    ------
    ValueError
        If a quantity is out of bounds.
    """
    seconds = quantity("seconds", seconds, least=0)
    per_hour = quantity("per_hour", per_hour, least=0)
    (n_devices,) = whole_numbers(n_devices=n_devices)
    return seconds / 3600 * per_hour * n_devices


def scaling_loss(n_parameters, n_tokens, fit="besiroglu2024"):
    """Loss in nats that a fitted scaling law expects of a model of so many parameters after so many tokens.

    Raises
    ------
    ValueError
        If a quantity is out of bounds or the fit is unknown.
    """
    c = _fit(fit)
    n_parameters = quantity("n_parameters", n_parameters, least=1e3, hint=AS_A_NUMBER)
    n_tokens = quantity("n_tokens", n_tokens, least=1)
    return c["E"] + c["A"] / n_parameters ** c["alpha"] + c["B"] / n_tokens ** c["beta"]


def best_size(flops, fit="besiroglu2024"):
    """Parameters and tokens with the least expected loss for so many operations, if these are six for each pair.

    Setting the derivative of the loss along :math:`6 N D = C` to zero gives
    :math:`N = (\\alpha A / \\beta B)^{1/(\\alpha+\\beta)} (C/6)^{\\beta/(\\alpha+\\beta)}`.

    Returns
    -------
    n_parameters, n_tokens : float

    Raises
    ------
    ValueError
        If a quantity is out of bounds or the fit is unknown.

    References
    ----------
    Hoffmann et al. (2022), "Training compute-optimal large language models"; Besiroglu et al. (2024), "Chinchilla
    scaling: a replication attempt".
    """
    c = _fit(fit)
    flops = quantity("flops", flops, least=1e9, hint="give operations of the whole training")
    both = c["alpha"] + c["beta"]
    ratio = (c["alpha"] * c["A"] / (c["beta"] * c["B"])) ** (1 / both)
    n_parameters = ratio * (flops / 6) ** (c["beta"] / both)
    return n_parameters, flops / (6 * n_parameters)


def _fit(name):
    if name not in SCALING_FITS:
        raise ValueError(f"no scaling fit is called {name!r}; there are: {', '.join(SCALING_FITS)}")
    return SCALING_FITS[name]
