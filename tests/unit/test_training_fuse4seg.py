"""Fuse4Seg as a whole: its schedule, and what hearing the follower is good for."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from bratsfuse.baselines.fuse4seg import trainable as module
from bratsfuse.baselines.fuse4seg.config import Fuse4SegConfig
from bratsfuse.baselines.fuse4seg.trainable import TRAINING
from bratsfuse.issues import warning
from bratsfuse.release import SplitFile, read_manifest
from bratsfuse.training import load_run, read_run, train
from bratsfuse.training.files import read_tensors
from bratsfuse.training.trainable import Batch

SOLVERS = ("none", "joint", "alternating", "unrolled", "implicit")
SMALL = {"preset": "tiny", "batch_size": 2, "warm_up": 0, "log_every": 1}


def rows_of(release, run, **choices):
    rows = []
    config = Fuse4SegConfig(**{**SMALL, **choices})
    train(
        *("fuse4seg", TRAINING, release, run, config),
        report=lambda done, total, row: rows.append(row),
    )
    return rows


@pytest.mark.parametrize("solver", SOLVERS)
def test_every_solver_trains_and_only_none_never_hears_the_follower(
    solver, built_toy_release, tmp_path
):
    rows = rows_of(
        *(built_toy_release, tmp_path / "run"), solver=solver, steps=3, ramp_below=99.0
    )
    assert all("train_loss" in row for row in rows)
    heard = ["train_segmentation" in row for row in rows]
    fused = ["train_intensity" in row for row in rows]
    if solver == "none":
        assert (heard, fused) == ([False] * 3, [True] * 3)
    else:  # joint learns of the follower's loss from its first step only
        assert heard == fused == [solver != "joint", True, True]


def test_the_leader_waits_for_a_follower_that_has_learned_something(
    built_toy_release, tmp_path, monkeypatch
):
    losses = iter([1.6, 1.2, 0.7, 0.5, 0.5, 0.5, 0.5, 0.5])
    real = module.follower_step

    def scripted(*given, **options):
        return replace(real(*given, **options), loss=next(losses))

    monkeypatch.setattr(module, "follower_step", scripted)
    run = tmp_path / "run"
    rows = rows_of(
        *(built_toy_release, run),
        solver="alternating",
        steps=8,
        ramp_below=1.4,
        ramp_steps=2,
        ema=0.0,
    )
    # The running mean is 1.6, 1.56, 1.474, 1.377 and so on.
    assert ["train_segmentation" in row for row in rows] == [False] * 3 + [True] * 5
    facts = read_tensors(run / "last.safetensors").facts
    assert facts["memory"]["heard_since"] == 3


def test_the_fusion_term_rises_to_its_weight_once_the_leader_listens():
    config = Fuse4SegConfig(ramp_steps=4, weight_fusion=0.2, weight_segmentation=2.0)
    trainable = TRAINING.build(config, torch.device("cpu"))
    assert trainable.heard(7) is None
    trainable.memory["heard_since"] = 10
    weights = [trainable.heard(step).weights for step in (10, 11, 13, 50)]
    assert [one.fusion for one in weights] == pytest.approx([0.05, 0.1, 0.2, 0.2])
    assert {one.segmentation for one in weights} == {2.0}


def test_a_follower_that_learns_nothing_is_never_heard(built_toy_release, tmp_path):
    rows = rows_of(*(built_toy_release, tmp_path / "run"), steps=3, ramp_below=1e-9)
    assert not any("train_segmentation" in row for row in rows)


@pytest.mark.parametrize("solver", ["none", "alternating", "unrolled", "implicit"])
def test_leader_and_follower_learn_from_different_patients(
    solver, built_toy_release, tmp_path, monkeypatch
):
    """Of every step: whose slices came, and which of them each player was given."""
    cases = read_manifest(built_toy_release).cases
    seen = {"leader": set(), "follower": set()}
    given = []
    step = module.TrainableFuse4Seg.step

    def watched(self, number, batches):
        for player, batch in zip(("leader", "follower"), batches, strict=True):
            ids = {one.rpartition("_z")[0] for one in batch.slice_ids}
            seen[player] |= {cases[one].patient for one in ids}
        given[:] = [batch.images for batch in batches]
        return step(self, number, batches)

    def leading(objectives, optimiser, how, leaders, followers, **options):
        assert leaders.sources is given[0]
        assert followers.sources is given[1]
        return leader_step(objectives, optimiser, how, leaders, followers, **options)

    def following(objectives, optimiser, followers, **options):
        assert followers.sources is given[1]
        return follower_step(objectives, optimiser, followers, **options)

    leader_step, follower_step = module.leader_step, module.follower_step
    monkeypatch.setattr(module.TrainableFuse4Seg, "step", watched)
    monkeypatch.setattr(module, "leader_step", leading)
    monkeypatch.setattr(module, "follower_step", following)
    rows_of(
        *(built_toy_release, tmp_path / "run"),
        solver=solver,
        steps=6,
        batch_size=4,
        ramp_below=99.0,
    )
    told = read_run(tmp_path / "run").patients
    assert not set(told["leader"]) & set(told["follower"])
    assert {player: sorted(found) for player, found in seen.items()} == {
        player: told[player] for player in seen
    }


def test_the_leader_steps_as_often_as_it_is_told(built_toy_release, tmp_path):
    rows = rows_of(
        *(built_toy_release, tmp_path / "run"),
        solver="alternating",
        steps=4,
        leader_every=2,
        ramp_below=99.0,
    )
    assert ["train_leader_loss" in row for row in rows] == [True, False, True, False]


def looked_at(release, run, monkeypatch, *issues):
    """Return rows of a run whose diagnosis comes with some issues."""
    real = module.diagnose
    monkeypatch.setattr(
        module, "diagnose", lambda *given: replace(real(*given), issues=issues)
    )
    return rows_of(
        release,
        run,
        solver="alternating",
        steps=5,
        ramp_below=99.0,
        diagnose_every=2,
    )


def test_joint_training_says_how_the_goals_pull_and_has_nothing_left_out(
    built_toy_release, tmp_path
):
    rows = rows_of(
        *(built_toy_release, tmp_path / "run"),
        solver="joint",
        steps=3,
        ramp_below=99.0,
        diagnose_every=2,
    )
    measured = ["train_segmentation_over_fusion" in row for row in rows]
    assert measured == [False, False, True]  # in its first step it waits
    assert not any("train_indirect_over_direct" in row for row in rows)


def test_how_the_goals_pull_is_logged_now_and_then(
    built_toy_release, tmp_path, monkeypatch
):
    rows = looked_at(built_toy_release, tmp_path / "run", monkeypatch)
    names = ("segmentation_over_fusion", "segmentation_fusion_cosine")
    for name in (*names, "indirect_over_direct"):
        measured = [f"train_{name}" in row for row in rows]
        assert measured == [True, False, True, False, True], name
    assert all(row.get("train_segmentation_over_fusion", 1) > 0 for row in rows)
    assert all(
        -1 <= row.get("train_segmentation_fusion_cosine", 0) <= 1 for row in rows
    )


def test_a_diagnosis_that_did_not_converge_is_not_logged(
    built_toy_release, tmp_path, monkeypatch
):
    doubt = warning("implicit solver", "negative-curvature", "the follower is raw")
    rows = looked_at(built_toy_release, tmp_path / "run", monkeypatch, doubt)
    assert not any("train_indirect_over_direct" in row for row in rows)
    assert any("train_segmentation_over_fusion" in row for row in rows)


@pytest.mark.parametrize("steps", [1, 25])
@pytest.mark.parametrize("factor", [1, 2])
def test_fused_images_are_as_sharp_as_the_mean_of_their_sources(
    steps, factor, built_toy_release, tmp_path
):
    """Whatever the budget: fusing at full resolution loses no edges."""
    run = tmp_path / "run"
    rows_of(
        *(built_toy_release, run),
        steps=steps,
        batch_size=4,
        downsample=factor,
        ramp_below=99.0,
        ramp_steps=0,
    )
    trained = load_run(run, TRAINING)
    manifest = read_manifest(built_toy_release)
    sharp = {"fused": 0.0, "mean": 0.0}
    with SplitFile(built_toy_release / manifest.splits["test"].file) as file:
        for row in range(len(file)):
            images = {name: file.pixels(name, row) for name in trained.columns}
            stack = np.stack([*images.values()])
            fused = trained.predict(images)["fusion"]
            assert not fused[~stack.any(axis=0)].any()
            for name, image in (("fused", fused), ("mean", stack.mean(axis=0))):
                rows, columns = np.gradient(image.astype(float))
                sharp[name] += float(np.hypot(rows, columns).mean())
    assert sharp["fused"] >= 0.9 * sharp["mean"] > 0


def test_a_step_too_large_to_unroll_is_told_once(built_toy_release, tmp_path, caplog):
    rows_of(
        *(built_toy_release, tmp_path / "run"),
        solver="unrolled",
        unroll_step_size=100.0,
        steps=4,
        ramp_below=99.0,
        ramp_steps=0,
        diagnose_every=1,
    )
    told = [line for line in caplog.messages if "inner-step-too-large" in line]
    assert len(told) == 1


@pytest.mark.parametrize(("constant", "told"), [(0.0, False), (-9.0, True)])
def test_a_leader_that_draws_instead_of_fusing_is_told_once(constant, told, caplog):
    torch.manual_seed(0)
    trained = TRAINING.build(Fuse4SegConfig(preset="tiny"), torch.device("cpu"))
    with torch.no_grad():
        trained.networks["leader"].head.bias[0] += constant
    images = torch.rand(2, 2, 24, 24).round(decimals=1)
    masks = torch.randint(0, 4, (2, 24, 24), dtype=torch.uint8)
    for _ in range(2):
        trained.losses(Batch(images=images, masks=masks, slice_ids=("a", "b")))
    assert sum("[faded]" in line for line in caplog.messages) == told


@pytest.mark.slow
def test_a_fuser_that_hears_the_segmenter_is_segmented_better(
    phantom_release, tmp_path
):
    """The same steps, batches and first weights: only what the leader hears differs."""
    found = {}
    for solver in ("none", "alternating"):
        found[solver] = [
            rows_of(
                *(phantom_release, tmp_path / f"{solver}{seed}"),
                solver=solver,
                seed=seed,
                batch_size=8,
                downsample=4,
                steps=100,
                ramp_below=99.0,
                ramp_steps=5,
                validate_every=100,
                log_every=100,
            )[-1]["validation_loss"]
            for seed in (0, 1, 2)
        ]
    # One seed by itself may go either way; the mean of three has not.
    assert sum(found["alternating"]) < sum(found["none"])
