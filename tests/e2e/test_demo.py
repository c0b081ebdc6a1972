"""The demo, with less of everything: all that it names at its end is there."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from bratsfuse import demo
from bratsfuse.cli import main

pytestmark = pytest.mark.slow


def test_every_page_that_the_demo_names_is_there(tmp_path, monkeypatch):
    for name, less in {
        "CASES": 6,
        "SLICES": 12,
        "STEPS": 2,
        "METHODS": ("average", "threshold"),
        "SHOWN": "average",
    }.items():
        monkeypatch.setattr(demo, name, less)
    done = CliRunner().invoke(main, ["demo", "-o", str(tmp_path / "demo")])
    assert done.exit_code == 0, done.output
    named = [
        line.split("   ")[0].strip()
        for line in done.stdout.splitlines()
        if line.strip().startswith(str(tmp_path))
    ]
    assert len(named) >= 8
    for path in named:
        assert Path(path).exists(), path
    assert "the slices of average, beside the fusion products" in done.stdout
