"""The two losses of a bi-level problem, and the record of the leader's gradient."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.attention import SDPBackend, sdpa_kernel

from bratsfuse.baselines.fuse4seg.bilevel.params import (
    Params,
    constants,
    dot,
    gradients,
    leaves,
    norm,
    plus,
    zeros_like,
)
from bratsfuse.errors import InvalidInputError
from bratsfuse.issues import Issue

Loss = Callable[[Params, Params], Tensor]
"""A scalar of the leader's and the follower's parameters; it knows its own cases."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Two differentiable losses of the same two sets of parameters.

    Attributes
    ----------
    upper
        F, the leader's loss, on cases B.
    lower
        f, the follower's loss, on cases A.
    """

    upper: Loss
    lower: Loss


@dataclass(frozen=True, slots=True, kw_only=True)
class Hypergradient:
    """The leader's gradient, in two parts, and how far it may be trusted.

    Attributes
    ----------
    loss
        F where the direct part was taken, a scalar.
    direct, indirect
        The parts, in the leader's names.
    residual
        |A v - F_q| / |F_q| of the linear system that `implicit` solves; None elsewhere.
    inner_losses
        f before each unrolled step and after the last; empty elsewhere.
    issues
        What makes the indirect part doubtful, or why `implicit` left it out; empty when
        nothing was noticed.
    """

    loss: Tensor
    direct: Params
    indirect: Params
    residual: float | None = None
    inner_losses: tuple[float, ...] = ()
    issues: tuple[Issue, ...] = ()

    @property
    def total(self) -> dict[str, Tensor]:
        """The direct plus the indirect part."""
        return plus(self.direct, self.indirect)

    @property
    def ratio(self) -> float:
        """|indirect| / |direct|: the size of what a first-order solver leaves out."""
        return float(norm(self.indirect) / norm(self.direct))

    @property
    def cosine(self) -> float:
        """The cosine between the direct part and the whole, 1 if they agree."""
        total = self.total
        return float(dot(self.direct, total) / (norm(self.direct) * norm(total)))


def direct_only(problem: Problem, leader: Params, follower: Params) -> Hypergradient:
    """Return the hypergradient with an indirect part of zero: first order.

    Gradients pass through the follower, but none is taken by its parameters.
    """
    inputs = leaves(leader)
    loss = problem.upper(inputs, constants(follower))
    (direct,) = gradients(loss, inputs)
    return Hypergradient(loss=loss.detach(), direct=direct, indirect=zeros_like(leader))


def partial_gradients(
    loss: Loss, leader: Params, follower: Params
) -> tuple[Tensor, dict[str, Tensor], dict[str, Tensor]]:
    """Return a loss and its derivatives by leader and follower, first order."""
    inputs, place = leaves(leader), leaves(follower)
    value = loss(inputs, place)
    by_leader, by_follower = gradients(value, inputs, place)
    return value.detach(), by_leader, by_follower


def require_full_precision(follower: Params) -> None:
    """Raise where second-order solvers lose their meaning.

    Raises
    ------
    InvalidInputError
        If autocast is on, or a parameter is neither float32 nor float64.
    """
    for name, value in follower.items():
        if value.dtype not in (torch.float32, torch.float64):
            raise InvalidInputError(
                f"follower parameter {name!r}: found {value.dtype}, expected float32 "
                "or float64; use the solver 'alternating' in lower precision"
            )
        if torch.is_autocast_enabled(value.device.type):
            raise InvalidInputError(
                "second-order solver: found autocast on, expected full precision; "
                "switch autocast off or use the solver 'alternating'"
            )


@contextmanager
def second_order(follower: Params) -> Iterator[None]:
    """Make losses computed inside twice differentiable, or say why they are not.

    The flash kernels behind `scaled_dot_product_attention` have no second derivative;
    inside, attention is made of plain matrix products instead.

    Raises
    ------
    InvalidInputError
        If the precision is too low.
    """
    require_full_precision(follower)
    with sdpa_kernel(SDPBackend.MATH):
        yield
