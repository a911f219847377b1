"""How many parameters a model has, from its configuration alone."""


def count_parameters(config):
    """Number of parameters by part, for the usual model of a family: nothing is built and nothing downloaded.

    Parameters
    ----------
    config : transformers.PretrainedConfig
        Of the family BERT (``BertModel``), GPT-2 (``GPT2LMHeadModel``), Llama (``LlamaForCausalLM``), Mixtral
        (``MixtralForCausalLM``) or T5 (``T5ForConditionalGeneration``).

    Returns
    -------
    dict of str to int
        "embeddings", "attention", "feed_forward", "norms" and "head"; their sum is the whole. A head that shares
        its weights with the embeddings counts nothing.

    Raises
    ------
    ValueError
        If the family is another one; the message lists those known.
    """
    family = getattr(config, "model_type", None)
    if family not in RULES:
        raise ValueError(f"the parameters of a {family!r} model are not known here; known are: {', '.join(RULES)}")
    if getattr(config, "add_cross_attention", False):
        raise ValueError(f"a {family} model with add_cross_attention is not counted here: leave that setting out")
    return RULES[family](config)


def active_parameters(config):
    """Number of parameters by part that one token passes through: all but the experts that its router leaves out.

    Memory holds all parameters, :func:`count_parameters`; the operations for a token follow these.

    Parameters
    ----------
    config : transformers.PretrainedConfig
        Of a family that :func:`count_parameters` knows. Only Mixtral has experts: of its ``num_local_experts`` a token
        passes through ``num_experts_per_tok``.

    Returns
    -------
    dict of str to int
        The same parts as of :func:`count_parameters`.

    Raises
    ------
    ValueError
        If the family is another one, or a token should pass through more experts than there are.

    References
    ----------
    Jiang et al. (2024), "Mixtral of experts".
    """
    parts = count_parameters(config)
    if config.model_type != "mixtral":
        return parts
    idle = config.num_local_experts - config.num_experts_per_tok
    if idle < 0:
        raise ValueError(
            f"a token cannot pass through {config.num_experts_per_tok} of {config.num_local_experts} experts"
        )
    expert = 3 * config.hidden_size * config.intermediate_size
    left_out = config.num_hidden_layers * idle * expert
    return parts | {"feed_forward": parts["feed_forward"] - left_out}


def _linear(n_in, n_out, bias=True):
    return n_in * n_out + n_out * bias


def _bert(c):
    d, f = c.hidden_size, c.intermediate_size
    return {
        "embeddings": (c.vocab_size + c.max_position_embeddings + c.type_vocab_size) * d,
        "attention": c.num_hidden_layers * 4 * _linear(d, d),
        "feed_forward": c.num_hidden_layers * (_linear(d, f) + _linear(f, d)),
        "norms": (2 * c.num_hidden_layers + 1) * 2 * d,
        "head": _linear(d, d),  # the pooler
    }


def _gpt2(c):
    d, f = c.n_embd, c.n_inner or 4 * c.n_embd
    return {
        "embeddings": (c.vocab_size + c.n_positions) * d,
        "attention": c.n_layer * (_linear(d, 3 * d) + _linear(d, d)),
        "feed_forward": c.n_layer * (_linear(d, f) + _linear(f, d)),
        "norms": (2 * c.n_layer + 1) * 2 * d,
        "head": 0 if c.tie_word_embeddings else c.vocab_size * d,
    }


def _llama(c):
    d, f = c.hidden_size, c.intermediate_size
    d_queries, d_keys = c.num_attention_heads * c.head_dim, c.num_key_value_heads * c.head_dim
    one = (
        _linear(d, d_queries, c.attention_bias)
        + 2 * _linear(d, d_keys, c.attention_bias)
        + _linear(d_queries, d, c.attention_bias)
    )
    feed_forward = 2 * _linear(d, f, c.mlp_bias) + _linear(f, d, c.mlp_bias)
    return {
        "embeddings": c.vocab_size * d,
        "attention": c.num_hidden_layers * one,
        "feed_forward": c.num_hidden_layers * feed_forward,
        "norms": (2 * c.num_hidden_layers + 1) * d,
        "head": 0 if c.tie_word_embeddings else c.vocab_size * d,
    }


def _mixtral(c):
    d, f, n_experts = c.hidden_size, c.intermediate_size, c.num_local_experts
    d_head = getattr(c, "head_dim", None) or d // c.num_attention_heads
    d_queries, d_keys = c.num_attention_heads * d_head, c.num_key_value_heads * d_head
    router = d * n_experts
    return {
        "embeddings": c.vocab_size * d,
        "attention": c.num_hidden_layers * (2 * d * d_queries + 2 * d * d_keys),
        "feed_forward": c.num_hidden_layers * (n_experts * 3 * d * f + router),
        "norms": (2 * c.num_hidden_layers + 1) * d,
        "head": 0 if c.tie_word_embeddings else c.vocab_size * d,
    }


def _t5(c):
    d, f, inner = c.d_model, c.d_ff, c.num_heads * c.d_kv
    n_encoder, n_decoder = c.num_layers, c.num_decoder_layers
    attention = 4 * d * inner
    relative = 2 * c.relative_attention_num_buckets * c.num_heads  # in the first layer of each side
    return {
        "embeddings": c.vocab_size * d,
        "attention": (n_encoder + 2 * n_decoder) * attention + relative,
        "feed_forward": (n_encoder + n_decoder) * (3 if c.is_gated_act else 2) * d * f,
        "norms": (2 * n_encoder + 3 * n_decoder + 2) * d,
        "head": 0 if _t5_is_tied(c) else c.vocab_size * d,
    }


def _t5_is_tied(c):
    """Whether the published model has no output matrix of its own: Transformers 5 calls every T5 tied, but those that
    do not scale what comes out (T5 1.1, Flan-T5) were published with one."""
    return c.tie_word_embeddings and getattr(c, "scale_decoder_outputs", True)


RULES = {"bert": _bert, "gpt2": _gpt2, "llama": _llama, "mixtral": _mixtral, "t5": _t5}  # one for each family
