"""What a step of one player promises the other, and what it must pass on."""

import copy
from dataclasses import replace

import pytest
import torch
from torch import nn

from bratsfuse.baselines import UNet, segmentation_loss
from bratsfuse.baselines.fuse4seg.bilevel import (
    Problem,
    Solver,
    SolverName,
    direct_only,
)
from bratsfuse.baselines.fuse4seg.bilevel.params import dot, norm
from bratsfuse.baselines.fuse4seg.fusion_net import (
    FusionNet,
    FusionPreset,
    to_eight_bits,
)
from bratsfuse.baselines.fuse4seg.losses import LossWeights, weighted_sum
from bratsfuse.baselines.fuse4seg.objectives import Batch, Objectives
from bratsfuse.baselines.fuse4seg.steps import (
    compare_goals,
    diagnose,
    follower_step,
    joint_step,
    leader_step,
)
from bratsfuse.errors import InvalidInputError

ALL_TERMS = LossWeights(similarity=1.0)
NANO = FusionPreset(width=4, levels=2)
SEGMENTATION_ONLY = LossWeights(
    intensity=0, gradient=0, frequency=0, similarity=0, segmentation=1
)
SOLVERS = [
    Solver(name=SolverName.NONE),
    Solver(name=SolverName.ALTERNATING),
    Solver(name=SolverName.UNROLLED),
    Solver(name=SolverName.UNROLLED, finite_difference=True),
    # Enough damping for followers as raw as these: less falls back to first order.
    Solver(name=SolverName.IMPLICIT, implicit_steps=2, damping=20.0),
    Solver(
        name=SolverName.IMPLICIT,
        implicit_steps=2,
        damping=20.0,
        implicit_method="neumann",
    ),
]
ASKING = SOLVERS[1:]


def solver_id(solver):
    form = "differences" if solver.finite_difference else solver.implicit_method
    return f"{solver.name}-{form}"


@pytest.fixture(autouse=True, scope="module")
def one_thread():
    """More threads only wait for one another on images this small."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


class Players:
    """A leader and a follower with an optimiser each, and a batch for each."""

    def __init__(self, *, follower=None, weights=None, sources=2):
        torch.manual_seed(0)
        leader = FusionNet(sources, size=NANO).double()
        follower = (follower or UNet(width=4, levels=2)).double()
        self.objectives = Objectives(leader, follower, weights or LossWeights())
        self.leader, self.follower = leader, follower
        self.leader_optimiser = torch.optim.Adam(leader.parameters(), lr=1e-2)
        self.follower_optimiser = torch.optim.Adam(follower.parameters(), lr=1e-2)
        self.leader_batch = make_batch(seed=1, sources=sources)
        self.follower_batch = make_batch(seed=2, sources=sources)

    def step_leader(self, solver, **options):
        return leader_step(
            self.objectives,
            self.leader_optimiser,
            solver,
            self.leader_batch,
            self.follower_batch,
            **options,
        )

    def step_follower(self, **options):
        return follower_step(
            self.objectives, self.follower_optimiser, self.follower_batch, **options
        )

    def step_both(self, **options):
        return joint_step(
            self.objectives,
            self.leader_optimiser,
            self.follower_optimiser,
            self.leader_batch,
            **options,
        )


def make_batch(seed, sources=2, images=2):
    generator = torch.Generator().manual_seed(seed)
    pixels = torch.rand(images, sources, 12, 12, generator=generator).double()
    regions = torch.stack([pixels.mean(1) > limit for limit in (0.4, 0.5, 0.6)], 1)
    return Batch(sources=pixels, regions=regions.double())


def state(network, optimiser):
    """Everything that the other's step must leave alone."""
    return copy.deepcopy(
        {
            "weights": dict(network.named_parameters()),
            "buffers": dict(network.named_buffers()),
            "flags": {n: p.requires_grad for n, p in network.named_parameters()},
            "training": {n: m.training for n, m in network.named_modules()},
            ".grad": {n: p.grad for n, p in network.named_parameters()},
            "optimiser": optimiser.state_dict(),
        }
    )


def weights_of(network):
    return torch.cat([p.detach().flatten().clone() for p in network.parameters()])


def assert_same(one, other):
    """Compare nested dicts and lists whose leaves may be tensors, bit for bit."""
    assert type(one) is type(other)
    if isinstance(one, dict):
        assert one.keys() == other.keys()
        for key in one:
            assert_same(one[key], other[key])
    elif isinstance(one, list | tuple):
        for first, second in zip(one, other, strict=True):
            assert_same(first, second)
    elif isinstance(one, torch.Tensor):
        assert torch.equal(one, other)
    else:
        assert one == other


@pytest.mark.parametrize("solver", SOLVERS, ids=solver_id)
def test_leader_step_leaves_the_follower_alone(solver):
    players = Players()
    players.step_follower()  # so that its optimiser has a state to lose
    for parameter in players.follower.parameters():
        parameter.grad = torch.full_like(parameter, 7)
    next(players.follower.parameters()).requires_grad_(False)
    before = state(players.follower, players.follower_optimiser)
    leader_before = weights_of(players.leader)
    players.step_leader(solver, check_curvature=True)
    assert_same(state(players.follower, players.follower_optimiser), before)
    assert not torch.equal(weights_of(players.leader), leader_before)


def test_follower_step_leaves_the_leader_alone():
    players = Players()
    players.step_leader(Solver())
    for parameter in players.leader.parameters():
        parameter.grad = torch.full_like(parameter, 7)
    next(players.leader.parameters()).requires_grad_(False)
    before = state(players.leader, players.leader_optimiser)
    follower_before = weights_of(players.follower)
    players.step_follower()
    assert_same(state(players.leader, players.leader_optimiser), before)
    assert not torch.equal(weights_of(players.follower), follower_before)


@pytest.mark.parametrize("solver", ASKING, ids=solver_id)
def test_gradient_of_the_segmentation_loss_reaches_the_leader(solver):
    """A fused image made without a graph would leave the leader without a teacher."""
    players = Players(weights=SEGMENTATION_ONLY)
    found = players.step_leader(solver).hypergradient
    assert all(float(value.abs().max()) > 0 for value in found.direct.values())
    if solver.name is not SolverName.ALTERNATING:
        assert all(float(value.abs().max()) > 0 for value in found.indirect.values())


def test_alternating_leader_follows_plain_backpropagation():
    players = Players(weights=ALL_TERMS)
    fused, features = players.leader.fuse_and_explain(players.leader_batch.sources)
    fused = to_eight_bits(fused)
    weights = players.objectives.weights
    terms = players.objectives.leader_terms(
        dict(players.leader.named_parameters()), {}, players.leader_batch
    )
    assert set(terms) == {
        "intensity",
        "gradient",
        "frequency",
        "similarity",
        "segmentation",
    }
    assert features.low.shape[1] == 2
    terms["segmentation"] = segmentation_loss(
        players.follower(fused), players.leader_batch.regions
    )
    weighted_sum(terms, weights).backward()
    expected = {name: p.grad for name, p in players.leader.named_parameters()}
    found = players.step_leader(Solver()).hypergradient.total
    for name, value in expected.items():
        assert torch.allclose(found[name], value, rtol=1e-10, atol=1e-14), name


def test_leader_without_a_solver_never_asks_the_follower():
    class Deaf(nn.Conv2d):
        def forward(self, images):
            raise AssertionError("the leader asked")

    record = Players(follower=Deaf(1, 3, 1)).step_leader(Solver(name=SolverName.NONE))
    assert "segmentation" not in record.terms


def test_follower_learns_from_images_that_are_cut_off_from_the_leader():
    class Inquisitive(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = nn.Conv2d(1, 3, 1)
            self.saw_graph = []

        def forward(self, images):
            self.saw_graph.append(images.requires_grad)
            return self.layer(images)

    follower = Inquisitive()
    players = Players(follower=follower)
    players.step_follower()
    players.step_leader(Solver())
    assert follower.saw_graph == [False, True]


@pytest.mark.parametrize("solver", SOLVERS, ids=solver_id)
def test_a_step_does_not_depend_on_gradients_that_lay_around(solver):
    clean, littered = Players(), Players()
    for parameter in [*littered.leader.parameters(), *littered.follower.parameters()]:
        parameter.grad = torch.full_like(parameter, 7)
    for players in (clean, littered):
        players.step_leader(solver)
        players.step_follower()
    assert torch.equal(weights_of(clean.leader), weights_of(littered.leader))
    assert torch.equal(weights_of(clean.follower), weights_of(littered.follower))


def test_terms_add_up_and_none_leaks_into_another():
    terms = {}
    for name in ("intensity", "gradient", "frequency", "similarity", "segmentation"):
        silent = dict.fromkeys(
            ("intensity", "gradient", "frequency", "similarity", "segmentation"), 0.0
        )
        alone = Players(weights=LossWeights(**(silent | {"fusion": 1.0, name: 1.0})))
        terms[name] = alone.step_leader(Solver()).hypergradient.direct
    together = Players(weights=ALL_TERMS).step_leader(Solver())
    for key, value in together.hypergradient.direct.items():
        summed = sum(ALL_TERMS.of(name) * terms[name][key] for name in terms)
        assert torch.allclose(value, summed, rtol=1e-9, atol=1e-12)


def test_steps_leave_no_gradient_behind():
    players = Players()
    players.step_leader(Solver())
    players.step_follower()
    players.step_both()
    networks = (players.leader, players.follower)
    assert all(p.grad is None for net in networks for p in net.parameters())


def test_unrolled_steps_of_size_zero_are_alternating_bit_for_bit():
    alternating, unrolled = Players(), Players()
    for _ in range(2):
        alternating.step_leader(Solver())
        unrolled.step_leader(Solver(name=SolverName.UNROLLED, unroll_step_size=0.0))
        for players in (alternating, unrolled):
            players.step_follower()
    assert torch.equal(weights_of(alternating.leader), weights_of(unrolled.leader))
    assert torch.equal(weights_of(alternating.follower), weights_of(unrolled.follower))


@pytest.mark.parametrize(
    "layer",
    [nn.BatchNorm2d(3), nn.InstanceNorm2d(3, track_running_stats=True)],
    ids=["batch", "instance"],
)
def test_follower_with_a_memory_is_refused(layer):
    follower = nn.Sequential(nn.Conv2d(1, 3, 1), layer)
    with pytest.raises(InvalidInputError, match=r"follower layer '1'.* use GroupNorm"):
        Players(follower=follower)


def test_follower_that_mixes_the_images_of_a_batch_is_refused():
    layer = nn.BatchNorm2d(3, track_running_stats=False)
    with pytest.raises(InvalidInputError, match="normalisation of single images"):
        Players(follower=nn.Sequential(nn.Conv2d(1, 3, 1), layer))


def test_fusion_terms_of_a_batch_are_the_mean_of_its_images():
    players = Players()
    params = [players.objectives.leader_params(), players.objectives.follower_params()]

    def terms(images):
        batch = players.leader_batch
        part = Batch(sources=batch.sources[images], regions=batch.regions[images])
        found = players.objectives.leader_terms(*params, part)
        del found["segmentation"]  # its Dice is of the batch
        return {name: float(value.detach()) for name, value in found.items()}

    whole, first, second = terms([0, 1]), terms([0]), terms([1])
    for name, value in whole.items():
        assert value == pytest.approx((first[name] + second[name]) / 2), name


@pytest.mark.parametrize("sources", [2, 3, 4])
def test_players_learn_with_any_number_of_sources(sources):
    players = Players(sources=sources)
    first_leader = players.step_leader(Solver()).loss
    first_follower = players.step_follower().loss
    for _ in range(30):
        last_follower = players.step_follower().loss
        last_leader = players.step_leader(Solver()).loss
    assert last_leader < first_leader
    assert last_follower < first_follower


def test_joint_step_moves_both_down_one_loss():
    players = Players()
    before = weights_of(players.leader), weights_of(players.follower)
    first = players.step_both()
    assert not torch.equal(weights_of(players.leader), before[0])
    assert not torch.equal(weights_of(players.follower), before[1])
    for _ in range(20):
        last = players.step_both()
    assert last.loss < first.loss
    assert last.hypergradient is None


def test_joint_and_alternating_leaders_agree_on_the_same_cases():
    joint, alternating = Players(), Players()
    joint.step_both()
    alternating.step_leader(Solver())
    assert torch.allclose(
        weights_of(joint.leader), weights_of(alternating.leader), rtol=0, atol=1e-9
    )


def test_gradient_is_clipped_to_the_length_given():
    players = Players()
    players.leader_optimiser = torch.optim.SGD(players.leader.parameters(), lr=1.0)
    before = weights_of(players.leader)
    record = players.step_leader(Solver(), clip_norm=0.01)
    moved = float((weights_of(players.leader) - before).norm())
    assert record.gradient_norm > 0.01
    assert moved == pytest.approx(0.01)


def test_step_along_a_broken_gradient_is_not_taken():
    players = Players()
    broken = players.leader_batch.sources.clone()
    broken[0, 0, 5, 5] = float("nan")
    players.leader_batch = replace(players.leader_batch, sources=broken)
    players.follower_batch = replace(players.follower_batch, sources=broken)
    before = weights_of(players.leader), weights_of(players.follower)
    for record in (players.step_leader(Solver()), players.step_follower()):
        assert [issue.code for issue in record.issues] == ["gradient-not-finite"]
    assert torch.equal(weights_of(players.leader), before[0])
    assert torch.equal(weights_of(players.follower), before[1])


def test_record_carries_the_terms_and_the_doubts_of_the_solver():
    players = Players()
    steep = Solver(name=SolverName.UNROLLED, unroll_step_size=1e4)
    record = players.step_leader(steep, check_curvature=True)
    assert {issue.code for issue in record.issues} >= {"inner-step-too-large"}
    weights = players.objectives.weights
    total = sum(weights.of(name) * value for name, value in record.terms.items())
    assert record.loss == pytest.approx(total)


def test_the_two_goals_are_compared_by_their_weighted_gradients():
    players = Players(weights=ALL_TERMS)
    objectives, batch = players.objectives, players.leader_batch
    sides = []
    for weights in ({"segmentation": 0.0}, {"fusion": 0.0}):
        alone = replace(objectives, weights=replace(ALL_TERMS, **weights))
        problem = Problem(
            upper=lambda leader, follower, alone=alone: weighted_sum(
                alone.leader_terms(leader, follower, batch), alone.weights
            ),
            lower=None,
        )
        params = objectives.leader_params(), objectives.follower_params()
        sides.append(direct_only(problem, *params).direct)
    fusion, task = sides
    ratio, cosine = compare_goals(objectives, batch)
    assert ratio == pytest.approx(float(norm(task) / norm(fusion)))
    assert cosine == pytest.approx(float(dot(task, fusion) / norm(task) / norm(fusion)))
    assert all(p.grad is None for p in players.leader.parameters())


def test_diagnosis_measures_the_indirect_part_and_moves_nobody():
    torch.manual_seed(0)
    players = Players(follower=nn.Conv2d(1, 3, 1))  # nearly convex, hence solvable
    before = [
        state(players.leader, players.leader_optimiser),
        state(players.follower, players.follower_optimiser),
    ]
    found = diagnose(players.objectives, players.leader_batch, players.follower_batch)
    assert found.issues == ()
    assert found.ratio > 0
    assert -1 <= found.cosine <= 1
    assert_same(state(players.leader, players.leader_optimiser), before[0])
    assert_same(state(players.follower, players.follower_optimiser), before[1])


def test_frozen_parameters_stay_as_they_are():
    players = Players()
    stem = players.leader.stem[0].weight.requires_grad_(False)
    before = stem.clone()
    players.step_leader(Solver())
    assert torch.equal(stem, before)
