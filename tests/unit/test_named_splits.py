"""Splits by a file and by folds, from the command line to the manifest."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from toys import write_toys

from bratsfuse.cli import main
from bratsfuse.errors import InvalidInputError
from bratsfuse.raw.named_splits import read_splits
from bratsfuse.records import Case, Grade
from bratsfuse.release import read_manifest


def case(name, patient):
    return Case(
        id=name,
        patient=patient,
        grade=Grade.HGG,
        layout="brats2021",
        folder=Path(name),
        images={},
        mask=None,
        label_map={},
        shapes=((8, 8, 8),),
    )


CASES = [case("a-000", "a"), case("a-001", "a"), case("b-000", "b"), case("c-000", "c")]


def read(tmp_path, content):
    path = tmp_path / "splits.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return read_splits(path, CASES)


def test_cases_and_patients_may_be_named(tmp_path):
    content = {"train": ["a-000", "a-001"], "validation": ["c"], "test": ["b-000"]}
    found = read(tmp_path, content)
    assert found == {"a": "train", "b": "test", "c": "validation"}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({"train": ["a-000"], "test": ["a-001"]}, "patient a .a-001. is in train and"),
        ({"train": ["a-000", "zz"]}, "'zz' is no case or patient of the raw folder"),
        ({"train": ["a-000 "]}, r"'a-000 ' is no .*did you mean 'a-000'"),
        ({"train": ["a"], "val": ["b"]}, "found train, val; expected"),
        ([{"train": ["a"], "val": ["b"]}], "nnU-Net's splits_final.json"),
        ({"train": "a"}, "train is no list of ids"),
        ("train: a", "no JSON file"),
        ('"a"', "found no object"),
    ],
)
def test_what_is_no_file_of_splits_is_refused(tmp_path, content, words):
    with pytest.raises(InvalidInputError, match=words):
        read(tmp_path, content)


def built(raw, target, *options):
    words = ["build", str(raw), "-o", str(target), "--slices", "12", "--workers", "1"]
    small = ["--any-shape", "--min-area", "4"]
    return CliRunner().invoke(main, [*words, *small, *map(str, options)])


def patients_of(release):
    found = {}
    for one in read_manifest(release).cases.values():
        found.setdefault(one.split, set()).add(one.patient)
    return found


def test_a_release_has_the_splits_of_a_file_and_of_a_fold(tmp_path):
    raw = write_toys(tmp_path / "raw", cases=6)
    by_fold = tmp_path / "fold"
    result = built(raw, by_fold, "--folds", 3, "--fold", 2)
    assert result.exit_code == 0, result.output
    folds = patients_of(by_fold)
    assert {name: len(members) for name, members in folds.items()} == {
        "train": 3,
        "validation": 1,
        "test": 2,
    }
    recipe = read_manifest(by_fold).recipe
    assert (recipe.folds, recipe.fold) == (3, 2)
    assert "test is fold 2 (from 0) of 3" in (by_fold / "DATASHEET.md").read_text()
    file = tmp_path / "splits.json"
    file.write_text(json.dumps({name: sorted(m) for name, m in folds.items()}))
    by_file = tmp_path / "file"
    result = built(raw, by_file, "--split", file)
    assert result.exit_code == 0, result.output
    assert patients_of(by_file) == folds
    assert read_manifest(by_file).fingerprint == read_manifest(by_fold).fingerprint


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--fold", "1"], "fold 1 of 0; expected"),
        (["--folds", "5", "--fold", "5"], "fold 5 of 5; expected"),
        (["--folds", "1", "--fold", "0"], "at least 2 folds"),
        (["--folds", "5", "--fold", "0", "--split", __file__], "give one of the two"),
    ],
)
def test_folds_that_cannot_be_are_refused(tmp_path, options, words):
    result = built(tmp_path, tmp_path / "release", *options)
    assert result.exit_code == 2
    assert words in result.output


def test_a_file_with_the_mark_of_windows_editors_is_read(tmp_path):
    content = json.dumps({"train": ["a"], "test": ["b", "c"]})
    path = tmp_path / "splits.json"
    path.write_text(content, encoding="utf-8-sig")
    assert read_splits(path, CASES) == {"a": "train", "b": "test", "c": "test"}
