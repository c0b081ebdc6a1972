"""One optimiser step of the leader, of the follower, or of both.

What a step promises holds by construction: losses are functions of parameters that are
handed to them, so that a gradient can only end where it was asked for. A leader step
leaves the follower's weights, buffers, flags, `.grad` and optimiser as they were, and
the reverse; every gradient is made anew, none is added to what an earlier term left.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from bratsfuse.baselines._region_loss import segmentation_loss
from bratsfuse.baselines.fuse4seg.bilevel import (
    Hypergradient,
    Params,
    Problem,
    Solver,
    SolverName,
    hypergradient,
)
from bratsfuse.baselines.fuse4seg.bilevel.params import (
    constants,
    dot,
    gradients,
    leaves,
    norm,
)
from bratsfuse.baselines.fuse4seg.losses import weighted_sum
from bratsfuse.baselines.fuse4seg.objectives import Batch, Objectives
from bratsfuse.issues import Issue, error
from bratsfuse.training import ranks


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRecord:
    """What one step did.

    Attributes
    ----------
    loss
        Of the one who stepped, before the step; of the leader after `joint_step`.
    terms
        The leader's terms, unweighted; empty after a follower step.
    gradient_norm
        Before clipping. A step whose gradient is not finite is not taken.
    hypergradient
        The leader's gradient in its parts; None where there is only one.
    issues
        What a log should say about the step.
    """

    loss: float
    gradient_norm: float
    terms: dict[str, float]
    hypergradient: Hypergradient | None = None
    issues: tuple[Issue, ...] = ()


def follower_step(
    objectives: Objectives,
    optimiser: Optimizer,
    batch: Batch,
    *,
    clip_norm: float | None = None,
) -> StepRecord:
    """Return the record of a step of the follower on fused images it takes as given.

    Parameters
    ----------
    objectives
        Leader, follower and their losses.
    optimiser
        Of the follower's parameters.
    batch
        Cases of the follower's half.
    clip_norm
        The longest gradient that is followed in full; None for any.
    """
    with torch.no_grad():
        fused, _ = objectives.fuse(objectives.leader_params(), batch.sources)
    inputs = leaves(objectives.follower_params())
    loss = segmentation_loss(objectives.segment(inputs, fused), batch.regions)
    (gradient,) = gradients(loss, inputs)
    length, issues = _apply(
        "follower", objectives.follower, optimiser, gradient, clip_norm
    )
    return StepRecord(
        loss=float(loss.detach()), gradient_norm=length, terms={}, issues=issues
    )


def leader_step(
    objectives: Objectives,
    optimiser: Optimizer,
    solver: Solver,
    leader_batch: Batch,
    follower_batch: Batch,
    *,
    clip_norm: float | None = None,
    check_curvature: bool = False,
) -> StepRecord:
    """Return the record of a step of the leader, the follower standing still.

    Parameters
    ----------
    objectives
        Leader, follower and their losses.
    optimiser
        Of the leader's parameters.
    solver
        How the leader's gradient is approximated. With `none` the leader does not ask
        the follower.
    leader_batch
        Cases of the leader's half, on which it judges.
    follower_batch
        Cases of the follower's half, on which a second-order solver foresees what it
        will answer; first-order solvers do not look at them.
    clip_norm
        The longest gradient that is followed in full; None for any.
    check_curvature
        Whether `unrolled` checks its step size this time.

    Raises
    ------
    InvalidInputError
        If a second-order solver is used in low precision.
    """
    if solver.name is SolverName.NONE:
        objectives = objectives.weighing(
            fusion=objectives.weights.fusion, segmentation=0.0
        )
    terms: dict[str, Tensor] = {}
    found = hypergradient(
        _problem(objectives, leader_batch, follower_batch, terms),
        objectives.leader_params(),
        objectives.follower_params(),
        solver,
        check_curvature=check_curvature,
    )
    length, issues = _apply(
        "leader", objectives.leader, optimiser, found.total, clip_norm
    )
    return StepRecord(
        loss=float(found.loss),
        gradient_norm=length,
        terms=_numbers(terms),
        hypergradient=found,
        issues=found.issues + issues,
    )


def joint_step(
    objectives: Objectives,
    leader_optimiser: Optimizer,
    follower_optimiser: Optimizer,
    batch: Batch,
    *,
    clip_norm: float | None = None,
) -> StepRecord:
    """Return the record of one step of both on the leader's loss: the ablation.

    Parameters
    ----------
    objectives
        Leader, follower and their losses. Both descend the leader's.
    leader_optimiser, follower_optimiser
        Of their parameters.
    batch
        Any cases.
    clip_norm
        The longest gradient, of each by itself, that is followed in full.
    """
    leader = leaves(objectives.leader_params())
    follower = leaves(objectives.follower_params())
    terms = objectives.leader_terms(leader, follower, batch)
    loss = weighted_sum(terms, objectives.weights)
    by_leader, by_follower = gradients(loss, leader, follower)
    length, issues = _apply(
        "leader", objectives.leader, leader_optimiser, by_leader, clip_norm
    )
    _, more = _apply(
        "follower", objectives.follower, follower_optimiser, by_follower, clip_norm
    )
    return StepRecord(
        loss=float(loss.detach()),
        gradient_norm=length,
        terms=_numbers(terms),
        issues=issues + more,
    )


def diagnose(
    objectives: Objectives, leader_batch: Batch, follower_batch: Batch
) -> Hypergradient:
    """Return the leader's gradient with the indirect part that first order leaves out.

    By five damped conjugate gradients; an issue says when the follower is too raw for
    them, and there is nothing to log then. `ratio` and `cosine` belong in a log now and
    then; nobody takes a step.

    Parameters
    ----------
    objectives
        Leader, follower and their losses.
    leader_batch, follower_batch
        As in `leader_step`.

    Raises
    ------
    InvalidInputError
        If the precision is too low for second derivatives.
    """
    return hypergradient(
        _problem(objectives, leader_batch, follower_batch, {}),
        objectives.leader_params(),
        objectives.follower_params(),
        Solver(name=SolverName.IMPLICIT),
    )


def compare_goals(objectives: Objectives, batch: Batch) -> tuple[float, float]:
    """Return how the leader's two goals pull at it: segmentation against fusion.

    Parameters
    ----------
    objectives
        Leader, follower and their losses, both sides of a weight above 0.
    batch
        Cases of the leader's half.

    Returns
    -------
    tuple of float
        The length of the weighted segmentation gradient over that of the weighted
        fusion gradient, and their cosine: below 0 the goals are opposed.
    """
    leader = leaves(objectives.leader_params())
    follower = constants(objectives.follower_params())
    terms = objectives.leader_terms(leader, follower, batch)
    segmentation = {"segmentation": terms.pop("segmentation")}
    (task,), (fusion,) = (
        gradients(weighted_sum(side, objectives.weights), leader, keep_graph=True)
        for side in (segmentation, terms)
    )
    lengths = norm(task), norm(fusion)
    return (
        float(lengths[0] / lengths[1]),
        float(dot(task, fusion) / (lengths[0] * lengths[1])),
    )


def _problem(
    objectives: Objectives,
    leader_batch: Batch,
    follower_batch: Batch,
    terms: dict[str, Tensor],
) -> Problem:
    """Return both losses on their cases; the upper one notes its terms."""

    def upper(leader: Params, follower: Params) -> Tensor:
        terms.update(objectives.leader_terms(leader, follower, leader_batch))
        return weighted_sum(terms, objectives.weights)

    def lower(leader: Params, follower: Params) -> Tensor:
        return objectives.follower_loss(leader, follower, follower_batch)

    return Problem(upper=upper, lower=lower)


def _apply(
    role: str,
    network: nn.Module,
    optimiser: Optimizer,
    gradient: Params,
    clip_norm: float | None,
) -> tuple[float, tuple[Issue, ...]]:
    """Return the length of a gradient after an optimiser step along it."""
    ranks.average(gradient.values())
    length = float(norm(gradient))
    if not length < float("inf"):
        message = (
            f"found a gradient of length {length}, expected a finite one; the step was "
            "not taken: lower the learning rate or look for broken images"
        )
        return length, (error(f"{role} step", "gradient-not-finite", message),)
    scale = 1.0 if clip_norm is None or length <= clip_norm else clip_norm / length
    parameters = dict(network.named_parameters())
    for name, value in constants(gradient).items():
        parameters[name].grad = value * scale
    optimiser.step()
    optimiser.zero_grad(set_to_none=True)
    return length, ()


def _numbers(terms: dict[str, Tensor]) -> dict[str, float]:
    return {name: float(value.detach()) for name, value in terms.items()}
