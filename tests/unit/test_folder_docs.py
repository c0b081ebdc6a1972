"""``docs/scoring_folders.md`` names every option, file and code that there is."""

import re
from pathlib import Path

import pytest

from bratsfuse.cli import main
from bratsfuse.folder_scores import report_folder

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs/scoring_folders.md").read_text(encoding="utf-8")
MASKS, FUSED = TEXT.split("## Statistics")[0].split("## Fused images")


@pytest.mark.parametrize(("name", "text"), [("score-masks", MASKS), ("score", FUSED)])
def test_every_option_is_documented(name, text):
    command = main.get_command(None, name)
    options = {opt for one in command.params for opt in one.opts if opt[:2] == "--"}
    assert options
    assert {one for one in options if f"`{one}" not in text} == set()
    shown = set(re.findall(r"`(--[a-z-]+)", text)) - {"--coding", "--regions"}
    assert shown <= options


def test_every_file_is_documented():
    names = [v for k, v in vars(report_folder).items() if k.endswith("_NAME")]
    assert len(names) == 7
    assert [name for name in names if f"`{name}" not in TEXT] == []


def test_every_code_is_documented():
    codes = set()
    for module in ("matching", "mask_doubts", "place_codings"):
        path = ROOT / f"bratsfuse/folder_scores/{module}.py"
        source = path.read_text(encoding="utf-8")
        codes |= set(re.findall(r'"([a-z0-9]+(?:-[a-z0-9]+)+|affix)"', source))
    codes -= {"nothing-in-common", "spacing-twice"}  # errors, which say what to do
    assert len(codes) > 8
    assert {code for code in codes if f"`{code}`" not in TEXT} == set()
