"""Documents that are generated are fresh; the README's commands are real."""

import re
from pathlib import Path

from bratsfuse.cli import main
from bratsfuse.release.datasheet import general_datasheet

ROOT = Path(__file__).parents[2]


def test_the_datasheet_is_fresh():
    assert (ROOT / "DATASHEET.md").read_text(encoding="utf-8") == general_datasheet()


def test_every_command_that_the_documents_show_exists():
    commands = set(main.list_commands(None))
    shown = set()
    for name in ("README.md", "CONTRIBUTING.md"):
        text = (ROOT / name).read_text(encoding="utf-8")
        for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL):
            shown |= set(re.findall(r"^bratsfuse ([a-z-]+)", block, re.MULTILINE))
        shown |= set(re.findall(r"`bratsfuse ([a-z-]+)", text))
    assert shown
    assert shown <= commands


def test_every_file_that_the_documents_link_to_exists():
    for name in ("README.md", "CONTRIBUTING.md", "DATASHEET.md"):
        text = (ROOT / name).read_text(encoding="utf-8")
        for target in re.findall(r"\]\(([^)#]+)", text):
            if "://" not in target:
                assert (ROOT / target).exists(), (name, target)
