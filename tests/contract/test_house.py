"""The measures of the house: short files, and few modules that are in no wing."""

import pytest

TOPS = ("bratsfuse", "baselines", "builders", "leaderboard", "benchmarks")
MOST_LINES = 300
MOST_MODULES = 16


@pytest.fixture
def root(request):
    return request.config.rootpath


def test_no_file_is_longer_than_can_be_read_at_once(root):
    long = {
        path.relative_to(root).as_posix(): count
        for top in TOPS
        for path in (root / top).rglob("*.py")
        if (count := path.read_text(encoding="utf-8").count("\n")) > MOST_LINES
    }
    assert not long, "cut what is another idea into a file of its own"


def test_few_modules_are_in_no_wing(root):
    assert len(list((root / "bratsfuse").glob("*.py"))) <= MOST_MODULES
