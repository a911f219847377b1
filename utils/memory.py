"""How much memory a model takes in training and in use, part by part, in bytes."""

from utils.units import flags, quantity, whole_numbers

SHARDED = {  # what each stage of ZeRO divides among the data-parallel devices (Rajbhandari et al., 2020)
    "none": (),
    "optimizer": ("optimizer",),
    "gradients": ("optimizer", "gradients"),
    "parameters": ("optimizer", "gradients", "weights"),
}


def training_bytes(
    n_parameters,
    activations,
    *,
    bytes_weight=4,
    bytes_gradient=4,
    bytes_optimizer=8,
    data_parallel=1,
    sharded="none",
    tensor_parallel=1,
    pipeline_parallel=1,
):
    """Memory of one device in training, by part, in bytes.

    Parameters
    ----------
    n_parameters : int
        Parameters of the whole model, all trained.
    activations : float
        Bytes of activations on this device, as :func:`activation_bytes` gives them: it is told of tensor parallelism
        too. The other layouts do not divide them.
    bytes_weight, bytes_gradient, bytes_optimizer : float
        Bytes for each parameter. In float32 with Adam 4, 4 and 8 (two moments). In mixed precision 2, 2 and 12, for a
        float32 copy of the weight stands with the moments.
    data_parallel, tensor_parallel, pipeline_parallel : int
        Number of devices along each axis. Data parallelism by itself divides nothing but the batch.
    sharded : str
        What data-parallel devices divide among themselves: "none", "optimizer", "gradients" (and the optimiser), or
        "parameters" (all three).

    Returns
    -------
    dict of str to float
        "weights", "gradients", "optimizer", "activations".

    Raises
    ------
    ValueError
        If a quantity is out of bounds or `sharded` is unknown.

    References
    ----------
    Rajbhandari et al. (2020), "ZeRO: memory optimizations toward training trillion parameter models"; Narayanan et al.
    (2021), "Efficient large-scale language model training on GPU clusters using Megatron-LM".
    """
    hint = "give the number itself: 7e9, not 7 billion as 7"
    n_parameters = quantity("n_parameters", n_parameters, least=1e3, hint=hint)
    activations = quantity("activations", activations, least=0, hint="give bytes")
    data_parallel, tensor_parallel, pipeline_parallel = whole_numbers(
        data_parallel=data_parallel, tensor_parallel=tensor_parallel, pipeline_parallel=pipeline_parallel
    )
    if sharded not in SHARDED:
        raise ValueError(f"sharded is {sharded!r}, but must be one of: {', '.join(SHARDED)}")
    whole = {"weights": bytes_weight, "gradients": bytes_gradient, "optimizer": bytes_optimizer}
    parts = {}
    for part, each in whole.items():
        most = 64 if part == "optimizer" else 8  # copies and moments may be many, a number is a number
        each = quantity(f"bytes for {part}", each, least=0, most=most, hint="give bytes, not bits")
        divided = data_parallel if part in SHARDED[sharded] else 1
        parts[part] = n_parameters * each / (tensor_parallel * pipeline_parallel * divided)
    # a full pipeline has as many micro-batches under way as stages: it divides no activations
    return parts | {"activations": activations}


def activation_bytes(
    *,
    n_layers,
    d_model,
    d_ff,
    vocab_size,
    n_tokens,
    d_kv=None,
    bytes_number=4,
    gated=False,
    checkpointing=False,
    tensor_parallel=1,
    sequence_parallel=False,
):
    """Bytes that one forward pass keeps for the backward pass, without dropout and with a fused attention.

    Each layer keeps, for each token, eight vectors of `d_model` (input and output of two norms; queries, keys, values;
    the output of attention) and two of `d_ff` (before and after the activation). At the end come input and output of
    the last norm, and a log-probability for each entry of the vocabulary.

    Parameters
    ----------
    n_layers, d_model, d_ff, vocab_size : int
        Of a decoder such as GPT-2.
    n_tokens : int
        Tokens in the batch of one device: sequences times length.
    d_kv : int, optional
        Features of all keys of a token; less than `d_model` (the default) with grouped queries.
    bytes_number : float
        4 in float32, 2 in bfloat16 (the log-probabilities stay in float32).
    gated : bool
        Llama's layer: four vectors of `d_ff`, since two projections are multiplied, and one more of `d_model` for each
        norm, which is not fused and computes in float32: one of its three vectors has 4 bytes a number.
    checkpointing : bool
        Whether only the input of each layer is kept and its inside computed again, one layer at a time.
    tensor_parallel : int
        Devices that share every matrix. They divide what lies between two cut matrices: queries, keys, values and the
        output of attention, the vectors of `d_ff`, and the log-probabilities (if the head is cut by words). Inputs and
        outputs of the norms stand on every device.
    sequence_parallel : bool
        Whether these devices divide the norms' inputs and outputs as well, by tokens.

    Raises
    ------
    ValueError
        If a quantity is out of bounds.

    References
    ----------
    Korthikanti et al. (2022), "Reducing activation recomputation in large transformer models", count in the same way
    for attention that keeps its weights, and say what tensor and sequence parallelism divide.
    """
    n_layers, d_model, d_ff, vocab_size, n_tokens, d_kv = whole_numbers(
        n_layers=n_layers,
        d_model=d_model,
        d_ff=d_ff,
        vocab_size=vocab_size,
        n_tokens=n_tokens,
        d_kv=d_model if d_kv is None else d_kv,
    )
    flags(gated=gated, checkpointing=checkpointing, sequence_parallel=sequence_parallel)
    bytes_number = quantity("bytes_number", bytes_number, least=0.5, most=8, hint="give bytes, not bits")
    (tensor_parallel,) = whole_numbers(tensor_parallel=tensor_parallel)
    by_tokens = tensor_parallel if sequence_parallel else 1  # what divides the norms
    norm = d_model * (2 * bytes_number + (4 if gated else 0)) / by_tokens
    inside = 2 * d_model + 2 * d_kv + (4 if gated else 2) * d_ff  # between cut matrices
    layer = n_tokens * (2 * norm + inside * bytes_number / tensor_parallel)
    end = n_tokens * (norm + 4 * vocab_size / tensor_parallel)
    if checkpointing:
        inputs = n_layers * n_tokens * d_model * bytes_number / by_tokens
        return inputs + layer + end
    return n_layers * layer + end


def cache_bytes(*, n_layers, n_kv_heads, d_head, n_tokens, n_sequences=1, bytes_number=2):
    """Bytes of the cached keys and values: two vectors for each token, layer and key–value head.

    Raises
    ------
    ValueError
        If a quantity is out of bounds.
    """
    n_layers, n_kv_heads, d_head, n_tokens, n_sequences = whole_numbers(
        n_layers=n_layers, n_kv_heads=n_kv_heads, d_head=d_head, n_tokens=n_tokens, n_sequences=n_sequences
    )
    bytes_number = quantity("bytes_number", bytes_number, least=0.25, most=8, hint="give bytes, not bits")
    return 2 * n_layers * n_kv_heads * d_head * n_tokens * n_sequences * bytes_number
