"""The choice of a solver, and the hypergradient by it."""

from dataclasses import dataclass
from enum import StrEnum
from typing import get_args

from bratsfuse.baselines.fuse4seg.bilevel.implicit_function import Method, implicit
from bratsfuse.baselines.fuse4seg.bilevel.params import Params
from bratsfuse.baselines.fuse4seg.bilevel.problem import (
    Hypergradient,
    Problem,
    direct_only,
)
from bratsfuse.baselines.fuse4seg.bilevel.unrolling import (
    unrolled,
    unrolled_by_differences,
)
from bratsfuse.errors import InvalidInputError


class SolverName(StrEnum):
    """How the leader's gradient is found; see the table of the package."""

    NONE = "none"
    JOINT = "joint"
    ALTERNATING = "alternating"
    UNROLLED = "unrolled"
    IMPLICIT = "implicit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Solver:
    """A solver and its options; those of other solvers do nothing.

    Attributes
    ----------
    name
        Which one.
    unroll_steps, unroll_step_size
        Steps of the follower that `unrolled` looks ahead, and their size. Above two
        over the largest curvature of the follower's loss the correction does harm.
    finite_difference
        Whether `unrolled` takes differences instead of second derivatives.
    implicit_method, implicit_steps, damping
        "cg" or "neumann", its iterations, and what is added to the Hessian's
        eigenvalues.
    neumann_step_size
        At most one over the largest curvature plus the damping; None finds it anew in
        every step, which costs more than the series.
    """

    name: SolverName = SolverName.ALTERNATING
    unroll_steps: int = 1
    unroll_step_size: float = 1e-3
    finite_difference: bool = False
    implicit_method: Method = "cg"
    implicit_steps: int = 5
    damping: float = 0.1
    neumann_step_size: float | None = None

    def __post_init__(self) -> None:
        for name in ("unroll_steps", "implicit_steps"):
            _at_least(name, getattr(self, name), 1)
        for name in ("unroll_step_size", "damping"):
            _at_least(name, getattr(self, name), 0)
        if self.neumann_step_size is not None:
            _at_least("neumann_step_size", self.neumann_step_size, 0)
        if self.implicit_method not in get_args(Method):
            raise InvalidInputError(
                f"solver option 'implicit_method': found {self.implicit_method!r}, "
                f"expected one of {', '.join(get_args(Method))}"
            )


def hypergradient(
    problem: Problem,
    leader: Params,
    follower: Params,
    solver: Solver,
    *,
    check_curvature: bool = False,
) -> Hypergradient:
    """Return the leader's gradient by the solver.

    Parameters
    ----------
    problem
        The two losses.
    leader, follower
        Parameters, by name. Neither they nor their `.grad` are changed.
    solver
        `none`, `joint` and `alternating` all give the direct part: they differ in the
        losses and cases that they are given.
    check_curvature
        Whether `unrolled` compares its step size with the largest curvature.

    Raises
    ------
    InvalidInputError
        If a second-order solver is used in low precision.
    """
    if solver.name is SolverName.UNROLLED:
        unroll = unrolled_by_differences if solver.finite_difference else unrolled
        return unroll(
            problem,
            leader,
            follower,
            steps=solver.unroll_steps,
            step_size=solver.unroll_step_size,
            check_curvature=check_curvature,
        )
    if solver.name is SolverName.IMPLICIT:
        return implicit(
            problem,
            leader,
            follower,
            method=solver.implicit_method,
            steps=solver.implicit_steps,
            damping=solver.damping,
            step_size=solver.neumann_step_size,
        )
    return direct_only(problem, leader, follower)


def _at_least(name: str, value: float, least: int) -> None:
    if not least <= value < float("inf"):
        raise InvalidInputError(
            f"solver option {name!r}: found {value}, expected a finite number of at "
            f"least {least}"
        )
