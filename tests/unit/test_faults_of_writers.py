"""Whatever fails while a command writes: one line, a fix, and nothing half there."""

import random
import shutil
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from faults import make_short
from io_faults import (
    READ,
    WRITTEN,
    complaints,
    ended,
    failing,
    interrupt,
    left_behind,
    within,
)
from kills import Campaign, Counter, run
from writers import inputs, writers

from bratsfuse.cli import main

READ_ONLY = {
    "baselines",
    "check",
    "completion",
    "info",
    "inspect",
    "selftest",
    "verify",
}
"""Commands that write nothing."""
QUICK = {
    "import-predictions",
    "leaderboard add",
    "predict",
    "score",
    "table",
    "template",
}
"""What every run of the tests tries; `make faults` tries all."""
CAMPAIGN = [pytest.mark.slow, pytest.mark.campaign]
NAMES = [
    pytest.param(name, marks=[] if name in QUICK else CAMPAIGN)
    for name in writers(Path("x"))
]
WITHOUT_INPUT = {"demo", "phantom"}


def commands(command=main, context=None, name=""):
    """Yield the full name of every command that does something itself."""
    context = context or click.Context(main)
    if not isinstance(command, click.Group):
        yield name
        return
    for one in command.list_commands(context):
        inner = command.get_command(context, one)
        below = click.Context(inner, parent=context, info_name=one)
        yield from commands(inner, below, f"{name} {one}".strip())


def test_every_command_that_writes_is_tried(tmp_path):
    tried = {name.split(" -")[0].removesuffix(" RUN") for name in writers(tmp_path)}
    assert tried == set(commands()) - READ_ONLY


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """What the commands read."""

    def call(words):
        assert run(words) == 0, words

    return inputs(tmp_path_factory.mktemp("inputs"), call)


@pytest.fixture
def tried(made, tmp_path, monkeypatch):
    """Return a command by its name, a new folder for its result, and its words."""
    make_short(monkeypatch.setattr)

    def find(name):
        writer = writers(made)[name]
        folder = tmp_path / f"tried-{len([*tmp_path.iterdir()])}"
        folder.mkdir()
        return writer, folder, writer.to(folder)

    return find


def operations(tried, name, *places, kind):
    """Return how many operations of a kind a command makes in these folders."""
    _, folder, words = tried(name)
    counter = Counter(counts=within(*(places or [folder]), kind=kind))
    assert ended(words, counter).status == 0
    return counter.count


def some(count):
    """Return the first, a middle and the last of so many operations."""
    return sorted({0, count // 2, count - 1})


@pytest.mark.parametrize("name", NAMES)
def test_a_result_that_cannot_be_written_is_one_line(name, tried):
    count = operations(tried, name, kind="write")
    assert count
    for code, at in zip(WRITTEN.values(), some(count), strict=False):
        writer, folder, words = tried(name)
        counter = Counter(at, failing(code), within(folder, kind="write"))
        done = ended(words, counter)
        assert complaints(done, writer, folder) == [], (at, done.output)


@pytest.mark.parametrize(
    "name", [one for one in NAMES if not WITHOUT_INPUT.intersection(one.values)]
)
def test_an_input_that_cannot_be_read_is_one_line(name, tried, made):
    count = operations(tried, name, made, kind="read")
    for code, at in zip(READ.values(), (0, count - 1), strict=True):
        writer, folder, words = tried(name)
        counter = Counter(at, failing(code), within(made, kind="read"))
        done = ended(words, counter)
        assert complaints(done, writer, folder) == [], (at, done.output)


@pytest.mark.parametrize("name", NAMES)
def test_a_disk_that_is_full_below_a_library_is_one_line(name, tried):
    writer, folder, words = tried(name)
    done = ended(words, size=100)
    assert complaints(done, writer, folder) == [], done.output


@pytest.mark.parametrize("name", NAMES)
def test_ctrl_c_is_one_line_and_status_130(name, tried):
    count = operations(tried, name, kind="write")
    for at in some(count)[:2]:
        writer, folder, words = tried(name)
        done = ended(words, Counter(at, interrupt, within(folder, kind="write")))
        assert done.status == 130, done.output
        assert "Traceback" not in done.output
        assert done.last_line.startswith("interrupted: ")
        assert "run the command again" in done.last_line
        assert left_behind(writer, folder) == []


def test_too_little_memory_is_one_line_that_names_the_file(toy_release, monkeypatch):
    def read(path):
        raise MemoryError

    monkeypatch.setattr("bratsfuse.release.manifest.Path.read_bytes", read)
    done = CliRunner().invoke(main, ["info", str(toy_release)])
    assert done.exit_code == 1
    (line,) = done.output.splitlines()
    assert line.startswith(f"error: {toy_release / 'manifest.json'}: not enough memory")
    assert "use fewer --workers" in line


@pytest.fixture(scope="module")
def hollow(made, tmp_path_factory):
    """The same inputs, but what is large in them is empty: no work can be done."""
    folder = shutil.copytree(made, tmp_path_factory.mktemp("hollow") / "inputs")
    for path in folder.rglob("*"):
        if path.suffix in (".h5", ".gz", ".png", ".safetensors"):
            path.write_bytes(b"")
    return folder


@pytest.mark.parametrize("name", sorted(writers(Path("x"))))
def test_a_place_that_cannot_be_written_is_told_before_the_work(name, hollow, tmp_path):
    (tmp_path / "file").touch()
    words = writers(hollow)[name].to(tmp_path / "file")
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 1, done.output
    assert f"{tmp_path / 'file'}" in done.output.splitlines()[-1]
    assert sorted(tmp_path.iterdir()) == [tmp_path / "file"]


@pytest.mark.parametrize(
    ("name", "place"),
    [
        pytest.param(name, place, marks=CAMPAIGN)
        for name, place in [
            ("build", "out.building/parts"),
            ("build", "out.building/surveys"),
            ("experiment", "out/results"),
            ("leaderboard add", "out/.average.json.unfinished"),
        ]
    ],
)
def test_nothing_is_written_through_a_link_on_the_way(name, place, tried, tmp_path):
    _, folder, words = tried(name)
    (tmp_path / "victim").mkdir()
    (folder / place).parent.mkdir(exist_ok=True)
    (folder / place).symlink_to(tmp_path / "victim")
    done = ended(words)
    assert done.status == 1
    assert "no folder of yours" in done.output
    assert [*(tmp_path / "victim").iterdir()] == []


@pytest.mark.parametrize("name", NAMES)
def test_a_command_that_is_killed_leaves_nothing_to_the_next(
    name, made, tmp_path, monkeypatch
):
    make_short(monkeypatch.setattr)
    rng = random.Random(name)  # noqa: S311  (no secret)
    done = Campaign(writers(made)[name], tmp_path / "killed", rng).strike(2)
    assert (done.wrong, done.kills) == ([], 2)
