"""The page about the statistics prints what it says it prints."""

import re
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "statistics.md"
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


def test_the_page_has_examples():
    assert len(BLOCKS) == 2


@pytest.mark.parametrize("block", BLOCKS)
def test_examples_print_what_stands_below_them(block, capsys):
    exec(compile(block, str(PAGE), "exec"), {})  # noqa: S102 - our own page
    expected = [line[2:] for line in block.splitlines() if line.startswith("# ")]
    assert capsys.readouterr().out.splitlines() == expected
