"""Products with the follower's Hessian, and the largest of its eigenvalues."""

from collections.abc import Callable

import torch
from torch import Tensor

from bratsfuse.baselines.fuse4seg.bilevel.params import (
    Params,
    constants,
    gradients,
    leaves,
    norm,
    pull_back,
    times,
)
from bratsfuse.baselines.fuse4seg.bilevel.problem import Loss, second_order

Operator = Callable[[Params], dict[str, Tensor]]
"""A linear map of the follower's parameters."""

_SEED = 0


def hessian_operator(slope: Params, place: Params, *, damping: float = 0.0) -> Operator:
    """Return v -> f_qq v + damping v.

    Parameters
    ----------
    slope
        f_q, made with its graph.
    place
        The leaves by which it was differentiated.
    damping
        Added to every eigenvalue.
    """

    def multiply(vector: Params) -> dict[str, Tensor]:
        product = pull_back(slope, place, vector, keep_graph=True)
        return {name: product[name] + damping * vector[name] for name in product}

    return multiply


def largest_curvature(
    loss: Loss, leader: Params, follower: Params, *, iterations: int = 10
) -> float:
    """Return the largest eigenvalue of the follower's Hessian, in absolute value.

    Power iteration from a fixed random start, which leaves the global random state as
    it was. The estimate is never too large, and rarely more than a few per cent too
    small.

    Raises
    ------
    InvalidInputError
        If the precision is too low for second derivatives.
    """
    place = leaves(follower)
    with second_order(follower):
        (slope,) = gradients(loss(constants(leader), place), place, create_graph=True)
        return top_eigenvalue(hessian_operator(slope, place), place, iterations)


def top_eigenvalue(operator: Operator, like: Params, iterations: int) -> float:
    """Return the largest eigenvalue of a symmetric operator, in absolute value."""
    vector = _random_direction(like)
    size = torch.zeros(())
    for _ in range(iterations):
        image = operator(vector)
        size = norm(image)
        if size == 0:
            break
        vector = times(1 / size, image)
    return float(size)


def _random_direction(like: Params) -> dict[str, Tensor]:
    """Return a unit vector that is the same in every call and on every device."""
    generator = torch.Generator().manual_seed(_SEED)
    vector = {}
    for name, value in like.items():
        numbers = torch.randn(value.shape, generator=generator, dtype=torch.float64)
        vector[name] = numbers.to(value)
    return times(1 / norm(vector), vector)
