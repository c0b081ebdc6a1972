"""The leader's gradient through K steps of gradient descent of the follower.

The follower is imagined to take q_k+1 = q_k - eta f_q(p, q_k) from where it stands, and
the leader to minimise F(p, q_K(p)). That objective is differentiated exactly, or with
Hessian products replaced by central differences, which needs no second derivatives and
no more memory than first order. The follower itself does not move.

A step of eta > 2 / (largest curvature of f) makes descent diverge: the correction then
is worse than none.
"""

from dataclasses import replace

import torch
from torch import Tensor

from bratsfuse.baselines.fuse4seg.bilevel.curvature import largest_curvature
from bratsfuse.baselines.fuse4seg.bilevel.params import (
    Params,
    constants,
    gradients,
    leaves,
    norm,
    plus,
    pull_back,
    times,
    zeros_like,
)
from bratsfuse.baselines.fuse4seg.bilevel.problem import (
    Hypergradient,
    Loss,
    Problem,
    partial_gradients,
    require_full_precision,
    second_order,
)
from bratsfuse.issues import warning

_WHERE = "unrolled solver"
_STABLE = 2.0
"""Gradient descent with a larger product of step size and curvature diverges."""

_ROUNDING = 1e-6
"""A rise by this share of the loss is none: a solved follower stays where it is."""

_NUDGE = 1e-5
"""Length of a difference step, as a share of the length of the parameters.

The gradients bend sharply along F_q, so that it must be small: with the default
networks in float32 this one is right to 1e-4, 1e-3 wrong by a third, 1e-6 by 6e-4.
"""


def unrolled(
    problem: Problem,
    leader: Params,
    follower: Params,
    *,
    steps: int = 1,
    step_size: float = 1e-3,
    check_curvature: bool = False,
) -> Hypergradient:
    """Return the exact gradient of F(p, q_K(p)).

    Parameters
    ----------
    problem
        The two losses.
    leader, follower
        Parameters; the follower's are where the descent starts.
    steps
        K, at least 1. Time and memory grow with it.
    step_size
        eta. With 0 the result is that of `direct_only`.
    check_curvature
        Whether to compare eta with the largest curvature: costs some 10 second-order
        products, so now and then.

    Returns
    -------
    Hypergradient
        Its parts are taken at the end of the descent. An issue says when the follower's
        loss rose (`inner-loss-rises`) or eta is too large (`inner-step-too-large`).

    Raises
    ------
    InvalidInputError
        If the precision is too low for second derivatives.
    """
    inputs, place = leaves(leader), leaves(follower)
    inner_losses: list[Tensor] = []
    with second_order(follower):
        for _ in range(steps):
            inner = problem.lower(inputs, place)
            (slope,) = gradients(inner, place, create_graph=True)
            place = plus(place, slope, -step_size)
            inner_losses.append(inner.detach())
    loss, direct, pull = partial_gradients(problem.upper, leader, place)
    indirect = pull_back(place, inputs, pull)
    return _judged(
        Hypergradient(loss=loss, direct=direct, indirect=indirect),
        [*inner_losses, _value(problem.lower, leader, place)],
        step_size,
        largest_curvature(problem.lower, leader, follower) if check_curvature else 0.0,
    )


def unrolled_by_differences(
    problem: Problem,
    leader: Params,
    follower: Params,
    *,
    steps: int = 1,
    step_size: float = 1e-3,
    check_curvature: bool = False,
) -> Hypergradient:
    """Return `unrolled` with central differences instead of second derivatives.

    Going back through the descent, the adjoint a of q_k+1 gives the leader
    -eta f_pq a and q_k the adjoint a - eta f_qq a. Both products are one difference of
    first-order gradients at q_k +- epsilon a. For K = 1 this is the scheme of DARTS.
    The check of the curvature is the one part that still takes second derivatives.

    Parameters, returns, raises: as `unrolled`.
    """
    require_full_precision(follower)
    trail = [constants(follower)]
    inner_losses: list[Tensor] = []
    for _ in range(steps):
        place = leaves(trail[-1])
        inner = problem.lower(constants(leader), place)
        (slope,) = gradients(inner, place)
        trail.append(plus(trail[-1], slope, -step_size))
        inner_losses.append(inner.detach())
    end = trail.pop()
    loss, direct, adjoint = partial_gradients(problem.upper, leader, end)
    indirect = zeros_like(leader)
    for start in reversed(trail):
        mixed, own = _products(problem.lower, leader, start, adjoint)
        indirect = plus(indirect, mixed, -step_size)
        adjoint = plus(adjoint, own, -step_size)
    return _judged(
        Hypergradient(loss=loss, direct=direct, indirect=indirect),
        [*inner_losses, _value(problem.lower, leader, end)],
        step_size,
        largest_curvature(problem.lower, leader, follower) if check_curvature else 0.0,
    )


def _products(
    loss: Loss, leader: Params, follower: Params, direction: Params
) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """Return f_pq v and f_qq v for a direction v, by a central difference."""
    length = norm(direction)
    if length == 0:
        return zeros_like(leader), zeros_like(follower)
    epsilon = _NUDGE * (1 + norm(follower)) / length
    _, *ahead = partial_gradients(loss, leader, plus(follower, direction, epsilon))
    _, *behind = partial_gradients(loss, leader, plus(follower, direction, -epsilon))
    mixed, own = (
        times(1 / (2 * epsilon), plus(after, before, -1.0))
        for after, before in zip(ahead, behind, strict=True)
    )
    return mixed, own


def _value(loss: Loss, leader: Params, follower: Params) -> Tensor:
    with torch.no_grad():
        return loss(leader, follower)


def _judged(
    found: Hypergradient,
    inner_losses: list[Tensor],
    step_size: float,
    curvature: float,
) -> Hypergradient:
    """Return the hypergradient with what its descent was like."""
    losses = tuple(float(inner) for inner in inner_losses)
    issues = []
    if not losses[-1] <= losses[0] + _ROUNDING * abs(losses[0]):
        message = (
            f"the follower's loss went from {losses[0]:.6g} to {losses[-1]:.6g} in the "
            f"unrolled steps, expected it to fall; take steps below {step_size:g}"
        )
        issues.append(warning(_WHERE, "inner-loss-rises", message))
    if step_size * curvature > _STABLE:
        message = (
            f"step size {step_size:g} times curvature {curvature:.4g} is "
            f"{step_size * curvature:.4g}, expected at most {_STABLE:g}; take steps of "
            f"{1 / curvature:.2g}"
        )
        issues.append(warning(_WHERE, "inner-step-too-large", message))
    return replace(found, inner_losses=losses, issues=tuple(issues))
