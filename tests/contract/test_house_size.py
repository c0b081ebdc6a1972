"""What a newcomer must hold in the head at once stays little."""

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("bratsfuse", "builders", "baselines", "leaderboard", "benchmarks")
MOST_LINES = 300
MOST_MODULES = 16


def files_of(folder: str) -> set[Path]:
    return {path.resolve() for path in (ROOT / folder).rglob("*.py")}


@pytest.mark.parametrize("folder", FOLDERS)
def test_files_are_short(folder: str) -> None:
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text().splitlines())
        for path in files_of(folder)
    }
    assert lengths
    assert {path: n for path, n in lengths.items() if n > MOST_LINES} == {}


def test_the_landing_has_few_modules() -> None:
    modules = sorted(path.name for path in (ROOT / "bratsfuse").glob("*.py"))
    assert 10 < len(modules) <= MOST_MODULES, modules
    assert not [name for name in modules if name == "utils.py"]
