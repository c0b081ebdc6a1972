"""The command line: what users type, what they see, how it ends."""

import json
import shutil
from itertools import takewhile

import pytest
from click.testing import CliRunner
from toys import write_toys

from bratsfuse.cli import main


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def call(*arguments):
        result = CliRunner().invoke(main, [str(word) for word in arguments])
        bug = result.exception
        assert bug is None or isinstance(bug, SystemExit), result.output
        return result

    return call


def one_line(result, *words):
    """The last line tells what is wrong, there is no traceback, the status is 1."""
    assert result.exit_code == 1, result.output
    lines = result.stderr.strip().splitlines()
    assert lines[-1].startswith("error: ")
    assert "Traceback" not in result.output
    for word in words:
        assert word in lines[-1]


@pytest.fixture(scope="module")
def phantoms(phantom_raw, tmp_path_factory):
    """Three phantom cases in full size."""
    raw = tmp_path_factory.mktemp("cli") / "raw"
    for case in sorted(path for path in phantom_raw.iterdir() if path.is_dir())[:3]:
        shutil.copytree(case, raw / case.name)
    return raw


def test_a_day_on_the_command_line(run, phantoms):
    shown = run("inspect", phantoms)
    assert shown.exit_code == 0
    assert "layout brats2021" in shown.stdout
    assert "3 of 3 cases usable" in shown.stdout
    built = run("build", phantoms, "-o", "release", "--slices", "20", "--workers", "1")
    assert built.exit_code == 0, built.output
    assert "20 slice sets (14 train, 2 validation, 4 test)" in built.stdout
    fingerprint = built.stdout.split("fingerprint ")[1].strip()
    verified = run("verify", "release")
    assert verified.exit_code == 0
    assert "nothing wrong" in verified.stdout
    assert fingerprint in verified.stdout
    info = run("info", "release")
    assert info.exit_code == 0
    assert fingerprint in info.stdout
    preview = run("preview", "release", "-o", "montage.png", "--rows", "2")
    assert preview.exit_code == 0
    export = run("export", "release", "-o", "hub", "--format", "parquet")
    assert export.exit_code == 0
    again = run("build", phantoms, "-o", "release", "--slices", "20")
    one_line(again, "--overwrite")


def test_json_is_for_machines(run, phantoms, built_toy_release):
    seen = json.loads(run("inspect", phantoms, "--json").stdout)
    assert seen["layout"] == "brats2021"
    assert seen["usable_cases"] == 3
    assert seen["details"][0]["sources"]["t1"]["orientation"] == "LPS"
    info = json.loads(run("info", built_toy_release, "--json").stdout)
    assert info["splits"]["train"]["slice_sets"] == 14
    checked = json.loads(run("verify", built_toy_release, "--json").stdout)
    assert checked["issues"] == []


def test_a_path_that_load_dataset_cannot_open_is_warned_of(
    run, built_toy_release, tmp_path
):
    assert "load_dataset" not in run("info", built_toy_release).output
    odd = shutil.copytree(built_toy_release, tmp_path / "[brats] v1")
    told = run("info", odd)
    assert told.exit_code == 0
    assert "load_dataset reads [ ] in a path as a pattern" in told.stderr
    fused = run("fuse", "pca", odd, "-o", tmp_path / "[new]", "--workers", "1")
    assert "rename the folder" in fused.stderr


def test_inspect_writes_nothing(run, phantoms, tmp_path):
    before = sorted(phantoms.rglob("*"))
    run("inspect", phantoms)
    assert sorted(phantoms.rglob("*")) == before
    assert list(tmp_path.iterdir()) == []


def test_inspect_tells_every_problem_and_ends_with_1(run, tmp_path):
    raw = write_toys(tmp_path / "raw", cases=3)
    (raw / "BraTS2021_90001" / "BraTS2021_90001_t2.nii.gz").unlink()
    shown = run("inspect", raw)
    assert shown.exit_code == 1
    assert "missing-modality" in shown.stdout
    assert "unexpected-shape" in shown.stdout
    assert "0 of 3 cases usable" in shown.stdout


def test_inspect_describes_files_that_no_layout_names(run, tmp_path):
    raw = write_toys(tmp_path / "raw", cases=1)
    folder = next(raw.iterdir())
    for path in list(folder.iterdir()):
        path.rename(folder / path.name.removeprefix("BraTS2021_90001_"))
    (folder / "t2.nii.gz").unlink()
    shown = run("inspect", raw)
    one_line(shown, "no layout fits")
    assert "t1ce.nii.gz (t1ce): int16 24x20x16, LPS" in shown.stdout
    assert "labels 0, 1, 2, 4" in shown.stdout
    assert "no file looks like t2" in shown.stdout


@pytest.mark.parametrize("command", ["build", "inspect"])
def test_a_folder_without_cases_is_one_line(run, tmp_path, command):
    (tmp_path / "raw").mkdir()
    extra = ("-o", "release") if command == "build" else ()
    one_line(run(command, "raw", *extra), "raw", "expected a folder of BraTS cases")
    one_line(run(command, "nowhere", *extra), "nowhere", "no such folder")
    assert [path.name for path in tmp_path.iterdir()] == ["raw"]


def test_bad_cases_are_listed_line_by_line(run, tmp_path):
    raw = write_toys(tmp_path / "raw", cases=3)
    result = run("build", raw, "-o", "release", "--workers", "1")
    one_line(result, "3 of 3 cases", "--skip-bad")
    lines = result.stderr.splitlines()
    assert sum("unexpected-shape" in line for line in lines) == 3
    assert not (tmp_path / "release").exists()


def test_debug_shows_the_traceback(tmp_path):
    result = CliRunner().invoke(main, ["--debug", "info", str(tmp_path)])
    assert result.exit_code == 1
    assert type(result.exception).__name__ == "ReleaseError"


@pytest.mark.parametrize(
    "words",
    [
        ["build", "raw"],
        ["build", "raw", "-o", "x", "--split", "half"],
        ["build", "raw", "-o", "x", "--sources", "t1,pd"],
        ["build", "raw", "-o", "x", "--slices", "0"],
        ["export", "x", "-o", "y", "--format", "zarr"],
        ["build", "raw", "-o", "x", "--split", "0.5,0.1,0.1"],
        ["build", "raw", "-o", "x", "--fuser", "magic"],
        ["build", "raw", "-o", "x", "--sources", "t1"],
        ["phantom", "x", "--layout", "brats1999"],
        ["nonsense"],
    ],
)
def test_wrong_usage_ends_with_2(run, words):
    assert run(*words).exit_code == 2


@pytest.mark.parametrize(
    "words",
    [
        ["info", "x"],
        ["verify", "x"],
        ["preview", "x", "-o", "x.png"],
        ["preview", "x", "-o", "x.jpg"],
        ["export", "x", "-o", "y"],
    ],
)
def test_refusals_are_one_line(run, tmp_path, words):
    one_line(run(*words))
    assert list(tmp_path.iterdir()) == []


def test_phantoms_keep_what_is_there(run, tmp_path):
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "note.txt").write_text("mine")
    one_line(run("phantom", "raw"), "exists")
    assert [p.name for p in (tmp_path / "raw").iterdir()] == ["note.txt"]


@pytest.mark.slow
def test_phantoms_of_one_seed_are_equal_byte_for_byte(run, phantoms, tmp_path):
    run("phantom", "again", "--cases", "1", "--workers", "1")
    made = list((tmp_path / "again").rglob("*.nii.gz"))
    assert len(made) == 5
    for path in made:
        twin = phantoms / path.relative_to(tmp_path / "again")
        assert path.read_bytes() == twin.read_bytes()


def test_every_command_has_help_with_what_it_needs(run):
    commands = main.list_commands(None)
    assert {"build", "demo", "export", "info", "inspect", "phantom"} <= set(commands)
    for name in commands:
        shown = run(name, "--help")
        assert shown.exit_code == 0
        assert len(shown.stdout.splitlines()) > 5


def test_the_examples_of_help_stand_on_lines_of_their_own(run):
    texts = [run("--help").stdout]
    texts += [run(name, "--help").stdout for name in main.list_commands(None)]
    for text in texts:
        assert "\\b" not in text
        lines = text.splitlines()
        if "  Examples:" in lines:
            examples = lines[lines.index("  Examples:") + 1 :]
            for line in takewhile(str.strip, examples):
                assert line.startswith(
                    ("    bratsfuse ", '    eval "$(bratsfuse ', "      ")
                )
    assert sum("  Examples:" in text for text in texts) >= 4


def test_verify_says_last_what_to_do_and_only_where_something_is_wrong(
    run, toy_release
):
    fix = "copy it again, or build again"
    assert fix not in run("verify", toy_release).stdout
    (toy_release / "README.md").write_text("another card")
    result = run("verify", toy_release)
    assert result.exit_code == 1
    assert result.stdout.splitlines()[-1].endswith(fix)
