"""Hints, counted nouns and table cells: put one way in the whole package."""

import re
from pathlib import Path

import pytest

import bratsfuse
from bratsfuse.terminal.tables import aligned
from bratsfuse.wording import (
    closest,
    counted,
    did_you_mean,
    storage,
    suggestion,
)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("flare", "flair"),
        ("T1CE", "t1ce"),
        ("quite different", None),
        ("", None),
    ],
)
def test_close_names_are_found_whatever_their_case(
    name: str, expected: str | None
) -> None:
    assert closest(name, ["t1ce", "flair"]) == expected


def test_the_hint_gives_the_name_as_it_is_known() -> None:
    assert did_you_mean("tests", ["train", "Test"]) == "did you mean 'Test'?"
    assert did_you_mean("zzz", ["train", "Test"]) == ""


def test_a_suggestion_lists_all_names_where_none_is_close() -> None:
    assert suggestion("zzz", ["train", "test"]) == "known: train, test"
    assert suggestion("tran", ["train", "test"]) == "did you mean 'train'?"


def test_a_name_of_a_million_characters_is_near_none() -> None:
    assert closest("x" * 1_000_000, ["x" * 30_000, "average"]) is None


def test_a_stricter_cutoff_finds_fewer() -> None:
    assert closest("abxx", ["abcd"], cutoff=0.5) == "abcd"
    assert closest("abxx", ["abcd"], cutoff=0.8) is None


def test_one_is_singular_and_nothing_else_is() -> None:
    told = [counted(n, "entry", "entries") for n in (0, 1, 2)]
    assert told == ["0 entries", "1 entry", "2 entries"]


def test_a_size_is_given_in_the_unit_that_fits() -> None:
    assert [storage(n) for n in (999_000, 1_000_000)] == ["999 kB", "1 MB"]


def test_cells_stand_below_each_other_and_empty_columns_go() -> None:
    rows = [("", "metric", "n"), ("", "en", "12"), ("", "vif", "3")]
    assert aligned(rows, right={2}) == ["metric   n", "en      12", "vif      3"]


def test_rows_of_other_lengths_are_no_table() -> None:
    with pytest.raises(ValueError, match="zip"):
        aligned([("a", "b"), ("c",)])


def test_no_other_file_words_them_itself() -> None:
    package = Path(bratsfuse.__file__).parent
    own = re.compile(r"difflib|get_close_matches|'s' if|\"s\" if|== 1 else f?\"\{")
    found = [
        path.relative_to(package).as_posix()
        for part in package.iterdir()  # some are links, which rglob does not follow
        for path in (part.rglob("*.py") if part.is_dir() else [part])
        if own.search(path.read_text(encoding="utf-8"))
    ]
    other = [name for name in found if not name.startswith("metrics/")]
    assert other == ["wording.py"]
