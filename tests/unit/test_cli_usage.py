"""What is typed wrongly is wrong usage, status 2, before any work."""

import inspect
import os
import signal
import subprocess
import sys

import click
import pytest
from click.testing import CliRunner

from bratsfuse.cli import main
from bratsfuse.terminal.tables import aligned
from bratsfuse.wording import id_meant


def run(*words):
    return CliRunner().invoke(main, [str(word) for word in words])


SCORES = ("score-masks", "a", "--reference", "b", "-o", "c")
EVALUATE = ("evaluate", "s", "--release", "r", "-o", "x")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("bild", "raw", "-o", "r"), "no command 'bild'; did you mean 'build'?"),
        (("xyzzy",), "bratsfuse --help lists all"),
        ((*EVALUATE, "--preset", "brats9999"), "found 'brats9999'"),
        ((*EVALUATE, "--preset", "brats2023_gly"), "did you mean 'brats2023-gli'?"),
        ((*EVALUATE, "--split", "all"), "run it with --split test"),
        (("check", "s", "--release", "r", "--split", "all"), "scored split by split"),
        ((*SCORES, "--preset", "brats9999"), "found 'brats9999'"),
        ((*SCORES, "--coding", "brats2018x"), "did you mean 'brats2018'?"),
        ((*SCORES, "--reference-coding", "ours"), "coding: found 'ours'"),
        ((*SCORES, "--challenge", "brats2026-glu"), "did you mean 'brats2026-gli'?"),
        ((*SCORES, "--metrics", "dise"), "did you mean 'dice'?"),
        ((*SCORES, "--regions", "TW"), "TW"),
        (("score", "f", "--source", "a", "--source", "b", "--metrics", "em"), "'em'"),
        (("build", "raw", "-o", "r", "--fuser", "laplacain"), "'laplacian'"),
        (("build", "raw", "-o", "r", "--layout", "brats2018x"), "'brats2018'"),
        (("build", "raw", "-o", "r", "--folds", "1"), "at least 2 folds"),
        (("build", "raw", "-o", "r", "--split", "0.5,0.1,0.1"), "add up to 1"),
        (("inspect", "raw", "--layout", "brats2018x"), "'brats2018'"),
        (("phantom", "raw", "--layout", "brats2018x"), "'brats2018'"),
    ],
)
def test_wrong_usage_is_2_before_any_work(words, told, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = run(*words)
    assert done.exit_code == 2, done.output
    assert told in done.stderr
    assert "no such" not in done.output
    assert list(tmp_path.iterdir()) == []


def test_a_setting_that_cannot_be_is_wrong_usage(built_toy_release, tmp_path):
    words = ("train", "unet", built_toy_release, "-o", tmp_path / "run")
    done = run(*words, "--set", "stpes=3")
    assert done.exit_code == 2
    assert "did you mean 'steps'?" in done.stderr
    file = tmp_path / "my.toml"
    file.write_text("stpes = 3")
    assert run(*words, "--config", file).exit_code == 1


@pytest.mark.parametrize("name", main.list_commands(None))
def test_every_command_takes_what_its_options_give(name):
    commands = [main.get_command(None, name)]
    commands += getattr(commands[0], "commands", {}).values()
    for command in commands:
        if command.callback is not None:
            taken = inspect.signature(inspect.unwrap(command.callback)).parameters
            given = {one.name for one in command.params if one.expose_value}
            assert given <= set(taken), given - set(taken)


def test_an_unknown_method_is_wrong_usage(built_toy_release, tmp_path):
    done = run("predict", "laplacain", built_toy_release, "-o", tmp_path / "s")
    assert done.exit_code == 2
    assert "did you mean 'laplacian'?" in done.stderr


@pytest.mark.parametrize("name", ["brats2024_gli", "BraTS2024-GLI", "brats2024-gli"])
def test_presets_take_hyphens_and_underscores(name):
    import numpy as np

    from bratsfuse.cli.score_masks import command
    from bratsfuse.metrics import segmentation

    (preset,) = [one for one in command.params if one.name == "preset"]
    chosen = preset.process_value(click.Context(command), name)
    assert chosen == "brats2024-gli"
    mask = np.ones((9, 9), np.uint8)
    options = {"metrics": ["lesion_dice"], "regions": ["WT"]}
    assert segmentation.evaluate(mask, mask, preset=name, **options)


def test_a_protocol_has_no_unknown_preset_whatever_is_scored(built_toy_release):
    from bratsfuse.errors import InvalidInputError
    from bratsfuse.evaluation.settings import protocol_of
    from bratsfuse.release import read_manifest

    manifest = read_manifest(built_toy_release)
    with pytest.raises(InvalidInputError, match="brats9999"):
        protocol_of(manifest, "brats", "brats9999")
    assert protocol_of(manifest, "brats", "brats2023_gli").preset == "brats2023-gli"


def test_a_reader_that_has_seen_enough_is_no_failure():
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "bratsfuse", "selftest", "--help"],
            stdout=writing, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    finally:
        os.close(writing)
    assert done.stderr == ""


@pytest.mark.parametrize("command", ["baselines", "info", "verify", "check"])
def test_no_command_speaks_of_a_broken_pipe(command, built_toy_release, monkeypatch):
    import click

    words = {"info": [built_toy_release], "verify": [built_toy_release]}
    words["check"] = [built_toy_release, "--release", built_toy_release]

    def broken(*_, **__):
        raise BrokenPipeError(32, "Broken pipe")

    monkeypatch.setattr(click, "echo", broken)
    done = run(command, *words.get(command, ()))
    assert done.exit_code == 128 + signal.SIGPIPE
    assert done.output == ""


def test_a_table_fits_the_terminal():
    rows = [
        ("", "metric", "range", "mean", "interval"),
        ("", "en", "0..8", "2", "[1, 3]"),
    ]
    for width in range(23, 60):
        lines = aligned(rows, right={3, 4}, width=width)
        assert max(map(len, lines)) <= width
        assert all(any(cell in line for line in lines) for cell in rows[1])
    words = [("name", "does"), ("pca", "weights by the variance that they share")]
    lines = aligned(words, width=20)
    assert max(map(len, lines)) <= 20
    assert " ".join(" ".join(lines).split()) == (
        "name does pca weights by the variance that they share"
    )
    assert aligned(words, width=200) == aligned(words)


class Terminal:
    def isatty(self):
        return True


def test_that_of_standard_output_is_asked(monkeypatch):
    monkeypatch.setattr("bratsfuse.terminal.tables.sys.stdout", Terminal())
    monkeypatch.setenv("COLUMNS", "30")
    lines = aligned([("a", "b"), ("x", "word " * 30)])
    assert max(map(len, lines)) <= 30


# A submission for another release, whose ids look like those of this one.


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("BraTS2021_00003", ""),
        ("Brats18_TCIA01_203_1", ""),
        ("brats2021-00002", "did you mean 'BraTS2021_00002'?"),
        ("BraTS2021_00002 ", "did you mean 'BraTS2021_00002'?"),
        ("BraTS2021_00002_seg", "did you mean 'BraTS2021_00002'?"),
        ("__", ""),
    ],
)
def test_the_closest_id_is_another_patient(name, meant):
    known = ["BraTS2021_00000", "BraTS2021_00002", "Brats18_TCIA01_201_1"]
    assert id_meant(name, known) == meant


def ids(cases, z=(70, 71)):
    return [(case, one) for case in cases for one in z]


@pytest.mark.parametrize(
    ("wanted", "found", "code"),
    [
        (
            ids(["Brats18_TCIA01_201_1", "Brats18_TCIA01_203_1"]),
            ids(["Brats18_TCIA01_131_1", "Brats18_TCIA01_147_1"]),
            "wrong-split",
        ),
        (
            ids(["BraTS2021_00000", "BraTS2021_00002"]),
            ids(["BraTS2021_00003", "BraTS2021_00005"]),
            "wrong-split",
        ),
        (
            ids(["BraTS-GLI-00000-000"]),
            ids(["BraTS-GLI-00002-000", "BraTS-GLI-00003-000"]),
            "wrong-split",
        ),
        (ids(["BraTS2021_00000"]), ids(["brats2021-00000"]), "unknown-id"),
        (ids(["BraTS2021_00000"]), ids(["BraTS2021_00000"], (90, 91)), "unknown-id"),
    ],
)
def test_ids_of_another_release_are_not_misspelt_ones(wanted, found, code):
    from bratsfuse.submission.findings import Findings
    from bratsfuse.submission.ids import Matching, Wanted, spelled

    findings = Findings()
    matching = Matching(Wanted(wanted), "fused", findings)
    for key in found:
        matching.row_of(key, spelled(key))
    assert matching.finish() == (code != "wrong-split")
    issues = findings.issues()
    assert {issue.code for issue in issues} == {code}
    assert ("did you mean" in str(issues[0])) == (code != "wrong-split")
