"""Which Pythons `make test-versions` finds."""

import sys
from pathlib import Path

import pytest
import versions

OWN = "{}.{}".format(*sys.version_info)


@pytest.fixture
def bare(tmp_path, monkeypatch):
    """A user without any Python but a broken one on the path."""
    home, path = tmp_path / "home", tmp_path / "bin"
    home.mkdir()
    path.mkdir()
    fake(path / f"python{OWN}", "exit 127")  # a shim of pyenv without its version
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("PATH", f"{path}:/bin")
    monkeypatch.delenv("PYENV_ROOT", raising=False)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "gone"))
    return home


def fake(path, body):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return path


def test_without_a_python_that_runs_none_is_found(bare):
    assert versions.find(OWN) is None


@pytest.mark.parametrize(
    "place",
    [".pyenv/versions/{}.7", ".local/share/uv/python/cpython-{}.7-linux-x86_64-gnu"],
)
def test_pythons_of_pyenv_and_uv_are_found_where_the_path_has_none(bare, place):
    fake(bare / place.format("3.12") / "bin/python", "echo 3.11")  # not what it says
    path = fake(bare / place.format(OWN) / "bin/python", f"echo {OWN}")
    assert versions.find(OWN) == path
    assert versions.find("3.12" if OWN != "3.12" else "3.13") is None


def test_the_python_that_runs_is_found_first():
    assert versions.find(OWN) == Path(sys.executable)


@pytest.mark.parametrize(
    ("found", "status"),
    [(["passed"], 0), (["passed", "FAILED"], 1), (["not installed"], 1), ([], 1)],
)
def test_one_failure_fails_all_and_so_does_no_python(
    found, status, monkeypatch, capsys
):
    pythons = iter([*map(Path, found), *[None] * 3])
    answers = iter(found)
    monkeypatch.setattr(versions, "find", lambda _minor: next(pythons))
    monkeypatch.setattr(versions, "outcome", lambda *_: next(answers))
    monkeypatch.setattr(sys, "argv", ["versions.py", "--packages", "newest"])
    assert versions.main() == status
    assert "no such Python" in capsys.readouterr().out or len(found) == 3


def test_the_lowest_versions_are_those_of_pyproject():
    bounds = dict(line.split("==") for line in versions.lowest_bounds())
    assert bounds["numpy"] == "2.0"
    assert len(bounds) > 20
    assert "torch" not in bounds
    tools = versions.tools_of_tests()
    assert len(tools) == len(versions.IMPORTED)
    assert not [line for line in tools if line.startswith(("mypy", "s3fs"))]


def test_only_the_oldest_python_is_tried_with_the_lowest_packages():
    assert "lowest" in versions.choices("3.11")
    for minor in ("3.12", "3.13"):
        assert versions.choices(minor) == ["pinned", "newest"]
