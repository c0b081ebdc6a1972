"""The two commands of the README install what they need and say what it costs."""

import importlib.util
import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def install(monkeypatch, tmp_path):
    spec = importlib.util.spec_from_file_location("install", ROOT / ".ci/install.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "ENVIRONMENT", tmp_path)
    return module


def called(install, monkeypatch, answer):
    """What `main` would run, with another interpreter's answer about torch."""
    calls = []

    def run(words, **_):
        calls.append([str(word) for word in words])
        return SimpleNamespace(stdout=answer, returncode=0)

    def create(_folder, **options):
        calls.append(options)

    monkeypatch.setattr(install.subprocess, "run", run)
    monkeypatch.setattr(install.venv, "create", create)
    return calls


@pytest.mark.parametrize(("kind", "what"), [("run", "."), ("dev", ".[dev]")])
def test_it_says_what_it_costs_and_installs_that(
    install, monkeypatch, capsys, kind, what, tmp_path
):
    calls = called(install, monkeypatch, "")
    install.main(kind)
    *_, made, pip = calls
    assert made == {"with_pip": True, "system_site_packages": False}
    assert pip[-1] == what
    assert "GB to download" in (printed := capsys.readouterr().out)
    assert ("tests" in printed) == (kind == "dev")
    stamps = {path.name for path in tmp_path.iterdir()}
    assert stamps == {".installed"} | ({".installed-dev"} if kind == "dev" else set())


@pytest.mark.parametrize(
    ("answer", "used"),
    [
        ("{}+cpu None", True),
        ("{} None", True),
        ("{}+cu130 13.0", False),
        ("1.13.0+cpu None", False),
        ("", False),
    ],
)
def test_a_cpu_build_that_is_there_is_used(install, monkeypatch, capsys, answer, used):
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    (pinned,) = [line[7:] for line in lines if line.startswith("torch==")]
    calls = called(install, monkeypatch, answer.format(pinned))
    install.main("run")
    assert calls[-2]["system_site_packages"] is used
    assert ("of this Python is used" in capsys.readouterr().out) is used


@pytest.mark.parametrize(("target", "kind"), [("demo", "run"), ("test", "dev")])
def test_the_demo_installs_no_linters(target, kind):
    done = subprocess.run(
        ["make", "-n", "-B", target],  # noqa: S607
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.count("install.py") == 1
    assert f"install.py {kind}" in done.stdout
