"""Configs: what wins over what, and what is refused with which words."""

import dataclasses
import inspect
import json
import re
import tomllib
from dataclasses import asdict
from pathlib import Path

import pytest

from bratsfuse.baselines._unet_training import UNetConfig
from bratsfuse.baselines.fuse4seg.trainable import Fuse4SegConfig
from bratsfuse.errors import InvalidInputError
from bratsfuse.training.config import TrainingConfig
from bratsfuse.training.read_config import (
    ConfigError,
    differences,
    read_config,
    to_toml,
)

CONFIGS = (UNetConfig, Fuse4SegConfig)


@pytest.fixture
def file(tmp_path):
    """Write a config file of the given lines."""

    def write(*lines):
        path = tmp_path / "my.toml"
        path.write_text("\n".join(lines))
        return path

    return write


def told(kind, file=None, settings=()):
    with pytest.raises(ConfigError) as caught:
        read_config(kind, file, settings)
    return [(issue.where, issue.code, issue.message) for issue in caught.value.issues]


@pytest.mark.parametrize("kind", CONFIGS)
def test_without_any_choice_every_key_has_its_default(kind):
    assert read_config(kind) == kind()


def test_the_command_line_wins_over_the_file_and_the_file_over_the_preset(file):
    tiny = UNetConfig.PRESETS["tiny"]
    path = file('preset = "tiny"', "steps = 7", "seed = 3")
    config = read_config(UNetConfig, path, ["seed=4"])
    assert config.batch_size == tiny["batch_size"] != UNetConfig().batch_size
    assert config.steps == 7 != tiny["steps"]
    assert config.seed == 4


def test_a_preset_may_be_chosen_on_the_command_line_over_the_one_in_the_file(file):
    config = read_config(UNetConfig, file('preset = "tiny"'), ["preset=base"])
    assert (config.preset, config.steps) == ("base", UNetConfig().steps)


@pytest.mark.parametrize("kind", CONFIGS)
@pytest.mark.parametrize("preset", ["tiny", "default", "base"])
def test_every_preset_is_a_config(kind, preset):
    config = read_config(kind, settings=[f"preset={preset}"])
    for key, value in kind.PRESETS[preset].items():
        assert getattr(config, key) == value


@pytest.mark.parametrize("kind", CONFIGS)
def test_what_is_written_is_read_as_the_same_config(kind, tmp_path):
    config = read_config(
        kind, settings=["preset=tiny", "lr_follower=3e-5", 'sources=["t2","t1"]']
    )
    path = tmp_path / "config.toml"
    path.write_text(to_toml(config))
    assert read_config(kind, path) == config
    assert list(tomllib.loads(path.read_text())) == [
        field.name for field in dataclasses.fields(kind)
    ]


def test_values_are_those_of_toml_and_a_single_word_needs_no_quotes():
    config = read_config(
        UNetConfig,
        settings=["flip=true", "join=late", 'sources = ["t1", "fusion:maximum"]'],
    )
    assert config.flip is True
    assert config.join == "late"
    assert config.columns == ("t1", "fusion_maximum")


def test_an_unknown_key_is_told_with_its_place_and_what_was_meant(file):
    path = file("stpes = 5")
    assert told(UNetConfig, path) == [
        (str(path), "unknown-key", "unknown key 'stpes'; did you mean 'steps'?")
    ]
    ((place, _, message),) = told(UNetConfig, settings=["sede=1"])
    assert (place, message) == (
        "--set sede=1",
        "unknown key 'sede'; did you mean 'seed'?",
    )


def test_all_problems_are_told_at_once(file):
    path = file("steps = 0", 'preset = "tyni"', "colour = 1")
    found = told(UNetConfig, path, ["batch_size=1.5"])
    assert {code for _, code, _ in found} == {"unknown-key", "wrong-value"}
    words = {message.split(":")[0] for _, _, message in found}
    assert words == {"steps", "preset", "batch_size", "unknown key 'colour'; known"}


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("steps=0", "steps: found 0, expected greater than or equal to 1"),
        ("steps=many", 'steps: found "many", expected a valid integer'),
        ("flip=1", "flip: found 1, expected a valid boolean"),
        ("preset=tini", "did you mean 'tiny'?"),
        ("solver=alternate", "did you mean 'alternating'?"),
        ("lr_leader=-1.0", "lr_leader: found -1.0, expected greater than 0"),
        ("lr_leader=nan", "lr_leader: found NaN, expected a finite number"),
        ("sources=t1ce", "sources: found"),
        ('sources=["t1ce"]', "expected 2 to 4 of t1, t1ce, t2, flair"),
        ('sources=["t1ce","fusion:maximum"]', "expected 2 to 4 of"),
        ('sources=["t1ce","t1ce"]', "none of them twice"),
        ('sources=["t1ce","falir"]', "sources: found 'falir', expected any of"),
    ],
)
def test_a_wrong_value_is_told_with_what_was_expected(setting, words):
    ((place, code, message),) = told(Fuse4SegConfig, settings=[setting])
    assert place == f"--set {setting}"
    assert code == "wrong-value"
    assert words in message


def test_second_derivatives_refuse_low_precision():
    for settings in (["solver=implicit"], ["solver=unrolled"]):
        ((_, _, message),) = told(Fuse4SegConfig, settings=["amp=true", *settings])
        assert "full precision" in message
    assert read_config(Fuse4SegConfig, settings=["amp=true"]).amp


def test_late_joining_needs_two_sources():
    ((_, _, message),) = told(UNetConfig, settings=["join=late", 'sources=["flair"]'])
    assert "at least two" in message


def test_solvers_are_not_for_the_plain_segmenter():
    ((_, code, _),) = told(UNetConfig, settings=["solver=joint"])
    assert code == "unknown-key"


@pytest.mark.parametrize("setting", ["steps", "=3", "steps=", "steps=[1", "a=1\nb=2"])
def test_what_is_no_setting_is_refused_with_an_example(setting):
    with pytest.raises(InvalidInputError, match="expected KEY=VALUE"):
        read_config(UNetConfig, settings=[setting])


def test_a_file_that_is_no_toml_is_refused_with_its_line(file):
    path = file("steps = 3", "seed : 4")
    with pytest.raises(InvalidInputError, match=rf"{re.escape(str(path))}.*line 2"):
        read_config(UNetConfig, path)


def test_differences_name_both_values():
    one, other = UNetConfig(seed=1), UNetConfig(seed=2, join="late")
    assert differences(one, other) == ["seed = 1, not 2", 'join = "early", not "late"']


def test_rates_rise_then_halve_whatever_the_number_of_steps():
    config = TrainingConfig(warm_up=4, halve_every=10)
    assert [config.rate_factor(step) for step in (0, 3, 9, 10, 25)] == [
        0.25,
        1.0,
        1.0,
        0.5,
        0.25,
    ]
    flat = TrainingConfig(warm_up=0, halve_every=0)
    assert {flat.rate_factor(step) for step in (0, 5, 10**6)} == {1.0}


@pytest.mark.parametrize("kind", CONFIGS)
def test_every_key_is_explained(kind):
    for key in (field.name for field in dataclasses.fields(kind)):
        owner = kind if key in kind.__annotations__ else TrainingConfig
        # Python 3.13 takes the indentation off docstrings by itself.
        text = inspect.cleandoc(owner.__doc__)
        assert re.search(rf"^(\w+, )*{key}(, \w+)*$", text, re.MULTILINE), key


def test_the_document_tells_every_key_with_its_defaults():
    text = (Path(__file__).parents[2] / "docs" / "training.md").read_text()
    rows = [line.split("|") for line in text.splitlines() if line.startswith("| `")]
    told = {row[1].strip(): [cell.strip() for cell in row[2:4]] for row in rows}
    for kind in CONFIGS:
        tiny = kind.PRESETS["tiny"]
        for key, value in asdict(kind()).items():
            assert f"`{key}`" in text, key
            if f"`{key}`" in told and isinstance(value, int | float):
                default, at_tiny = told[f"`{key}`"]
                assert default == json.dumps(value), key
                assert at_tiny == (json.dumps(tiny[key]) if key in tiny else ""), key
