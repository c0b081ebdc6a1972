"""A run that was damaged or mixed with another: a clear error, never other numbers."""

import json
import shutil
import struct

import pytest

from bratsfuse.baselines import BASELINES, UNetConfig
from bratsfuse.errors import InvalidInputError
from bratsfuse.training import load_run, train
from bratsfuse.training.files import Tensors, read_tensors

SMALL = {
    "preset": "tiny",
    "batch_size": 2,
    "warm_up": 1,
    "validate_every": 1,
    "log_every": 1,
    "checkpoint_every": 1,
    "schedule_steps": 4,
}
UNET = BASELINES["unet"].training()
CONFIG = UNetConfig(**SMALL, steps=1, downsample=8)


@pytest.fixture(scope="module")
def whole_run(built_toy_release, tmp_path_factory):
    run = tmp_path_factory.mktemp("damaged") / "run"
    train("unet", UNET, built_toy_release, run, CONFIG)
    return run


@pytest.fixture
def run(whole_run, tmp_path):
    return shutil.copytree(whole_run, tmp_path / "run")


def go_on(run, release):
    more = UNetConfig(**SMALL, steps=2, downsample=8)
    return train("unet", UNET, release, run, more, resume=True)


def flip(path, place):
    content = bytearray(path.read_bytes())
    content[place] ^= 4
    path.write_bytes(content)


def test_a_whole_run_goes_on(run, built_toy_release):
    assert go_on(run, built_toy_release).steps_done == 2


@pytest.mark.parametrize("place", [-1, -1000, -5000])
def test_a_flipped_bit_of_weights_is_found(place, run, built_toy_release):
    flip(run / "model.safetensors", place)
    with pytest.raises(InvalidInputError, match="changed or"):
        load_run(run, UNET)
    flip(run / "last.safetensors", place)
    with pytest.raises(InvalidInputError, match="changed or"):
        go_on(run, built_toy_release)


def test_a_changed_fact_beside_the_weights_is_found(run, built_toy_release):
    path = run / "last.safetensors"
    content = path.read_bytes()
    (length,) = struct.unpack("<Q", content[:8])
    head = json.loads(content[8 : 8 + length])
    facts = head["__metadata__"]["bratsfuse"]
    head["__metadata__"]["bratsfuse"] = facts.replace(
        '"steps_done": 1', '"steps_done": 0'
    )
    assert head["__metadata__"]["bratsfuse"] != facts
    text = json.dumps(head).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + content[8 + length :])
    with pytest.raises(InvalidInputError, match="changed or"):
        go_on(run, built_toy_release)


def test_a_missing_last_checkpoint_is_told(run, built_toy_release):
    (run / "last.safetensors").unlink()
    before = (run / "run.json").read_bytes()
    with pytest.raises(InvalidInputError, match="missing, and 1 steps are done"):
        go_on(run, built_toy_release)
    assert (run / "run.json").read_bytes() == before


def test_weights_in_place_of_a_checkpoint_are_told(run, built_toy_release):
    shutil.copyfile(run / "model.safetensors", run / "last.safetensors")
    with pytest.raises(InvalidInputError, match="not a checkpoint of this run"):
        go_on(run, built_toy_release)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("groups", []),
        ("groups", {"unet": {"param_groups": ["a"], "rest": {}}}),
        ("python", [3, [1 << 70] * 625, None]),
        ("memory", 1),
    ],
)
def test_facts_of_something_else_are_told(key, value, run, built_toy_release):
    content = read_tensors(run / "last.safetensors")
    facts = {**content.facts, key: value}  # with a digest that fits them
    Tensors(content.tensors, facts).write(run / "last.safetensors")
    with pytest.raises(InvalidInputError, match="not a checkpoint of this run"):
        go_on(run, built_toy_release)


@pytest.mark.parametrize(
    "text", ["a,b\n1,2\n", "", "\x00\xff", "step,train_loss\n1,0.25\n"]
)
def test_a_foreign_log_is_not_written_over(text, run, built_toy_release):
    (run / "metrics.csv").write_text(text)
    with pytest.raises(InvalidInputError, match=r"metrics\.csv: row 1"):
        go_on(run, built_toy_release)
    assert (run / "metrics.csv").read_text() == text


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("steps", 10**12),
        ("batch_size", 10**9),
        ("downsample", 10**6),
        ("seed", 2**70),
        ("lr_follower", 1e300),
    ],
)
def test_an_absurd_value_is_refused(key, value):
    from bratsfuse.training.read_config import read_config

    with pytest.raises(InvalidInputError) as problem:
        read_config(UNetConfig, None, [f"{key}={value}"])
    assert any(key in str(issue) for issue in problem.value.issues)


def test_an_edited_config_is_found(run, built_toy_release):
    path = run / "config.toml"
    text = path.read_text()
    path.write_text(text.replace("seed = 0", "seed = 1"))
    assert path.read_text() != text
    with pytest.raises(InvalidInputError, match=r"config\.toml: not what the training"):
        load_run(run, UNET)
    with pytest.raises(InvalidInputError, match="it was edited; put it back"):
        go_on(run, built_toy_release)


def test_a_run_killed_before_its_new_config_was_written_goes_on(run, built_toy_release):
    old = (run / "config.toml").read_bytes()
    assert go_on(run, built_toy_release).steps_done == 2
    (run / "config.toml").write_bytes(old)
    assert go_on(run, built_toy_release).steps_done == 2
    load_run(run, UNET)
