"""The list of commands, which imports none, says what their files begin with."""

import pytest
from click.testing import CliRunner

from bratsfuse.cli import main

WIDTH = 80


def shown():
    return CliRunner().invoke(main, ["--help"], terminal_width=WIDTH).output


@pytest.mark.parametrize("name", main.list_commands(None))
def test_every_command_has_a_line_that_is_whole(name):
    (row,) = [row for row in shown().splitlines() if row.startswith(f"  {name} ")]
    said = row.split(maxsplit=1)[1]
    assert len(said.split()) > 1
    assert "..." not in said
