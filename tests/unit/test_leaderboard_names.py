"""The names of entries, whatever a submission calls itself."""

import string

import boards
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bratsfuse.leaderboard.entry import read_entry
from bratsfuse.leaderboard.names import slug


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("U-Net", "u-net"),
        ("  u  NET ", "u-net"),
        ("nnU-Net_v2.1", "nnu-net-v2-1"),
        ("Ｕ-Net", "u-net"),  # noqa: RUF001  (looks alike, so it is alike)
    ],
)
def test_plain_names_make_plain_files(name, expected):
    assert slug(name) == expected


HOSTILE = ["../../x", "x/../../y", "/etc/passwd", "<script>", "融合", "..", "=cmd()"]


@pytest.mark.parametrize("name", [*HOSTILE, "x" * 80, "a" * 79 + "b"])
def test_hostile_names_stay_in_the_board(tmp_path, name):
    boards.adder(tmp_path)(name)
    (entry,) = tmp_path.rglob("board/*.json")
    assert read_entry(entry).name == name
    assert len(entry.name) < 70


def test_names_that_lose_a_sign_keep_apart():
    names = [*HOSTILE, "U-Net", "U-Net+", "U-Net++", "x", "x" * 79, "x" * 80]
    assert len({slug(name) for name in names}) == len(names)


@given(st.text(max_size=90))
def test_a_slug_is_safe_in_any_file_system(name):
    found = slug(name)
    assert 0 < len(found) <= 60
    assert set(found) <= set(string.ascii_lowercase + string.digits + "-")
