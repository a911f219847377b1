"""How fast rotary positions turn, and how published models slow them down for longer texts."""

import math
from dataclasses import dataclass

import torch

KINDS = ("linear", "llama3", "yarn")


@dataclass(frozen=True)
class RotaryScaling:
    """A published way to slow rotary positions, with its numbers; the names are those of configuration files."""

    kind: str  # one of KINDS
    factor: float  # how much longer the texts are than those of pre-training
    original_length: int = 0  # tokens of a text in pre-training
    low_freq_factor: float = 1.0  # llama3
    high_freq_factor: float = 4.0  # llama3
    beta_fast: float = 32.0  # yarn
    beta_slow: float = 1.0  # yarn
    truncate: bool = True  # yarn: whole numbers of pairs at the ends of its ramp
    attention_factor: float = 1.0  # yarn: cosine and sine are multiplied by it

    def __post_init__(self):
        if self.kind not in KINDS:
            raise ValueError(f"kind is {self.kind!r}; known are: {', '.join(KINDS)}")
        if not 1 <= self.factor < math.inf:
            raise ValueError(f"factor must be a number of at least 1, but is {self.factor}")
        if self.kind != "linear" and self.original_length < 1:
            raise ValueError(
                f"{self.kind} needs the length of pre-training, but original_length is {self.original_length}"
            )
        low, high = self.low_freq_factor, self.high_freq_factor
        if self.kind == "llama3" and not 0 < low < high:
            raise ValueError(
                f"high_freq_factor must be above low_freq_factor, and both above 0, but they are {high}, {low}"
            )
        slow, fast = self.beta_slow, self.beta_fast
        if self.kind == "yarn" and not 0 < slow <= fast:
            raise ValueError(f"beta_fast must be at least beta_slow, and both above 0, but they are {fast} and {slow}")


def speeds_of(base, d_head, scaling=None):
    """Radians a token by which each pair of features turns.

    Parameters
    ----------
    base : float
        Pair i turns base^(−2i / d_head) a token.
    d_head : int
        Features of a head, even.
    scaling : RotaryScaling, optional
        *linear* divides all speeds by the factor; *llama3* only those whose turn is longer than the texts of
        pre-training, with a smooth transition; *yarn* those that turned less than `beta_slow` times within them,
        with a linear ramp over the pairs up to `beta_fast` times.

    Returns
    -------
    torch.Tensor of float32, shape (d_head / 2,)

    References
    ----------
    Su et al. (2021), "RoFormer"; Chen et al. (2023), "Extending Context Window of Large Language Models via
    Positional Interpolation"; Peng et al. (2023), "YaRN"; Llama 3.1's published code (2024).
    """
    speeds = 1.0 / base ** (torch.arange(0, d_head, 2).float() / d_head)
    if scaling is None:
        return speeds
    slow = speeds / scaling.factor
    if scaling.kind == "linear":
        return slow
    if scaling.kind == "llama3":
        turns = scaling.original_length * speeds / (2 * math.pi)  # within a text of pre-training
        low, high = scaling.low_freq_factor, scaling.high_freq_factor
        kept = ((turns - low) / (high - low)).clamp(0, 1)
    else:
        ends = [_pair_that_turns(n, base, d_head, scaling) for n in (scaling.beta_fast, scaling.beta_slow)]
        if scaling.truncate:
            ends = [math.floor(ends[0]), math.ceil(ends[1])]
        first, last = max(ends[0], 0), min(ends[1], d_head - 1)
        ramp = (torch.arange(d_head // 2).float() - first) / max(last - first, 1e-3)
        kept = 1 - ramp.clamp(0, 1)
    return kept * speeds + (1 - kept) * slow


def _pair_that_turns(n_turns, base, d_head, scaling):
    """Index, not whole, of the pair that turns so often within a text of pre-training."""
    return d_head * math.log(scaling.original_length / (n_turns * 2 * math.pi)) / (2 * math.log(base))
