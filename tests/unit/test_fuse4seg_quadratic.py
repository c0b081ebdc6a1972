"""Every solver against a problem whose hypergradient is known in closed form."""

import pytest
import torch

from bratsfuse.baselines.fuse4seg.bilevel import (
    Problem,
    Solver,
    SolverName,
    direct_only,
    hypergradient,
    implicit,
    implicit_function,
    unrolled,
    unrolled_by_differences,
)
from bratsfuse.baselines.fuse4seg.bilevel.curvature import largest_curvature
from bratsfuse.baselines.fuse4seg.bilevel.params import times
from bratsfuse.errors import InvalidInputError

LEADER_SIZE, FOLLOWER_SIZE = 4, 8
LARGEST, SMALLEST = 5.0, 0.5


class Quadratic:
    """f = q'Hq/2 - q'(Cp + b) and F = |q - t|^2/2 + |p - s|^2/2, in pieces of q."""

    def __init__(self, seed=0):
        generator = torch.Generator().manual_seed(seed)

        def draw(*shape):
            return torch.randn(shape, generator=generator, dtype=torch.float64)

        axes, _ = torch.linalg.qr(draw(FOLLOWER_SIZE, FOLLOWER_SIZE))
        curvatures = torch.linspace(
            SMALLEST, LARGEST, FOLLOWER_SIZE, dtype=torch.float64
        )
        self.hessian = axes @ torch.diag(curvatures) @ axes.T
        self.coupling = draw(FOLLOWER_SIZE, LEADER_SIZE)
        self.offset, self.target = draw(FOLLOWER_SIZE), draw(FOLLOWER_SIZE)
        self.anchor = draw(LEADER_SIZE)
        self.leader = {"p": draw(LEADER_SIZE)}
        self.problem = Problem(upper=self.upper, lower=self.lower)

    def upper(self, leader, follower):
        return (whole(follower) - self.target).square().sum() / 2 + (
            leader["p"] - self.anchor
        ).square().sum() / 2

    def lower(self, leader, follower):
        q = whole(follower)
        return q @ self.hessian @ q / 2 - q @ (
            self.coupling @ leader["p"] + self.offset
        )

    @property
    def solved(self):
        pull = self.coupling @ self.leader["p"] + self.offset
        return pieces(torch.linalg.solve(self.hessian, pull))

    @property
    def direct(self):
        return self.leader["p"] - self.anchor

    @property
    def indirect(self):
        away = whole(self.solved) - self.target
        return self.coupling.T @ torch.linalg.solve(self.hessian, away)


def whole(follower):
    return torch.cat([follower["a"], follower["b"].flatten()])


def pieces(q):
    return {"a": q[:2], "b": q[2:].reshape(2, 3)}


def error(found, expected):
    return float((found - expected).norm() / expected.norm())


@pytest.fixture
def quadratic():
    return Quadratic()


def test_first_order_is_the_direct_part_exactly(quadratic):
    found = direct_only(quadratic.problem, quadratic.leader, quadratic.solved)
    assert torch.equal(found.direct["p"], quadratic.direct)
    assert torch.equal(found.indirect["p"], torch.zeros(LEADER_SIZE))
    assert torch.equal(found.total["p"], found.direct["p"])
    assert (found.ratio, found.issues) == (0, ())
    assert found.cosine == pytest.approx(1)


def test_parts_of_the_hypergradient_are_the_closed_form(quadratic):
    found = implicit(
        quadratic.problem,
        quadratic.leader,
        quadratic.solved,
        steps=FOLLOWER_SIZE,
        damping=0,
    )
    assert error(found.direct["p"], quadratic.direct) < 1e-12
    assert error(found.indirect["p"], quadratic.indirect) < 1e-8
    whole_gradient = quadratic.direct + quadratic.indirect
    ratio = quadratic.indirect.norm() / quadratic.direct.norm()
    cosine = torch.cosine_similarity(quadratic.direct, whole_gradient, dim=0)
    assert found.ratio == pytest.approx(float(ratio))
    assert found.cosine == pytest.approx(float(cosine))
    assert float(found.loss) == float(
        quadratic.upper(quadratic.leader, quadratic.solved)
    )
    assert found.residual < 1e-8
    assert found.issues == ()


def test_conjugate_gradients_get_better_with_every_step(quadratic):
    results = [
        implicit(
            quadratic.problem,
            quadratic.leader,
            quadratic.solved,
            steps=steps,
            damping=0,
        )
        for steps in (1, 2, 4, 8)
    ]
    errors = [error(found.indirect["p"], quadratic.indirect) for found in results]
    residuals = [found.residual for found in results]
    assert errors == sorted(errors, reverse=True)
    assert residuals == sorted(residuals, reverse=True)


def test_damping_is_added_to_every_eigenvalue(quadratic):
    found = implicit(
        quadratic.problem,
        quadratic.leader,
        quadratic.solved,
        steps=FOLLOWER_SIZE,
        damping=0.7,
    )
    damped = quadratic.hessian + 0.7 * torch.eye(FOLLOWER_SIZE, dtype=torch.float64)
    away = whole(quadratic.solved) - quadratic.target
    expected = quadratic.coupling.T @ torch.linalg.solve(damped, away)
    assert error(found.indirect["p"], expected) < 1e-8


def test_neumann_errors_fall_with_every_term(quadratic):
    results = [
        implicit(
            quadratic.problem,
            quadratic.leader,
            quadratic.solved,
            method="neumann",
            steps=steps,
            damping=0,
        )
        for steps in (1, 3, 10, 30, 100, 300)
    ]
    errors = [error(found.indirect["p"], quadratic.indirect) for found in results]
    assert errors == sorted(set(errors), reverse=True)
    assert errors[-1] < 1e-8
    assert results[-1].residual < 1e-8


@pytest.mark.parametrize("unroll", [unrolled, unrolled_by_differences])
def test_unrolled_errors_fall_with_every_step(quadratic, unroll):
    errors = [
        error(
            unroll(
                quadratic.problem,
                quadratic.leader,
                quadratic.solved,
                steps=steps,
                step_size=1 / LARGEST,
            ).total["p"],
            quadratic.direct + quadratic.indirect,
        )
        for steps in (1, 3, 10, 30, 100)
    ]
    assert errors == sorted(set(errors), reverse=True)
    assert errors[-1] < 1e-4


def test_unrolling_a_solved_follower_is_a_neumann_series(quadratic):
    step_size = 0.8 / LARGEST
    series = implicit(
        quadratic.problem,
        quadratic.leader,
        quadratic.solved,
        method="neumann",
        steps=6,
        damping=0,
        step_size=step_size,
    )
    steps = unrolled(
        quadratic.problem,
        quadratic.leader,
        quadratic.solved,
        steps=7,
        step_size=step_size,
    )
    assert error(steps.indirect["p"], series.indirect["p"]) < 1e-10


@pytest.mark.parametrize("steps", [1, 2, 5])
def test_differences_agree_with_the_exact_unroll(quadratic, steps):
    start = pieces(torch.ones(FOLLOWER_SIZE, dtype=torch.float64))
    exact, differences = (
        unroll(quadratic.problem, quadratic.leader, start, steps=steps, step_size=0.1)
        for unroll in (unrolled, unrolled_by_differences)
    )
    assert error(differences.indirect["p"], exact.indirect["p"]) < 1e-6
    assert torch.equal(differences.direct["p"], exact.direct["p"])
    assert differences.inner_losses == pytest.approx(exact.inner_losses)
    assert len(exact.inner_losses) == steps + 1


@pytest.mark.parametrize("unroll", [unrolled, unrolled_by_differences])
def test_steps_of_size_zero_are_first_order_bit_for_bit(quadratic, unroll):
    start = pieces(torch.ones(FOLLOWER_SIZE, dtype=torch.float64))
    first = direct_only(quadratic.problem, quadratic.leader, start)
    found = unroll(quadratic.problem, quadratic.leader, start, steps=3, step_size=0.0)
    assert torch.equal(found.total["p"], first.total["p"])
    assert found.loss == first.loss
    assert found.issues == ()


def test_same_loss_on_the_same_cases_makes_the_indirect_part_vanish(quadratic):
    problem = Problem(upper=quadratic.lower, lower=quadratic.lower)
    for solve in (implicit, unrolled, unrolled_by_differences):
        found = solve(problem, quadratic.leader, quadratic.solved)
        assert found.ratio < 1e-6


def test_largest_curvature_is_the_largest_eigenvalue(quadratic):
    state = torch.random.get_rng_state()
    found = largest_curvature(
        quadratic.lower, quadratic.leader, quadratic.solved, iterations=100
    )
    assert found == pytest.approx(LARGEST, rel=1e-6)
    assert torch.equal(torch.random.get_rng_state(), state)


@pytest.mark.parametrize("unroll", [unrolled, unrolled_by_differences])
def test_too_large_a_step_is_told(quadratic, unroll):
    start = pieces(torch.ones(FOLLOWER_SIZE, dtype=torch.float64))

    def codes(step_size):
        found = unroll(
            quadratic.problem,
            quadratic.leader,
            start,
            steps=10,
            step_size=step_size,
            check_curvature=True,
        )
        return {issue.code for issue in found.issues}

    assert codes(1 / LARGEST) == set()
    assert codes(3 / LARGEST) == {"inner-loss-rises", "inner-step-too-large"}


def test_rising_loss_is_told_without_the_check_of_the_curvature(quadratic):
    start = pieces(torch.ones(FOLLOWER_SIZE, dtype=torch.float64))
    found = unrolled(
        quadratic.problem, quadratic.leader, start, steps=10, step_size=3 / LARGEST
    )
    assert [issue.code for issue in found.issues] == ["inner-loss-rises"]
    assert found.inner_losses[-1] > found.inner_losses[0]


def test_negative_curvature_is_told_and_stops_conjugate_gradients(quadratic):
    saddle = Problem(
        upper=quadratic.upper,
        lower=lambda leader, follower: -quadratic.lower(leader, follower),
    )
    found = implicit(saddle, quadratic.leader, quadratic.solved, damping=0)
    assert [issue.code for issue in found.issues] == ["negative-curvature"]
    assert is_first_order(found)
    damped = implicit(saddle, quadratic.leader, quadratic.solved, damping=2 * LARGEST)
    assert damped.issues == ()


def test_diverging_series_is_told(quadratic):
    found = implicit(
        quadratic.problem,
        quadratic.leader,
        quadratic.solved,
        method="neumann",
        steps=30,
        damping=0,
        step_size=3 / LARGEST,
    )
    assert [issue.code for issue in found.issues] == ["neumann-diverges"]
    assert is_first_order(found)


def test_a_solution_worse_than_none_is_not_used(quadratic, monkeypatch):
    monkeypatch.setattr(
        implicit_function,
        "conjugate_gradients",
        lambda _operator, target, _steps: (times(-9.0, target), ()),
    )
    found = implicit(quadratic.problem, quadratic.leader, quadratic.solved)
    assert [issue.code for issue in found.issues] == ["not-converged"]
    assert found.residual > 1
    assert is_first_order(found)


def is_first_order(found):
    """Return whether an indirect part that did not converge was left out."""
    return (
        not any(value.any() for value in found.indirect.values())
        and found.ratio == 0
        and all(torch.equal(found.total[k], v) for k, v in found.direct.items())
    )


def test_leader_that_no_loss_depends_on_gets_zero(quadratic):
    leader = quadratic.leader | {"idle": torch.ones(2, dtype=torch.float64)}
    for name in SolverName:
        found = hypergradient(
            quadratic.problem, leader, quadratic.solved, Solver(name=name)
        )
        assert torch.equal(found.total["idle"], torch.zeros(2, dtype=torch.float64))


def test_each_solver_name_gives_its_own_gradient(quadratic):
    def total(**options):
        return hypergradient(
            quadratic.problem, quadratic.leader, quadratic.solved, Solver(**options)
        ).total["p"]

    first = total(name=SolverName.ALTERNATING)
    assert torch.equal(total(name=SolverName.JOINT), first)
    assert torch.equal(total(name=SolverName.NONE), first)
    exact = total(name=SolverName.UNROLLED, unroll_step_size=0.1, unroll_steps=2)
    differences = total(
        name=SolverName.UNROLLED,
        unroll_step_size=0.1,
        unroll_steps=2,
        finite_difference=True,
    )
    assert error(differences, exact) < 1e-6
    assert not torch.equal(differences, exact)
    cg = total(name=SolverName.IMPLICIT, implicit_steps=8, damping=0.0)
    assert error(cg, quadratic.direct + quadratic.indirect) < 1e-8
    neumann = total(
        name=SolverName.IMPLICIT, implicit_method="neumann", implicit_steps=8
    )
    assert error(neumann, cg) > 1e-3
    tiny_steps = total(
        name=SolverName.IMPLICIT, implicit_method="neumann", neumann_step_size=1e-9
    )
    assert error(tiny_steps, first) < 1e-6


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"unroll_steps": 0}, "'unroll_steps': found 0"),
        ({"implicit_steps": 0}, "'implicit_steps': found 0"),
        ({"unroll_step_size": -1.0}, "'unroll_step_size': found -1"),
        ({"neumann_step_size": -0.1}, "'neumann_step_size': found -0.1"),
        ({"damping": float("nan")}, "'damping': found nan"),
        ({"implicit_method": "rank1"}, "expected one of cg, neumann"),
    ],
)
def test_options_outside_their_range_are_refused(options, message):
    with pytest.raises(InvalidInputError, match=message):
        Solver(**options)


@pytest.mark.parametrize("name", [SolverName.UNROLLED, SolverName.IMPLICIT])
@pytest.mark.parametrize("finite_difference", [False, True])
def test_second_order_in_low_precision_is_refused(quadratic, name, finite_difference):
    solver = Solver(name=name, finite_difference=finite_difference)
    low = {key: value.bfloat16() for key, value in quadratic.solved.items()}
    with pytest.raises(InvalidInputError, match=r"found torch\.bfloat16"):
        hypergradient(quadratic.problem, quadratic.leader, low, solver)
    with (
        torch.autocast("cpu", dtype=torch.bfloat16),
        pytest.raises(InvalidInputError, match="found autocast on"),
    ):
        hypergradient(quadratic.problem, quadratic.leader, quadratic.solved, solver)
