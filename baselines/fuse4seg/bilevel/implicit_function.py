"""The leader's gradient by the implicit function theorem.

The indirect part is -f_pq v, where v solves (f_qq + damping I) v = F_q. The system is
solved with products only: by conjugate gradients, or by summing a Neumann series.

The theorem holds where the follower is solved. Before that f_qq has negative
eigenvalues, and an exact solution can point the wrong way; damping is what keeps the
answer sane there. What did not converge is not used: the indirect part is 0 then, which
is first order.
"""

from typing import Literal

from torch import Tensor

from bratsfuse.baselines.fuse4seg.bilevel.curvature import (
    Operator,
    hessian_operator,
    top_eigenvalue,
)
from bratsfuse.baselines.fuse4seg.bilevel.params import (
    Params,
    dot,
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
    Problem,
    partial_gradients,
    second_order,
)
from bratsfuse.issues import Issue, warning

Method = Literal["cg", "neumann"]

_WHERE = "implicit solver"
_POWER_ITERATIONS = 10
_SAFETY = 0.9
"""Power iteration sees a little less than the largest curvature."""

_USELESS = 1.0
"""The residual of the solution 0."""


def implicit(
    problem: Problem,
    leader: Params,
    follower: Params,
    *,
    method: Method = "cg",
    steps: int = 5,
    damping: float = 0.1,
    step_size: float | None = None,
) -> Hypergradient:
    """Return the hypergradient of the implicit function theorem.

    Parameters
    ----------
    problem
        The two losses.
    leader, follower
        Parameters; the follower's should minimise its loss, the closer the better.
    method
        Conjugate gradients, or the Neumann series.
    steps
        Iterations, or terms of the series beyond the first. One product each.
    damping
        Added to every eigenvalue of the Hessian, at least 0.
    step_size
        Of the Neumann series, at most one over the largest eigenvalue; None finds it,
        for 10 products more.

    Returns
    -------
    Hypergradient
        With its `residual`. An issue says when the Hessian was not positive definite
        (`negative-curvature`), the series moved away from the solution
        (`neumann-diverges`), or the solution is no better than none (`not-converged`);
        the indirect part is 0 then.

    Raises
    ------
    InvalidInputError
        If the precision is too low for second derivatives.
    """
    loss, direct, target = partial_gradients(problem.upper, leader, follower)
    inputs, place = leaves(leader), leaves(follower)
    with second_order(follower):
        lower = problem.lower(inputs, place)
        (slope,) = gradients(lower, place, create_graph=True)
        operator = hessian_operator(slope, place, damping=damping)
        if method == "cg":
            solution, issues = conjugate_gradients(operator, target, steps)
        else:
            if step_size is None:
                step_size = _SAFETY / top_eigenvalue(operator, place, _POWER_ITERATIONS)
            solution, issues = neumann_series(operator, target, steps, step_size)
        residual = _relative_residual(operator, solution, target)
        if not issues and not residual < _USELESS:
            issues = (_unconverged(residual),)
        if issues:
            zero = zeros_like(leader)
            return Hypergradient(
                loss=loss,
                direct=direct,
                indirect=zero,
                residual=residual,
                issues=issues,
            )
        mixed = pull_back(slope, inputs, solution)
    return Hypergradient(
        loss=loss,
        direct=direct,
        indirect=times(-1.0, mixed),
        residual=residual,
    )


def conjugate_gradients(
    operator: Operator, target: Params, steps: int
) -> tuple[dict[str, Tensor], tuple[Issue, ...]]:
    """Return an approximate solution of operator(v) = target, and doubts about it.

    Exact after as many steps as the operator has eigenvalues, if they are positive. At
    a direction of negative curvature it stops with what it has.
    """
    solution = zeros_like(target)
    remainder, direction = dict(target), dict(target)
    squared = dot(remainder, remainder)
    for step in range(steps):
        if squared == 0:
            break
        image = operator(direction)
        bend = dot(direction, image)
        if bend <= 0:
            return solution, (_negative(step),)
        rate = squared / bend
        solution = plus(solution, direction, rate)
        remainder = plus(remainder, image, -rate)
        previous, squared = squared, dot(remainder, remainder)
        direction = plus(remainder, direction, squared / previous)
    return solution, ()


def neumann_series(
    operator: Operator, target: Params, steps: int, step_size: float
) -> tuple[dict[str, Tensor], tuple[Issue, ...]]:
    """Return alpha times the sum over k <= steps of (I - alpha operator)^k target.

    alpha is the step size. The sum is what `steps` + 1 steps of gradient descent on the
    system find, and what unrolling a solved follower by as many steps amounts to.
    """
    term = times(step_size, target)
    total = dict(term)
    first = norm(term)
    for _ in range(steps):
        term = plus(term, operator(term), -step_size)
        total = plus(total, term)
    last = norm(term)
    return total, (() if last <= first else (_diverging(first, last, step_size),))


def _relative_residual(operator: Operator, solution: Params, target: Params) -> float:
    length = norm(target)
    if length == 0:
        return 0.0
    return float(norm(plus(operator(solution), target, -1.0)) / length)


def _negative(step: int) -> Issue:
    return warning(
        _WHERE,
        "negative-curvature",
        f"the follower's damped Hessian was not positive definite at iteration "
        f"{step + 1}, expected a solved follower; first order is used: raise the "
        "damping or train the follower further",
    )


def _unconverged(residual: float) -> Issue:
    return warning(
        _WHERE,
        "not-converged",
        f"the relative residual is {residual:.4g}, expected less than {_USELESS:g}; "
        "first order is used: take more steps or raise the damping",
    )


def _diverging(first: Tensor, last: Tensor, step_size: float) -> Issue:
    return warning(
        _WHERE,
        "neumann-diverges",
        f"the terms of the series grew from {float(first):.4g} to {float(last):.4g}, "
        f"expected them to fall; first order is used: take a step size below "
        f"{step_size:g} or raise the damping",
    )
