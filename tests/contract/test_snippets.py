"""Every block of code in README and docs runs, by itself, in an empty namespace.

A block that cannot be run says so in a comment above it, ``<!-- not run: REASON -->``;
one that a test of its own runs, ``<!-- run by tests/... -->``; one that needs more than
a release, ``<!-- given: NAMES -->``, with names of `GIVEN`.
"""

import json
import os
import re
import shlex
import sys
import tomllib
import warnings
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from snippets import ROOT, Snippet, snippets

from bratsfuse.cli import main

LANGUAGES = {"python", "sh", "toml", "json", "text"}
EVERY = list(snippets())
QUICK_START = ROOT / "docs" / "quick_start.md"


def bratsfuse(*words):
    done = CliRunner().invoke(main, [str(word) for word in words])
    assert done.exit_code == 0, done.output


def run():
    settings = ("preset=tiny", "steps=1", "batch_size=1", "validate_every=1")
    words = [word for setting in settings for word in ("--set", setting)]
    bratsfuse("train", "fuse4seg", "release", "-o", "run", *words)


def network():
    run()
    bratsfuse("export", "run", "-o", "network", "--format", "torch")


def public():
    bratsfuse("phantom", "raw", "--cases", "6")
    words = ("--slices", "40", "--withhold-labels", "test")
    bratsfuse("build", "raw", "-o", "public", *words)


def masks():
    import nibabel as nib
    import numpy as np

    rng = np.random.default_rng(3)
    for name in ("a", "b", "labels"):
        Path(name).mkdir()
        for case in range(3):
            volume = rng.choice([0, 1, 2, 4], (8, 9, 5)).astype(np.uint8)
            nib.save(nib.Nifti1Image(volume, np.eye(4)), f"{name}/case{case}.nii.gz")


def checkout():
    os.chdir(ROOT)


def exports():
    for form, name in (("png", "pictures"), ("npz", "archive"), ("monai", "monai")):
        bratsfuse("export", "release", "-o", name, "--format", form)


def pictures():
    from PIL import Image

    import bratsfuse as package

    data = package.BraTSFuse("release", "test", columns=("t1ce", "flair"))
    for name in ("t1ce", "flair"):
        folder = Path(name.upper())
        folder.mkdir()
        for number in range(2):
            image = Image.fromarray(data[number][name].numpy())
            image.save(folder / f"{number}.png")


GIVEN = {
    one.__name__: one
    for one in (checkout, exports, masks, network, pictures, public, run)
}
"""What a block may need besides a release -> what makes it, in the current folder."""


@pytest.fixture
def place(tmp_path, monkeypatch, phantom_release):
    """An empty folder with a release in full size."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "release").symlink_to(phantom_release, target_is_directory=True)
    return tmp_path


def ran(snippet: Snippet):
    import datasets

    datasets.disable_progress_bars()
    code = compile("\n" * snippet.line + snippet.code, str(snippet.page), "exec")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of other packages, whom a page imports
        exec(code, {"__name__": "__main__"})  # noqa: S102  (our own pages)


def params(chosen):
    return [pytest.param(one, id=str(one)) for one in chosen]


def test_there_are_snippets_and_each_says_what_it_is():
    assert len(EVERY) > 60
    assert {str(one) for one in EVERY if one.language not in LANGUAGES} == set()
    for one in EVERY:
        kind, _, rest = one.mark.partition(":")
        assert kind in ("", "not run", "given") or kind.startswith("run by tests/")
        assert kind != "not run" or len(rest) > 8, str(one)
        assert kind != "given" or rest.strip() in GIVEN, str(one)


def test_those_that_are_not_run_are_few():
    left_out = [one for one in EVERY if one.marked("not run:")]
    assert len(left_out) <= 10, [str(one) for one in left_out]


def test_a_test_that_runs_a_page_names_it():
    for one in EVERY:
        if (path := one.marked("run by ")) is not None:
            assert one.page.name in (ROOT / path).read_text(encoding="utf-8"), str(one)


@pytest.mark.parametrize(
    "snippet",
    params(
        one
        for one in EVERY
        if one.language == "python" and not one.file_name and not one.mark
        if one.page != QUICK_START
    ),
)
def test_python_runs(snippet, place):
    ran(snippet)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:unclosed file .*metadata.csv:ResourceWarning")
@pytest.mark.parametrize(
    "snippet", params(one for one in EVERY if one.marked("given:"))
)
def test_python_that_needs_more_runs(snippet, place):
    GIVEN[snippet.marked("given:")]()
    ran(snippet)


@pytest.mark.parametrize("snippet", params(one for one in EVERY if one.file_name))
def test_files_are_python(snippet):
    compile(snippet.code, snippet.file_name, "exec")


@pytest.mark.parametrize(
    "snippet", params(one for one in EVERY if one.language in ("toml", "json"))
)
def test_files_of_settings_can_be_read(snippet):
    {"toml": tomllib.loads, "json": json.loads}[snippet.language](snippet.code)


def commands(snippet):
    """The lines of a block that call us, as words; continued ones are one line."""
    code = re.sub(r"\$\w+", "1", snippet.code.replace("\\\n", " "))
    for line in code.splitlines():
        words = shlex.split(line, comments=True)
        if "bratsfuse" in words and "pip" not in words:
            yield words[words.index("bratsfuse") + 1 :]


SHELL = [one for one in EVERY if one.language == "sh"]


@pytest.mark.parametrize("snippet", params(SHELL))
def test_commands_have_the_options_that_are_shown(snippet, monkeypatch):
    def not_looked_for(self, value, param, context):
        return self.coerce_path_result(value)

    monkeypatch.setattr(click.Path, "convert", not_looked_for)
    for name, *words in commands(snippet):
        command = main.get_command(None, name)
        assert command is not None, name
        with click.Context(command, info_name=name) as context:
            command.parse_args(context, words)


@pytest.mark.slow
def test_the_quick_start_runs_from_top_to_bottom(tmp_path, monkeypatch):
    """Only the terminal is not one: commands run in this process."""
    monkeypatch.chdir(tmp_path)
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    monkeypatch.setenv("PATH", path)  # this Python as `python`
    monkeypatch.setattr(sys, "path", [*sys.path])
    for snippet in snippets(QUICK_START):
        if snippet.file_name:
            Path(snippet.file_name).write_text(snippet.code)
        elif snippet.language == "python":
            ran(snippet)
        else:
            for words in commands(snippet):
                bratsfuse(*words)
    table = (tmp_path / "site" / "leaderboard.csv").read_text()
    for name in ("my function", "my files", "their program"):
        assert name in table
