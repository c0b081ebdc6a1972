"""Solvers on small real networks, against finite differences of what they promise."""

from dataclasses import replace

import pytest
import torch
from torch import nn

from bratsfuse.baselines import UNet
from bratsfuse.baselines.fuse4seg.bilevel import (
    Problem,
    direct_only,
    implicit,
    unrolled,
    unrolled_by_differences,
)
from bratsfuse.baselines.fuse4seg.bilevel.curvature import largest_curvature
from bratsfuse.baselines.fuse4seg.bilevel.params import dot, norm, plus, times
from bratsfuse.baselines.fuse4seg.fusion_net import FusionNet, FusionPreset
from bratsfuse.baselines.fuse4seg.losses import LossWeights
from bratsfuse.baselines.fuse4seg.objectives import Batch, Objectives

NANO = FusionPreset(width=4, levels=2)
SMALL = 12
RIDGE = 0.05
SEGMENTATION_ONLY = LossWeights(
    intensity=0, gradient=0, frequency=0, similarity=0, segmentation=1
)


@pytest.fixture(autouse=True, scope="module")
def one_thread():
    """More threads only wait for one another on images this small."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


class Game:
    """A nano leader, a small follower, a batch for each, and their smooth losses."""

    def __init__(self, follower):
        torch.manual_seed(0)
        # A difference quotient of rounded images is 0 nearly everywhere.
        self.objectives = Objectives(
            FusionNet(size=NANO), follower, SEGMENTATION_ONLY, rounded=False
        )
        self.objectives.leader.double()
        self.objectives.follower.double()
        self.leader_batch = make_batch(seed=1)
        self.follower_batch = make_batch(seed=2)
        self.leader = detached(self.objectives.leader_params())
        self.follower = detached(self.objectives.follower_params())
        self.problem = Problem(upper=self.upper, lower=self.lower)

    def upper(self, leader, follower):
        terms = self.objectives.leader_terms(leader, follower, self.leader_batch)
        return sum(
            getattr(self.objectives.weights, name) * term
            for name, term in terms.items()
        )

    def lower(self, leader, follower):
        # The ridge gives the follower one well-conditioned minimum.
        loss = self.objectives.follower_loss(leader, follower, self.follower_batch)
        return loss + RIDGE * dot(follower, follower) / 2

    def solve(self, leader, start):
        """Return the follower that answers the leader, by L-BFGS."""
        place = {name: value.clone().requires_grad_() for name, value in start.items()}
        optimiser = torch.optim.LBFGS(
            place.values(),
            max_iter=300,
            tolerance_grad=1e-11,
            tolerance_change=1e-16,
            history_size=50,
            line_search_fn="strong_wolfe",
        )

        def closure():
            optimiser.zero_grad()
            loss = self.lower(leader, place)
            loss.backward()
            return loss

        optimiser.step(closure)
        return detached(place)


def make_batch(seed):
    """Three slices whose regions can be learned from the brightness of the sources."""
    generator = torch.Generator().manual_seed(seed)
    sources = torch.rand(3, 2, SMALL, SMALL, generator=generator).double()
    sources[:, :, :2] = 0
    tumour = torch.rand(3, SMALL, SMALL, generator=generator).double()
    shown = 0.6 * sources[:, 0] + 0.4 * tumour
    regions = torch.stack([shown > limit for limit in (0.4, 0.5, 0.6)], dim=1)
    return Batch(sources=sources, regions=regions.double())


def two_convolutions():
    torch.manual_seed(3)
    return nn.Sequential(
        nn.Conv2d(1, 3, 3, padding=1), nn.SiLU(), nn.Conv2d(3, 3, 3, padding=1)
    )


def small_unet():
    torch.manual_seed(3)
    return UNet(width=4, levels=2)


def detached(params):
    return {name: value.detach().clone() for name, value in params.items()}


def random_direction(params, seed):
    generator = torch.Generator().manual_seed(seed)
    direction = {
        name: torch.randn(value.shape, generator=generator, dtype=value.dtype)
        for name, value in params.items()
    }
    return times(1 / norm(direction), direction)


def slope_along(function, leader, direction, step):
    """Return the central difference of a function of the leader."""
    ahead, behind = (
        float(function(plus(leader, direction, sign * step))) for sign in (1, -1)
    )
    return (ahead - behind) / (2 * step)


def relative(found, expected):
    return float(norm(plus(found, expected, -1.0)) / norm(expected))


@pytest.fixture(scope="module")
def solved():
    """A game whose follower has answered the leader."""
    game = Game(two_convolutions())
    game.follower = game.solve(game.leader, game.follower)
    return game


def test_implicit_gradient_is_the_slope_with_a_follower_solved_anew(solved):
    unknowns = sum(value.numel() for value in solved.follower.values())
    found = implicit(
        solved.problem, solved.leader, solved.follower, steps=unknowns, damping=0
    )
    assert found.issues == ()
    assert found.ratio > 0.05

    def answered(leader):
        return solved.upper(leader, solved.solve(leader, solved.follower)).detach()

    for steep in (found.total, found.direct, found.indirect):
        direction = times(1 / norm(steep), steep)
        expected = slope_along(answered, solved.leader, direction, step=1e-2)
        assert float(dot(found.total, direction)) == pytest.approx(expected, rel=5e-3)
    sideways = random_direction(solved.leader, seed=5)
    expected = slope_along(answered, solved.leader, sideways, step=1e-2)
    solver_noise = 1e-3 * float(norm(found.total))
    assert float(dot(found.total, sideways)) == pytest.approx(
        expected, abs=solver_noise
    )


@pytest.mark.slow
def test_solvers_agree_more_the_longer_they_look(solved):
    unknowns = sum(value.numel() for value in solved.follower.values())
    exact = implicit(
        solved.problem, solved.leader, solved.follower, steps=unknowns, damping=0
    ).total
    curvature = largest_curvature(solved.lower, solved.leader, solved.follower)
    first = direct_only(solved.problem, solved.leader, solved.follower)
    errors = [relative(first.total, exact)]
    for steps in (1, 100, 300):
        found = unrolled(
            solved.problem,
            solved.leader,
            solved.follower,
            steps=steps,
            step_size=1 / curvature,
        )
        assert found.issues == ()
        errors.append(relative(found.total, exact))
    assert errors == sorted(set(errors), reverse=True)
    neumann = [
        relative(
            implicit(
                solved.problem,
                solved.leader,
                solved.follower,
                method="neumann",
                steps=steps,
                damping=0,
            ).total,
            exact,
        )
        for steps in (1, 100, 300)
    ]
    assert neumann == sorted(set(neumann), reverse=True)
    assert max(errors[-1], neumann[-1]) < 0.1


def test_indirect_part_vanishes_for_one_loss_on_the_same_cases(solved):
    same = Problem(upper=solved.lower, lower=solved.lower)
    found = implicit(same, solved.leader, solved.follower, steps=20, damping=0)
    assert found.ratio < 1e-6
    assert found.cosine == pytest.approx(1)


def test_indirect_part_does_not_vanish_on_other_cases(solved):
    found = implicit(solved.problem, solved.leader, solved.follower, steps=20)
    assert found.ratio > 0.05


@pytest.fixture(
    scope="module",
    params=[two_convolutions, small_unet],
    ids=["convolutions", "unet"],
)
def untrained(request):
    return Game(request.param())


@pytest.mark.parametrize("steps", [1, 3])
def test_unrolled_gradient_is_the_slope_of_the_unrolled_objective(untrained, steps):
    step_size = 0.5

    def unrolled_objective(leader):
        place = untrained.follower
        for _ in range(steps):
            place = {
                name: value.clone().requires_grad_() for name, value in place.items()
            }
            loss = untrained.lower(leader, place)
            slopes = torch.autograd.grad(loss, list(place.values()))
            place = {
                name: (value - step_size * slope).detach()
                for (name, value), slope in zip(place.items(), slopes, strict=True)
            }
        return untrained.upper(leader, place)

    found = unrolled(
        untrained.problem,
        untrained.leader,
        untrained.follower,
        steps=steps,
        step_size=step_size,
    )
    assert found.ratio > 0.01
    for steep in (found.total, found.indirect):
        direction = times(1 / norm(steep), steep)
        expected = slope_along(
            unrolled_objective, untrained.leader, direction, step=1e-4
        )
        slope = float(dot(found.total, direction))
        assert slope == pytest.approx(expected, rel=1e-6)
    end = float(unrolled_objective(untrained.leader).detach())
    assert float(found.loss) == pytest.approx(end, rel=1e-12)


@pytest.mark.parametrize("steps", [1, 3])
def test_differences_agree_with_the_exact_unroll(untrained, steps):
    exact, differences = (
        unroll(
            untrained.problem,
            untrained.leader,
            untrained.follower,
            steps=steps,
            step_size=0.05,
        )
        for unroll in (unrolled, unrolled_by_differences)
    )
    assert relative(differences.indirect, exact.indirect) < 1e-3


def test_differences_agree_in_single_precision():
    game = Game(small_unet())
    single = replace(game.leader_batch, sources=game.leader_batch.sources.float())
    game.leader_batch = single
    game.follower_batch = replace(
        game.follower_batch, sources=game.follower_batch.sources.float()
    )
    leader, follower = (
        {name: value.float() for name, value in params.items()}
        for params in (game.leader, game.follower)
    )
    exact, differences = (
        unroll(game.problem, leader, follower, step_size=0.05)
        for unroll in (unrolled, unrolled_by_differences)
    )
    assert relative(differences.indirect, exact.indirect) < 5e-3


@pytest.mark.parametrize("unroll", [unrolled, unrolled_by_differences])
def test_steps_of_size_zero_are_first_order_bit_for_bit(untrained, unroll):
    first = direct_only(untrained.problem, untrained.leader, untrained.follower)
    found = unroll(
        untrained.problem, untrained.leader, untrained.follower, step_size=0.0
    )
    total = found.total
    assert all(torch.equal(total[name], value) for name, value in first.total.items())
    assert float(found.loss) == float(first.loss)


class Attention(nn.Module):
    """A follower whose pixels look at one another."""

    def __init__(self):
        super().__init__()
        self.into = nn.Conv2d(1, 12, 1)
        self.out = nn.Conv2d(4, 3, 1)

    def forward(self, images):
        tokens = self.into(images).flatten(2).transpose(1, 2).unsqueeze(1).contiguous()
        query, key, value = tokens.chunk(3, dim=-1)
        seen = nn.functional.scaled_dot_product_attention(query, key, value)
        maps = seen.squeeze(1).transpose(1, 2).unflatten(2, images.shape[-2:])
        return self.out(maps)


def test_flash_attention_has_no_second_derivative_by_itself():
    """What the next test guards against; should this fail, the guard can go."""
    follower = Attention().double()
    images = torch.rand(1, 1, 4, 4, dtype=torch.float64)
    loss = follower(images).square().sum()
    (slope,) = torch.autograd.grad(loss, follower.into.weight, create_graph=True)
    with pytest.raises(RuntimeError, match=r"derivative for .* is not implemented"):
        slope.sum().backward()


@pytest.mark.parametrize("solve", [unrolled, implicit])
def test_attention_follower_works_in_second_order(solve):
    torch.manual_seed(4)
    game = Game(Attention())
    found = solve(game.problem, game.leader, game.follower)
    assert float(norm(found.indirect)) > 0
    differences = unrolled_by_differences(game.problem, game.leader, game.follower)
    if solve is unrolled:
        assert relative(differences.indirect, found.indirect) < 1e-3
