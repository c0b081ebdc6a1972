"""Parameters as one long vector that keeps the names of its pieces."""

from collections.abc import Mapping

import torch
from torch import Tensor

Params = Mapping[str, Tensor]
"""Parameters by name, as `torch.func.functional_call` takes them."""


def leaves(params: Params) -> dict[str, Tensor]:
    """Return the same numbers, not copied, as fresh inputs to differentiate by."""
    return {name: value.detach().requires_grad_() for name, value in params.items()}


def constants(params: Params) -> dict[str, Tensor]:
    """Return the same numbers, not copied, cut off from whatever made them."""
    return {name: value.detach() for name, value in params.items()}


def gradients(
    scalar: Tensor,
    *groups: Params,
    create_graph: bool = False,
    keep_graph: bool = False,
) -> tuple[dict[str, Tensor], ...]:
    """Return the derivative by each group; zeros for what it does not depend on."""
    if not scalar.requires_grad:
        return tuple(zeros_like(group) for group in groups)
    found = iter(
        torch.autograd.grad(
            scalar,
            [value for group in groups for value in group.values()],
            create_graph=create_graph,
            retain_graph=create_graph or keep_graph,
            allow_unused=True,
            materialize_grads=True,
        )
    )
    return tuple({name: next(found) for name in group} for group in groups)


def pull_back(
    outputs: Params, params: Params, weights: Params, *, keep_graph: bool = False
) -> dict[str, Tensor]:
    """Return the derivative of sum(weights * outputs), the weights held constant."""
    connected = [name for name, value in outputs.items() if value.requires_grad]
    if not connected:
        return zeros_like(params)
    found = torch.autograd.grad(
        [outputs[name] for name in connected],
        list(params.values()),
        grad_outputs=[weights[name] for name in connected],
        retain_graph=keep_graph,
        allow_unused=True,
        materialize_grads=True,
    )
    return dict(zip(params, found, strict=True))


def zeros_like(params: Params) -> dict[str, Tensor]:
    """Return zeros in the shapes of the parameters."""
    return {name: torch.zeros_like(value) for name, value in params.items()}


def plus(one: Params, other: Params, scale: float | Tensor = 1.0) -> dict[str, Tensor]:
    """Return one + scale * other."""
    return {name: value + scale * other[name] for name, value in one.items()}


def times(scale: float | Tensor, params: Params) -> dict[str, Tensor]:
    """Return scale * params."""
    return {name: scale * value for name, value in params.items()}


def dot(one: Params, other: Params) -> Tensor:
    """Return the inner product, a scalar."""
    return torch.stack([(one[name] * other[name]).sum() for name in one]).sum()


def norm(params: Params) -> Tensor:
    """Return the Euclidean length, a scalar."""
    return dot(params, params).sqrt()
