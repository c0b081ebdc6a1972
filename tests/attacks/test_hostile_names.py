"""Ids, patients and splits from a stranger become names of files: no more than that."""

import h5py
import pytest
from click.testing import CliRunner
from manifests import edit
from test_printable import EXPORTED, is_printable

from bratsfuse.cli import main
from bratsfuse.errors import BratsfuseError, InvalidInputError, ReleaseError
from bratsfuse.release import SplitFile, read_manifest
from bratsfuse.wording import check_names

HOSTILE = {
    "above": "../../above",
    "below": "folder/name",
    "windows": "..\\..\\above",
    "drive": "C:name",
    "terminal": "name\x1b[2J\u202e",
    "formula": "=1+1",
    "option": "-o",
    "hidden": ".name",
    "end": "name.",
    "line": "name\n",
    "page": "<script>name",
    "nothing": "",
    "long": "n" * 201,
}


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE)
def test_what_is_more_than_a_name_is_refused(name):
    with pytest.raises(InvalidInputError, match="becomes a file name"):
        check_names("cases", ["BraTS2021_00000", name])


def test_names_of_every_release_and_of_other_people_are_names():
    check_names(
        "cases",
        [
            "BraTS-GLI-00000-000",
            "Brats18_TCIA01_201_1",
            "W39-1999.10.19",
            "1",
            "_x",
            "Größe 1 (links)",
            "脳腫瘍_1",
            "n" * 200,
        ],
    )


def write(release, column, name):
    """Let every split file have a hostile text in one column."""
    for path in (release / "data").glob("*.h5"):
        with h5py.File(path, "r+") as file:
            file[column][...] = name


@pytest.mark.parametrize("column", ["case_id", "patient_id"])
@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE)
def test_no_split_file_gives_more_than_names(name, column, toy_release):
    write(toy_release, column, name)
    with (
        SplitFile(toy_release / "data" / "test.h5") as file,
        pytest.raises(ReleaseError, match=f"column {column} cannot be read"),
    ):
        file.texts(column)


COMMANDS = [
    ("preview", "{release}", "-o", "{out}/preview.png"),
    ("browse", "{release}", "-o", "{out}/pages"),
    ("template", "{release}", "-o", "{out}/submission"),
    ("check", "{out}/none", "--release", "{release}"),
    ("predict", "threshold", "{release}", "-o", "{out}/predicted"),
    ("fuse", "average", "{release}", "-o", "{out}/fused", "--name", "again"),
    *(
        ("export", "{release}", "-o", "{out}/" + name, "--format", name)
        for name in EXPORTED
    ),
]


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("kind", ["absolute", "unknown"])
def test_no_command_writes_elsewhere_or_breaks(words, kind, toy_release, tmp_path):
    # An absolute path took the place of the folder it was joined to; an id that the
    # manifest lacks ended some commands in a traceback.
    out = tmp_path / "out"
    out.mkdir()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    write(toy_release, "case_id", f"{elsewhere}/x" if kind == "absolute" else "name")
    before = {path for path in tmp_path.rglob("*") if not path.is_relative_to(out)}
    ran = CliRunner().invoke(
        main, [word.format(release=toy_release, out=out) for word in words]
    )
    assert isinstance(ran.exception, SystemExit | None)
    assert is_printable(ran.output)
    after = {path for path in tmp_path.rglob("*") if not path.is_relative_to(out)}
    assert after == before
    if kind == "absolute":
        assert ran.exit_code == 1
        assert "error: " in ran.stderr
        assert not list(out.iterdir())


@pytest.mark.parametrize("where", ["case", "patient", "split"])
@pytest.mark.parametrize("name", ["../../name", "/name", "name\x1b[2J"])
def test_no_manifest_gives_more_than_names(where, name, toy_release):
    def change(content):
        if where == "patient":
            next(iter(content["cases"].values()))["patient"] = name
            return
        table = content["cases" if where == "case" else "splits"]
        table[name] = table.pop(next(iter(table)))

    edit(toy_release, change)
    with pytest.raises(BratsfuseError, match="becomes a file name") as problem:
        read_manifest(toy_release, check=False)
    assert is_printable(str(problem.value))


def test_the_split_of_a_case_is_one_of_the_release(toy_release):
    def change(content):
        next(iter(content["cases"].values()))["split"] = "final"

    edit(toy_release, change)
    with pytest.raises(ReleaseError, match=r"split: found 'final', expected one of"):
        read_manifest(toy_release, check=False)
