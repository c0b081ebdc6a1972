"""``docs/plausibility.md`` lists every doubt, and its example prints what it shows."""

import re
from pathlib import Path

import pytest

from bratsfuse.plausibility import DOUBTS

TEXT = (Path(__file__).parents[2] / "docs" / "plausibility.md").read_text("utf-8")


def test_every_doubt_has_a_row():
    rows = re.findall(r"^\| `([a-z-]+)` \| .+ \| .+ \|$", TEXT, re.M)
    assert sorted(rows) == sorted(DOUBTS)


@pytest.mark.slow
def test_the_example_prints_what_it_shows(
    phantom_release, tmp_path, monkeypatch, capsys
):
    """On the release of the tests, so that only the words and the order are alike."""
    (example,) = re.findall(r"```python\n(.+?)```", TEXT, re.S)
    (shown,) = re.findall(r"```text\n(.+?)```", TEXT, re.S)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "release").symlink_to(phantom_release, target_is_directory=True)
    exec(example, {})  # noqa: S102  (the document's own example)
    printed = capsys.readouterr().out
    number = re.compile(r"\d+(\.\d+)?")
    words = [number.sub("0", text).splitlines() for text in (printed, shown)]
    assert words[0] == words[1]
