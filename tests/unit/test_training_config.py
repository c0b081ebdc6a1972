"""Configs: what wins over what, and what is refused with which words."""

import dataclasses
import inspect
import json
import re
import tomllib
from dataclasses import asdict
from pathlib import Path

import pytest

from bratsfuse.baselines import UNetConfig
from bratsfuse.baselines.fuse4seg.config import Fuse4SegConfig
from bratsfuse.errors import InvalidInputError
from bratsfuse.training import TrainingConfig
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
    assert (config.preset, config.steps) == (
        "base",
        UNetConfig.PRESETS["base"]["steps"],
    )


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
        settings=["crop=false", "join=late", 'sources = ["t1", "fusion:maximum"]'],
    )
    assert config.crop is False
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
        ("crop=1", "crop: found 1, expected a valid boolean"),
        ("ema=1.0", "ema: found 1.0, expected less than 1"),
        ("augment=ful", "did you mean 'full'?"),
        ("schedule=cosin", "did you mean 'cosine'?"),
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


@pytest.mark.parametrize(
    ("kind", "old", "new"),
    [
        (UNetConfig, "flip=true", "augment"),
        (UNetConfig, "halve_every=100", "schedule_steps"),
        (UNetConfig, "shrink=2", "downsample"),
        (Fuse4SegConfig, "flip=true", "augment"),
        (Fuse4SegConfig, "fusion_steps=10", "ramp_below"),
    ],
)
def test_a_key_of_earlier_versions_is_refused_with_the_new_one(kind, old, new):
    ((place, code, message),) = told(kind, settings=[old])
    assert (place, code) == (f"--set {old}", "unknown-key")
    assert "is no more; use" in message
    assert new in message
    for named in kind.REPLACED:
        assert named not in asdict(kind())


def rates(config, *steps):
    return [config.rate_factor(step) for step in steps]


def test_rates_rise_then_fall_along_a_cosine_that_ends_with_the_schedule():
    config = TrainingConfig(warm_up=0, steps=40).begun()
    assert rates(config, 0, 20, 40) == pytest.approx([1, 0.5, 0])
    falling = rates(config, *range(41))
    assert falling == sorted(falling, reverse=True)
    assert rates(TrainingConfig(warm_up=4, steps=4000), 0, 1, 3) == pytest.approx(
        [0.25, 0.5, 1], abs=1e-5
    )


def test_rates_are_halved_after_each_quarter_or_never():
    halved = TrainingConfig(warm_up=0, schedule="halve", schedule_steps=40)
    assert rates(halved, 0, 9, 10, 25, 39, 40) == [1, 1, 0.5, 0.25, 0.125, 0.0625]
    flat = TrainingConfig(warm_up=0, schedule="constant")
    assert rates(flat, 0, 5, 10**6) == [1, 1, 1]


def test_a_begun_run_keeps_its_schedule_whatever_the_steps():
    begun = TrainingConfig(steps=40).begun()
    assert begun.schedule_steps == 40
    assert TrainingConfig(steps=20, schedule_steps=40).begun().schedule_steps == 40
    shorter = dataclasses.replace(begun, steps=30)
    assert rates(shorter, *range(30)) == rates(begun, *range(30))


def test_steps_after_the_cosine_has_ended_are_refused():
    found = told(UNetConfig, settings=["steps=50", "schedule_steps=40"])
    ((place, _, message),) = found
    assert place == "--set steps=50"
    assert "begin a run with schedule_steps = 50" in message
    settings = ["steps=50", "schedule_steps=40", "schedule=halve"]
    assert read_config(UNetConfig, settings=settings).steps == 50


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
    told = {row[1].strip(): [cell.strip(" `") for cell in row[2:5]] for row in rows}
    for kind in CONFIGS:
        for key, value in asdict(kind()).items():
            assert f"`{key}`" in text, key
            if f"`{key}`" not in told or not isinstance(value, int | float | str):
                continue
            default, *others = told[f"`{key}`"]
            assert default.strip('"') == json.dumps(value).strip('"'), key
            for preset, cell in zip(("tiny", "base"), others, strict=True):
                changed = kind.PRESETS[preset]
                expected = json.dumps(changed[key]) if key in changed else ""
                assert cell == expected, (preset, key)
