"""Open a model file in a fresh process, in the way named: everything, weights only, or as
safetensors."""

import sys

import torch
from safetensors.torch import load_file

way, name = sys.argv[1:]
try:
    if way == "safetensors":
        weights = load_file(name)
    else:
        weights = torch.load(name, weights_only=way == "weights-only")
    print("weights read:", weights["weight"].flatten().tolist())
except Exception as error:
    print(f"{type(error).__name__}: {error}")
