"""A Transformer: encoder, decoder, or both, with the parts that published models choose from.

The chapter *The whole Transformer* builds it piece by piece; a test proves that its code and this are the same.
`utils.checkpoints` puts published weights into it.
"""

import math
from dataclasses import dataclass, fields
from functools import partial
from numbers import Integral, Real

import torch
import torch.nn.functional as F
from torch import nn

from utils.rotary import RotaryScaling, speeds_of

ACTIVATIONS = {
    "relu": F.relu,
    "gelu": F.gelu,
    "gelu_tanh": lambda x: F.gelu(x, approximate="tanh"),
    "silu": F.silu,
}
CHOICES = {
    "positions": ("learned", "rotary", "relative", "none"),
    "norm": ("layer", "rms"),
    "activation": tuple(ACTIVATIONS),
}
COUNTS = ("vocab_size", "d_model", "n_layers", "n_heads", "d_ff", "max_length", "head_width")
LEAST = dict.fromkeys(COUNTS, 1) | {"n_kv_heads": 0, "n_segments": 0, "eps": 0, "rotary_base": 2}


@dataclass(frozen=True)
class TransformerConfig:
    """Sizes and choices of one stack of layers."""

    vocab_size: int
    d_model: int
    n_layers: int
    n_heads: int
    d_ff: int
    n_kv_heads: int = 0  # 0: as many as heads; fewer: grouped queries
    d_head: int = 0  # 0: d_model / n_heads
    max_length: int = 512
    causal: bool = True
    cross: bool = False  # True: each layer also attends to a memory
    positions: str = "learned"
    rotary_base: float = 10_000.0
    rotary_scaling: RotaryScaling | None = None  # for texts longer than those of pre-training
    n_buckets: int = 32  # of relative positions
    max_distance: int = 128  # from here on all relative positions share a bucket
    n_segments: int = 0  # segment embeddings, as BERT has them
    norm: str = "layer"
    norm_first: bool = True  # False: after each sum, as in the original
    norm_embeddings: bool = False
    eps: float = 1e-5
    activation: str = "gelu"
    gated: bool = False
    bias: bool = True
    scaled: bool = True  # scores divided by the root of d_head
    tied: bool = True  # the output matrix is the table of embeddings
    output_scale: float = 1.0

    def __post_init__(self):
        check_fields(self)
        for name, known in CHOICES.items():
            if getattr(self, name) not in known:
                raise ValueError(f"{name} is {getattr(self, name)!r}; known are: {', '.join(known)}")
        if self.n_heads % self.key_heads:
            raise ValueError(f"{self.n_heads} heads cannot share {self.key_heads} key heads evenly")
        if not self.d_head and self.d_model % self.n_heads:
            raise ValueError(f"d_model {self.d_model} is no multiple of {self.n_heads} heads: say d_head")
        if self.positions == "rotary" and self.head_width % 2:
            raise ValueError(f"rotary positions turn pairs of features, but d_head is {self.head_width}")
        n_exact = self.n_buckets // (2 if self.causal else 4)  # distances with a bucket of their own
        if self.positions == "relative" and not 1 <= n_exact < self.max_distance:
            raise ValueError(
                f"n_buckets is {self.n_buckets} and max_distance {self.max_distance}: buckets of their own for "
                f"{n_exact} distances, which must be at least 1 and fewer than max_distance"
            )

    @property
    def key_heads(self):
        """Number of sets of keys and values."""
        return self.n_kv_heads or self.n_heads

    @property
    def head_width(self):
        """Features of a query, and of a key."""
        return self.d_head or self.d_model // self.n_heads


def check_fields(config):
    """Raise ValueError with a reason if a field of a configuration has another type than its own, or is too small."""
    for field in fields(config):
        value, wanted = getattr(config, field.name), {int: Integral, float: Real}.get(field.type, field.type)
        if not isinstance(value, wanted) or (isinstance(value, bool) and field.type is not bool):  # "false" is true
            kind = getattr(field.type, "__name__", field.type)
            raise ValueError(f"{field.name} is {value!r}, but must be of type {kind}")
    for name, least in LEAST.items():
        if not getattr(config, name) >= least:  # also where it is not a number
            raise ValueError(f"{name} must be at least {least}, but is {getattr(config, name)}")


class RMSNorm(nn.Module):
    """Each row divided by the root of its mean square, times a learned weight."""

    def __init__(self, width, eps):
        super().__init__()
        self.eps, self.weight = eps, nn.Parameter(torch.ones(width))

    def forward(self, x):
        wide = x.to(torch.promote_types(x.dtype, torch.float32))  # squares of 16 bits are too coarse
        wide = wide * torch.rsqrt(wide.pow(2).mean(-1, keepdim=True) + self.eps)
        return self.weight * wide.to(x.dtype)


def norm_of(config):
    """The normalisation that a configuration asks for."""
    kind = {"layer": nn.LayerNorm, "rms": RMSNorm}[config.norm]
    return kind(config.d_model, eps=config.eps)


class FeedForward(nn.Module):
    """Widen, activate, narrow, each token by itself; gated: one half of the wide vector scales the other."""

    def __init__(self, config):
        super().__init__()
        self.activation, self.gated = ACTIVATIONS[config.activation], config.gated
        n_wide = 2 * config.d_ff if config.gated else config.d_ff
        self.up = nn.Linear(config.d_model, n_wide, bias=config.bias)
        self.down = nn.Linear(config.d_ff, config.d_model, bias=config.bias)

    def forward(self, x):
        wide = self.up(x)  # (batch, token, d_ff), or twice as wide
        if self.gated:
            gate, value = wide.chunk(2, -1)
            return self.down(self.activation(gate) * value)
        return self.down(self.activation(wide))  # (batch, token, d_model)


def rotate(x, cos, sin):
    """Queries or keys turned by their positions; features i and i + d_head / 2 are a pair."""
    a, b = x.chunk(2, -1)
    return torch.cat([a * cos - b * sin, b * cos + a * sin], -1)


class Attention(nn.Module):
    """Multi-head attention of tokens to themselves, or to a memory; a cache holds keys and values of earlier ones."""

    def __init__(self, config, layer=0):
        super().__init__()
        self.layer, self.d_head = layer, config.head_width
        self.n_heads, self.n_kv_heads = config.n_heads, config.key_heads
        self.scale = self.d_head**-0.5 if config.scaled else 1.0
        d_query, d_key = self.n_heads * self.d_head, self.n_kv_heads * self.d_head
        self.query = nn.Linear(config.d_model, d_query, bias=config.bias)
        self.key_value = nn.Linear(config.d_model, 2 * d_key, bias=config.bias)
        self.out = nn.Linear(d_query, config.d_model, bias=config.bias)

    def forward(self, x, mask=None, is_causal=False, rotation=None, memory=None, cache=None):
        source = x if memory is None else memory
        q = self.query(x).unflatten(-1, (-1, self.d_head)).transpose(1, 2)  # (batch, head, token, d_head)
        kv = self.key_value(source).unflatten(-1, (-1, self.d_head)).transpose(1, 2)
        k, v = kv.chunk(2, 1)  # (batch, key head, token, d_head)
        if rotation is not None:
            q, k = rotate(q, *rotation), rotate(k, *rotation)
        if cache is not None:
            k, v = cache.update(self.layer, k, v)
        grouped = self.n_kv_heads < self.n_heads
        y = F.scaled_dot_product_attention(q, k, v, mask, is_causal=is_causal, scale=self.scale, enable_gqa=grouped)
        return self.out(y.transpose(1, 2).flatten(2))  # (batch, token, d_model)


class Block(nn.Module):
    """One layer: attention, perhaps attention to a memory, feed-forward; each in a residual sum."""

    def __init__(self, config, layer=0):
        super().__init__()
        self.norm_first = config.norm_first
        self.attention, self.attention_norm = Attention(config, layer), norm_of(config)
        if config.cross:
            self.cross, self.cross_norm = Attention(config), norm_of(config)
        self.feed_forward, self.feed_forward_norm = FeedForward(config), norm_of(config)

    def add(self, x, norm, part):
        """x + part(norm(x)), or norm(x + part(x)) where the norm comes last."""
        return x + part(norm(x)) if self.norm_first else norm(x + part(x))

    def forward(self, x, mask=None, is_causal=False, rotation=None, memory=None, memory_mask=None, cache=None):
        attend = partial(self.attention, mask=mask, is_causal=is_causal, rotation=rotation, cache=cache)
        x = self.add(x, self.attention_norm, attend)
        if memory is not None:
            x = self.add(x, self.cross_norm, partial(self.cross, mask=memory_mask, memory=memory))
        return self.add(x, self.feed_forward_norm, self.feed_forward)


class Embeddings(nn.Module):
    """A vector for each token id; learned positions and segments are added where a model has them."""

    def __init__(self, config):
        super().__init__()
        self.token = nn.Embedding(config.vocab_size, config.d_model)
        self.position = self.segment = self.norm = None
        if config.positions == "learned":
            self.position = nn.Embedding(config.max_length, config.d_model)
        if config.n_segments:
            self.segment = nn.Embedding(config.n_segments, config.d_model)
        if config.norm_embeddings:
            self.norm = norm_of(config)

    def forward(self, ids, positions, segments=None):
        x = self.token(ids)  # (batch, token, d_model)
        if self.segment:
            x = x + (self.segment.weight[0] if segments is None else self.segment(segments))
        if self.position:
            x = x + self.position(positions)
        return self.norm(x) if self.norm else x


def rotation_of(positions, config, dtype):
    """Cosine and sine of the angle of each pair of features at each position: (…, 1, token, d_head / 2)."""
    speeds = speeds_of(config.rotary_base, config.head_width, config.rotary_scaling).to(positions.device)
    angles = (positions[..., None].float() * speeds).unsqueeze(-3)  # in float32, as models are trained
    size = config.rotary_scaling.attention_factor if config.rotary_scaling else 1.0
    return (size * angles.cos()).to(dtype), (size * angles.sin()).to(dtype)


def buckets_of(n_tokens, n_keys, config, device):
    """T5's bucket for each query and key: a distance of its own when near, ever coarser when far."""
    queries = torch.arange(n_keys - n_tokens, n_keys, device=device)[:, None]
    distance = queries - torch.arange(n_keys, device=device)  # positive: the key lies before
    n_buckets, first = config.n_buckets, 0
    if config.causal:
        distance = distance.clamp(min=0)
    else:
        n_buckets //= 2
        first = (distance < 0) * n_buckets
        distance = distance.abs()
    n_exact = n_buckets // 2
    ratio = math.log(config.max_distance / n_exact)
    coarse = torch.log(distance.clamp(min=1).float() / n_exact) / ratio * (n_buckets - n_exact)
    coarse = (n_exact + coarse.long()).clamp(max=n_buckets - 1)
    return first + torch.where(distance < n_exact, distance, coarse)


def visible_of(attention_mask, n_tokens, n_keys, causal, device):
    """What each query may see, true for yes: (token, key), or (batch, 1, token, key) with padding."""
    visible = torch.ones(n_tokens, n_keys, dtype=torch.bool, device=device)
    if causal:
        visible = visible.tril(n_keys - n_tokens)
    if attention_mask is not None:
        visible = visible & attention_mask.bool()[:, None, None]
        visible = visible | ~visible.any(-1, keepdim=True)  # a softmax over nothing is undefined: padding sees all
    return visible


class Cache:
    """Keys and values of every layer for up to `max_tokens` tokens, filled from the left; `n_tokens` are in it."""

    def __init__(self, config, n_sequences, max_tokens, like):
        shape = (config.n_layers, 2, n_sequences, config.key_heads, max_tokens, config.head_width)
        self.storage, self.n_tokens, self.masked = like.new_empty(shape), 0, False
        self.n_sequences, self.max_tokens = n_sequences, max_tokens

    def update(self, layer, k, v):
        """Add a layer's new keys and values; all so far come back, each (sequence, key head, token, d_head)."""
        if k.dtype != self.storage.dtype:
            raise ValueError(f"the cache holds {self.storage.dtype}, but the model computes in {k.dtype}")
        stop = self.n_tokens + k.shape[2]
        keys, values = self.storage[layer]
        keys[:, :, self.n_tokens : stop], values[:, :, self.n_tokens : stop] = k, v
        return keys[:, :, :stop], values[:, :, :stop]


def initialise(model, config):
    """Small normal weights; before a sum smaller still, as in GPT-2; biases zero.

    √(2 / 5d) (Nguyen and Salazar, 2019) is about GPT-2's 0.02 at GPT-2's width. The
    matrices before a sum are divided by the root of the number of sums.
    """
    std = math.sqrt(0.4 / config.d_model)
    n_sums = config.n_layers * (3 if config.cross else 2)
    for name, weight in model.named_parameters():
        if name.endswith(".bias"):
            nn.init.zeros_(weight)
        elif name.endswith((".out.weight", ".down.weight")) and config.norm_first:
            nn.init.normal_(weight, std=std / math.sqrt(n_sums))
        elif name.endswith(".query.weight") and not config.scaled:
            nn.init.normal_(weight, std=std / math.sqrt(config.head_width))
        elif weight.ndim == 2:
            nn.init.normal_(weight, std=std)


class Transformer(nn.Module):
    """A stack of layers on embeddings: token ids to hidden states, hidden states to logits."""

    def __init__(self, config):
        super().__init__()
        self.config = config
        self.embed = Embeddings(config)
        self.blocks = nn.ModuleList(Block(config, layer) for layer in range(config.n_layers))
        self.final_norm = norm_of(config) if config.norm_first else nn.Identity()
        if config.positions == "relative":
            self.relative = nn.Embedding(config.n_buckets, config.n_heads)
        if not config.tied:
            self.output = nn.Linear(config.d_model, config.vocab_size, bias=False)
        initialise(self, config)

    def forward(self, ids, attention_mask=None, segments=None, memory=None, memory_mask=None, cache=None):
        """Hidden states of token ids.

        Parameters
        ----------
        ids : torch.Tensor of int64, shape (batch, token)
        attention_mask : torch.Tensor, shape (batch, token), optional
            1 for tokens, 0 for padding; with a cache, for all tokens so far. In a causal
            model padding does not count as a position, so it may stand on the left.
        segments : torch.Tensor of int64, shape (batch, token), optional
            Segment of each token; all 0 if left out.
        memory : torch.Tensor, shape (batch, memory token, d_model), optional
            What the layers of a decoder attend to besides.
        memory_mask : torch.Tensor, shape (batch, memory token), optional
            1 for tokens of the memory, 0 for padding.
        cache : Cache, optional
            Keys and values of the tokens before; those of `ids` are added.

        Returns
        -------
        torch.Tensor, shape (batch, token, d_model)

        Raises
        ------
        ValueError
            If a shape is wrong, an id is out of range, a mask holds anything but 0 and 1, the
            sequence is too long, or an argument is given that this configuration has no use for.
        """
        check_input(self.config, ids, attention_mask, segments, memory, memory_mask, cache)
        n_before = cache.n_tokens if cache else 0
        n_keys = n_before + ids.shape[1]
        positions = torch.arange(n_before, n_keys, device=ids.device)
        if attention_mask is not None and self.config.causal:
            positions = (attention_mask.long().cumsum(1) - 1).clamp(min=0)[:, n_before:]
        x = self.embed(ids, positions, segments)
        mask, is_causal = self.mask(attention_mask, ids.shape[1], n_keys, x)
        rotary = self.config.positions == "rotary"
        rotation = rotation_of(positions, self.config, x.dtype) if rotary else None
        if memory_mask is not None:
            memory_mask = memory_mask.bool()[:, None, None]  # (batch, 1, 1, memory token)
        for block in self.blocks:
            x = block(x, mask, is_causal, rotation, memory, memory_mask, cache)
        if cache:
            cache.n_tokens, cache.masked = n_keys, attention_mask is not None
        return self.final_norm(x)

    def mask(self, attention_mask, n_tokens, n_keys, x):
        """The mask as PyTorch's attention takes it, and `is_causal`, which stands for a plain causal mask."""
        causal = self.config.causal and n_tokens > 1
        if self.config.positions == "relative":
            visible = visible_of(attention_mask, n_tokens, n_keys, causal, x.device)
            bias = self.relative(buckets_of(n_tokens, n_keys, self.config, x.device))
            return bias.permute(2, 0, 1).masked_fill(~visible, torch.finfo(x.dtype).min), False
        if attention_mask is None and (not causal or n_tokens == n_keys):
            return None, causal
        return visible_of(attention_mask, n_tokens, n_keys, causal, x.device), False

    def logits(self, hidden):
        """Logits over the vocabulary, from hidden states: (…, d_model) to (…, vocab_size)."""
        output = self.embed.token if self.config.tied else self.output
        return F.linear(hidden * self.config.output_scale, output.weight)


def check_mask(name, mask, shape):
    """Raise ValueError with a reason unless a mask has this shape and holds 0 and 1 only."""
    if tuple(mask.shape) != tuple(shape):
        raise ValueError(f"{name} has shape {tuple(mask.shape)}, expected {tuple(shape)}")
    if mask.device.type == "cpu" and not ((mask == 0) | (mask == 1)).all():
        raise ValueError(f"{name} must be 1 for tokens and 0 for padding, but runs from {mask.min()} to {mask.max()}")


def check_ids(name, ids, n_known):
    """Raise ValueError with a reason unless these are whole numbers from 0 to `n_known` - 1."""
    if ids.ndim != 2 or ids.dtype not in (torch.int64, torch.int32):
        raise ValueError(f"{name} must be whole numbers of shape (batch, token), not {ids.dtype} {tuple(ids.shape)}")
    on_cpu = ids.device.type == "cpu"  # elsewhere to look at the ids would be to wait for the device at every step
    if on_cpu and ids.numel() and (ids.min() < 0 or ids.max() >= n_known):
        raise ValueError(f"{name} run from {ids.min()} to {ids.max()}, but this model's from 0 to {n_known - 1}")


def check_input(config, ids, attention_mask, segments, memory, memory_mask, cache):
    """Raise ValueError with a reason if a Transformer of this configuration cannot take these arguments."""
    check_ids("ids", ids, config.vocab_size)
    shape = (len(ids), ids.shape[1] + (cache.n_tokens if cache else 0))
    if shape[1] > config.max_length:
        raise ValueError(f"{shape[1]} tokens are too many: this model takes at most {config.max_length}")
    if cache:
        check_cache(config, cache, shape)
        if attention_mask is None and cache.masked:
            raise ValueError("what is in the cache came with an attention_mask: give it again, for all tokens so far")
    if attention_mask is not None:
        check_mask("attention_mask", attention_mask, shape)
    if segments is not None:
        if not config.n_segments:
            raise ValueError("segments were given, but this model has no embeddings of segments (n_segments is 0)")
        check_ids("segments", segments, config.n_segments)
        if segments.shape != ids.shape:
            raise ValueError(f"segments have shape {tuple(segments.shape)}, expected {tuple(ids.shape)}")
    check_memory(config, memory, memory_mask, len(ids))


def check_memory(config, memory, memory_mask, n_sequences):
    """Raise ValueError with a reason unless layers of this configuration can attend to this memory, or to none."""
    if config.cross != (memory is not None):
        raise ValueError("a memory is needed exactly where the layers attend to one (cross)")
    if memory is not None and (memory.ndim != 3 or memory.shape[::2] != (n_sequences, config.d_model)):
        raise ValueError(f"memory has shape {tuple(memory.shape)}, expected ({n_sequences}, token, {config.d_model})")
    if memory_mask is not None:
        if memory is None:
            raise ValueError("memory_mask was given without a memory")
        check_mask("memory_mask", memory_mask, memory.shape[:2])


def check_cache(config, cache, shape):
    """Raise ValueError with a reason unless this cache can take sequences and tokens of this shape."""
    made_for = tuple(cache.storage.shape[i] for i in (0, 3, 5))
    wanted = (config.n_layers, config.key_heads, config.head_width)
    if made_for != wanted:
        raise ValueError(f"the cache was made for (layers, key heads, d_head) {made_for}, but the model has {wanted}")
    if not config.causal:
        raise ValueError("a cache is for causal models: here earlier tokens attend to later ones")
    if shape[0] != cache.n_sequences:
        raise ValueError(f"ids have {shape[0]} sequences, but the cache is one for {cache.n_sequences}")
    if shape[1] > cache.max_tokens:
        raise ValueError(f"{shape[1]} tokens are too many for a cache with room for {cache.max_tokens}")
    if torch.is_grad_enabled():
        raise ValueError("a cache holds no gradients: write within torch.no_grad(), or train without a cache")


class EncoderDecoder(nn.Module):
    """An encoder that reads and a decoder that writes and attends to it; one table of embeddings."""

    def __init__(self, encoder_config, decoder_config):
        super().__init__()
        tables = [(config.vocab_size, config.d_model) for config in (encoder_config, decoder_config)]
        if tables[0] != tables[1]:
            raise ValueError(f"encoder and decoder share one table (vocab_size, d_model), but theirs are {tables}")
        self.encoder, self.decoder = Transformer(encoder_config), Transformer(decoder_config)
        self.decoder.embed.token = self.encoder.embed.token

    def forward(self, ids, decoder_ids, attention_mask=None):
        """Hidden states of the decoder, (batch, decoder token, d_model)."""
        memory = self.encoder(ids, attention_mask)
        return self.decoder(decoder_ids, memory=memory, memory_mask=attention_mask)

    def logits(self, hidden):
        """Logits over the vocabulary, from hidden states of the decoder."""
        return self.decoder.logits(hidden)


@torch.no_grad()
def generate(model, ids, n_new, attention_mask=None):
    """The most probable next token, `n_new` times: ids of the new tokens, (batch, n_new).

    `ids` have shape (batch, token); prompts of unlike length are padded on the left,
    with an `attention_mask`. Keys and values of earlier tokens are kept in a cache.
    Raises ValueError for a model that cannot write, and for prompts or an `n_new` that
    it cannot take.
    """
    config = getattr(model, "config", None)  # an encoder–decoder has two
    if config is None or not config.causal:
        raise ValueError("only a causal Transformer writes token after token; this model is another kind")
    check_ids("ids", ids, config.vocab_size)
    most = config.max_length + 1 - ids.shape[1]  # the last one is not read
    if not ids.shape[1] or not 0 <= n_new <= most:
        raise ValueError(
            f"a prompt of {ids.shape[1]} tokens cannot be continued by {n_new}: it needs at least 1, and 0 to {most} "
            "may follow"
        )
    if attention_mask is not None:
        check_mask("attention_mask", attention_mask, ids.shape)
        if not attention_mask[:, -1].all():
            raise ValueError("attention_mask ends in 0: prompts must be padded on the left, since the end is continued")
    cache = Cache(config, len(ids), ids.shape[1] + n_new, like=model.embed.token.weight)
    new = ids.new_empty(len(ids), n_new)
    for i in range(n_new):
        hidden = model(ids, attention_mask, cache=cache)
        ids = new[:, i : i + 1] = model.logits(hidden[:, -1:]).argmax(-1)
        if attention_mask is not None:
            attention_mask = F.pad(attention_mask, (0, 1), value=1)
    return new
