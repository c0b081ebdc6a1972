"""Two processes that train one run: the weights of one that sees all their slices."""

import os
import signal
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from bratsfuse.baselines import BASELINES, UNetConfig
from bratsfuse.baselines.fuse4seg.config import Fuse4SegConfig
from bratsfuse.baselines.fuse4seg.trainable import TRAINING as FUSE4SEG
from bratsfuse.errors import InvalidInputError
from bratsfuse.training import ranks, train

UNET = BASELINES["unet"].training()
SMALL = {
    "preset": "tiny",
    "batch_size": 4,
    "schedule_steps": 4,
    "steps": 4,
    "warm_up": 0,
    "validate_every": 2,
    "log_every": 2,
    "checkpoint_every": 2,
}
PROGRAM = """
import os, signal, sys
from pathlib import Path
import torch
sys.path.insert(0, {tests!r})
from unit import test_training_ranks as these

torch.set_num_threads(1)
these.fit({which!r}, Path({release!r}), Path({run!r}), **{options!r})
"""


def fit(which, release, run, *, kill_at=None, resume=False, **choices):
    if which == "unet":
        training, config = UNET, UNetConfig(**{**SMALL, **choices})
    else:
        config = {**SMALL, "ramp_below": 99.0, "ramp_steps": 1, "solver": which}
        training, config = FUSE4SEG, Fuse4SegConfig(**{**config, **choices})
    if kill_at is not None and os.environ.get("RANK") == "1":
        whole = training.build

        def build(config, device):
            made = whole(config, device)
            step = made.step

            def dying(number, batches):
                if number == kill_at:
                    os.kill(os.getpid(), signal.SIGKILL)
                return step(number, batches)

            made.step = dying
            return made

        training = replace(training, build=build)
    name = "unet" if which == "unet" else "fuse4seg"
    return train(name, training, release, run, config, resume=resume)


def start_two(which, release, run, **options):
    """Return the exit statuses of two ranks."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    script = PROGRAM.format(
        tests=str(Path(__file__).parents[1]),
        which=which,
        release=str(release),
        run=str(run),
        options=options,
    )
    shared = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "WORLD_SIZE": "2"}
    started = [
        subprocess.Popen(
            [sys.executable, "-c", script],
            env={**os.environ, **shared, "RANK": str(rank), "LOCAL_RANK": str(rank)},
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank in range(2)
    ]
    return [(one.communicate()[1], one.returncode) for one in started]


def both_done(results):
    for told, status in results:
        assert status == 0, told


def close(one, other, tolerance=2e-4):
    one, other = (load_file(run / "model.safetensors") for run in (one, other))
    assert one.keys() == other.keys()
    for name, value in one.items():
        assert torch.allclose(value, other[name], atol=tolerance, rtol=1e-3), name


@pytest.mark.slow  # starts processes that train
def test_two_processes_learn_what_one_does_from_all_slices(built_toy_release, tmp_path):
    two, one, half = (tmp_path / name for name in ("two", "one", "half"))
    both_done(start_two("unet", built_toy_release, two, augment="full"))
    fit("unet", built_toy_release, one, augment="full", batch_size=8)
    close(two, one)
    fit("unet", built_toy_release, half, augment="full")
    with pytest.raises(AssertionError):
        close(two, half)
    assert not list(tmp_path.glob("*.rank1*"))
    assert not list(tmp_path.glob(".*unfinished"))


@pytest.mark.slow
@pytest.mark.parametrize("solver", ["none", "joint", "alternating"])
def test_leader_and_follower_learn_it_too(built_toy_release, tmp_path, solver):
    two, one = tmp_path / "two", tmp_path / "one"
    both_done(start_two(solver, built_toy_release, two))
    fit(solver, built_toy_release, one, batch_size=8)
    close(two, one)


@pytest.mark.slow
def test_a_run_goes_on_exactly_after_a_rank_was_killed(built_toy_release, tmp_path):
    broken, whole = tmp_path / "broken", tmp_path / "whole"
    results = start_two("unet", built_toy_release, broken, kill_at=3)
    assert all(status for _, status in results)
    both_done(start_two("unet", built_toy_release, broken, resume=True))
    both_done(start_two("unet", built_toy_release, whole))
    one, other = (load_file(run / "model.safetensors") for run in (broken, whole))
    assert all(torch.equal(value, other[name]) for name, value in one.items())
    with pytest.raises(InvalidInputError, match="by 2 processes, and now there are 1"):
        fit("unet", built_toy_release, broken, resume=True)


def test_second_order_is_refused_in_several_processes(monkeypatch):
    monkeypatch.setattr(ranks, "count", lambda: 2)
    for solver in ("unrolled", "implicit"):
        config = Fuse4SegConfig(**SMALL, solver=solver)
        with pytest.raises(InvalidInputError, match=f"{solver} in 2 processes"):
            FUSE4SEG.build(config, torch.device("cpu"))
    FUSE4SEG.build(Fuse4SegConfig(**SMALL, solver="alternating"), torch.device("cpu"))


def test_portions_accumulate_to_the_batch_but_for_what_is_pooled(
    built_toy_release, tmp_path
):
    one = fit("unet", built_toy_release, tmp_path / "one", steps=1, batch_size=4)
    two = fit(
        "unet", built_toy_release, tmp_path / "two", steps=1, batch_size=2, accumulate=2
    )
    assert one.patients == two.patients
    close(tmp_path / "one", tmp_path / "two", tolerance=0.02)
    config = Fuse4SegConfig(**SMALL, accumulate=2)
    with pytest.raises(InvalidInputError, match="accumulate: found 2, expected 1"):
        FUSE4SEG.build(config, torch.device("cpu"))


def test_processes_that_do_not_meet_are_refused(monkeypatch):
    monkeypatch.setenv("WORLD_SIZE", "2")
    monkeypatch.delenv("RANK", raising=False)
    told = pytest.raises(InvalidInputError, match="start them with torchrun")
    with told, ranks.connected(torch.device("cpu")):
        pass
