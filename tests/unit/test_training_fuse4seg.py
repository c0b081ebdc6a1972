"""Fuse4Seg as a whole: its schedule, and what hearing the follower is good for."""

import pytest

from bratsfuse.baselines.fuse4seg.trainable import TRAINING, Fuse4SegConfig
from bratsfuse.training.loop import train

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
        *(built_toy_release, tmp_path / "run"),
        solver=solver,
        steps=3,
        fusion_steps=1,
        ramp_steps=0,
    )
    heard = ["train_segmentation" in row for row in rows]
    assert heard == ([False] * 3 if solver == "none" else [False, True, True])
    assert all("train_loss" in row for row in rows)


def test_the_segmentation_term_rises_after_the_fusion_steps():
    config = Fuse4SegConfig(
        fusion_steps=10, ramp_steps=4, weight_segmentation=2.0, solver="alternating"
    )
    weights = [config.segmentation_weight(step) for step in (0, 9, 10, 11, 13, 50)]
    assert weights == [0, 0, 0.5, 1.0, 2.0, 2.0]


def test_the_leader_steps_as_often_as_it_is_told(built_toy_release, tmp_path):
    rows = rows_of(
        *(built_toy_release, tmp_path / "run"), steps=4, leader_every=2, fusion_steps=0
    )
    assert ["train_leader_loss" in row for row in rows] == [True, False, True, False]


def test_what_first_order_leaves_out_is_measured_now_and_then(
    built_toy_release, tmp_path
):
    rows = rows_of(
        *(built_toy_release, tmp_path / "run"),
        steps=5,
        fusion_steps=1,
        ramp_steps=0,
        diagnose_every=2,
    )
    measured = [row.get("train_indirect_over_direct") for row in rows]
    assert [value is not None for value in measured] == [
        False,
        False,
        True,
        False,
        True,
    ]
    assert all(value > 0 for value in measured if value is not None)


def test_a_step_too_large_to_unroll_is_told_once(built_toy_release, tmp_path, caplog):
    rows_of(
        *(built_toy_release, tmp_path / "run"),
        solver="unrolled",
        unroll_step_size=100.0,
        steps=4,
        fusion_steps=0,
        ramp_steps=0,
        diagnose_every=1,
    )
    told = [line for line in caplog.messages if "inner-step-too-large" in line]
    assert len(told) == 1


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
                shrink=4,
                steps=100,
                fusion_steps=5,
                ramp_steps=5,
                weight_segmentation=10.0,
                validate_every=100,
                log_every=100,
            )[-1]["validation_loss"]
            for seed in (0, 1, 2)
        ]
    # One seed by itself may go either way; the mean of three has not.
    assert sum(found["alternating"]) < sum(found["none"])
