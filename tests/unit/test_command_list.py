"""The list of commands agrees with the commands, which it does not import."""

import pkgutil

import pytest
from click.testing import CliRunner

import bratsfuse.cli
from bratsfuse.cli import main
from bratsfuse.cli._commands import COMMANDS

WIDTH = 80


def test_every_file_of_a_command_is_listed_and_no_other():
    files = {one.name for one in pkgutil.iter_modules(bratsfuse.cli.__path__)}
    public = {name.replace("_", "-") for name in files if not name.startswith("_")}
    assert set(COMMANDS) == public


@pytest.mark.parametrize("name", COMMANDS)
def test_a_line_begins_as_the_help_of_its_command_does(name):
    own = main.get_command(None, name).get_short_help_str(200)
    assert COMMANDS[name].split()[0] == own.split()[0]
    assert COMMANDS[name].endswith(".")


def test_help_shows_every_line_whole():
    shown = CliRunner().invoke(main, ["--help"], terminal_width=WIDTH).output
    for name, line in COMMANDS.items():
        assert any(row.split() == [name, *line.split()] for row in shown.splitlines())
