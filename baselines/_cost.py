"""What a network costs: its parameters, and its multiply-accumulates on an input."""

from copy import deepcopy

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode


def count_parameters(network: nn.Module) -> int:
    """Return the number of learnable numbers in the network."""
    return sum(p.numel() for p in network.parameters() if p.requires_grad)


def count_macs(network: nn.Module, shape: tuple[int, ...]) -> int:
    """Return the multiply-accumulates of one forward pass on an input of that shape.

    Convolutions and matrix products count, at one multiply-accumulate for PyTorch's two
    operations; biases, activations, pooling and resampling do not. Nothing is computed,
    so that any size is quick.
    """
    shadow = deepcopy(network).to("meta")
    counter = FlopCounterMode(display=False)
    with counter, torch.no_grad():
        shadow(torch.empty(shape, device="meta"))
    return int(counter.get_total_flops()) // 2
