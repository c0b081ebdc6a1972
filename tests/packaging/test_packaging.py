"""Installed in every way users know, run from the repository and from elsewhere."""

import email
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import venv
import zipfile
from pathlib import Path

import pytest
from snippets import snippets

ROOT = Path(__file__).parents[2]
LINKED = ("baselines", "builders", "leaderboard")
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
SETUPTOOLS = PYPROJECT["tool"]["setuptools"]


def packages_below(folder, name):
    found = {name}
    for init in folder.rglob("__init__.py"):
        parts = init.parent.relative_to(folder).parts
        if parts and parts[0] not in LINKED:
            found.add(".".join((name, *parts)))
    return found


def test_every_folder_of_code_is_listed():
    expected = set()
    for name, folder in SETUPTOOLS["package-dir"].items():
        expected |= packages_below(ROOT / folder, name)
    assert set(SETUPTOOLS["packages"]) == expected


@pytest.mark.parametrize("name", LINKED)
def test_the_source_tree_shows_the_linked_folders(name):
    link = ROOT / "bratsfuse" / name
    assert link.is_symlink()
    assert link.resolve() == ROOT / name


def test_every_dependency_is_pinned_and_torch_exactly():
    pins = dict(
        line.split("==")
        for line in (ROOT / "constraints.txt").read_text().splitlines()
        if "==" in line and not line.startswith("#")
    )
    assert pins["torch"] == "2.13.0"
    project = PYPROJECT["project"]
    wanted = project["dependencies"] + [
        line for extra in project["optional-dependencies"].values() for line in extra
    ]
    names = {re.split(r"[<>=\[; ]", line)[0].lower() for line in wanted}
    assert names <= {name.lower() for name in pins}
    assert not {"torchvision", "torchaudio"} & set(pins)


def git_files():
    git = shutil.which("git") or "git"
    done = subprocess.run(
        [git, "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True
    )
    return [name for name in done.stdout.decode().split("\0") if name]


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    """A copy of the tracked files, links kept as links."""
    target = tmp_path_factory.mktemp("checkout") / "bratsfuse"
    for name in git_files():
        path = target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, path, follow_symlinks=False)
    return target


@pytest.fixture(scope="module")
def artifacts(checkout, tmp_path_factory):
    """The source distribution, and the wheel built from it."""
    out = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "build", "--outdir", str(out), str(checkout)],
        check=True,
        capture_output=True,
    )
    (wheel,) = out.glob("*.whl")
    (sdist,) = out.glob("*.tar.gz")
    return {"wheel": wheel, "sdist": sdist}


@pytest.mark.slow  # builds it
def test_the_wheel_holds_the_package_and_nothing_generic(artifacts):
    with zipfile.ZipFile(artifacts["wheel"]) as wheel:
        names = wheel.namelist()
        tops = {name.split("/")[0] for name in names}
        (metadata,) = [name for name in names if name.endswith("/METADATA")]
        told = email.message_from_string(wheel.read(metadata).decode())
    assert {top for top in tops if not top.endswith(".dist-info")} == {"bratsfuse"}
    assert "bratsfuse/py.typed" in names
    for name in ("builders/brats2021.py", "baselines/__init__.py"):
        assert f"bratsfuse/{name}" in names
    assert told["License-Expression"] == "Apache-2.0"
    modules = {name for name in names if name.endswith(".py")}
    tracked = {
        name if name.startswith("bratsfuse/") else f"bratsfuse/{name}"
        for name in git_files()
        if name.endswith(".py") and name.split("/")[0] in ("bratsfuse", *LINKED)
    }
    assert modules == tracked
    data = {
        name if name.startswith("bratsfuse/") else f"bratsfuse/{name}"
        for name in git_files()
        if Path(name).suffix in (".css", ".html", ".js", ".toml")
        and name.split("/")[0] in ("bratsfuse", *LINKED)
    }
    assert data  # what pages and experiments are made of
    assert data <= set(names)


@pytest.mark.slow
def test_the_source_distribution_holds_what_tests_need(artifacts):
    with tarfile.open(artifacts["sdist"]) as sdist:
        names = {name.split("/", 1)[-1] for name in sdist.getnames()}
    for name in ("DATASHEET.md", "LICENSE", "tests/conftest.py", "builders/nnunet.py"):
        assert name in names


def zipped(checkout, folder):
    """The repository as a ZIP download: links become files that hold their target."""
    path = folder / "main.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in git_files():
            source = checkout / name
            info = zipfile.ZipInfo(f"bratsfuse-main/{name}")
            if source.is_symlink():
                info.external_attr = 0o120777 << 16
                archive.writestr(info, str(source.readlink()))
            else:
                info.external_attr = 0o100644 << 16
                archive.writestr(info, source.read_bytes())
    return path


CHECK = (
    "import bratsfuse, bratsfuse.builders, bratsfuse.baselines, bratsfuse.leaderboard\n"
    "import sys\n"
    "assert not {'builders', 'baselines', 'leaderboard'} & set(sys.modules)\n"
    "assert 'brats2021' in list(bratsfuse.builders.BUILDERS)\n"
    "print(bratsfuse.__file__)\n"
)


@pytest.mark.slow  # four environments, each filled by pip
@pytest.mark.parametrize("way", ["wheel", "sdist", "editable", "zip"])
def test_installed_this_way_it_runs_from_everywhere(way, artifacts, checkout, tmp_path):
    folder = tmp_path / "venv"
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    # The libraries of this environment serve the new one too; only bratsfuse is
    # installed into it.
    site = Path(next((folder / "lib").glob("python3*"))) / "site-packages"
    here = "\n".join(path for path in sys.path if path.endswith("site-packages"))
    before = {path.name for path in site.iterdir()}
    what = {
        "wheel": [str(artifacts["wheel"])],
        "sdist": [str(artifacts["sdist"])],
        "editable": ["-e", str(checkout)],
        "zip": [str(zipped(checkout, tmp_path))],
    }[way]
    pip = [str(python), "-m", "pip", "install", "-q", "--no-deps", *what]
    subprocess.run(pip, check=True, capture_output=True)
    added = {path.name for path in site.iterdir()} - before
    ours = {name for name in added if "bratsfuse" in name}
    assert added - ours <= {"__pycache__"}
    (site / "zz_libraries.pth").write_text(here)
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    (tmp_path / "elsewhere").mkdir()
    for place in (checkout, tmp_path / "elsewhere"):
        for command in (
            [str(folder / "bin" / "bratsfuse"), "--version"],
            [str(python), "-m", "bratsfuse", "build", "--help"],
            [str(python), "-c", CHECK],
        ):
            done = subprocess.run(
                command,
                cwd=place,
                env=environment,
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, (place, command, done.stderr)
    if way in ("wheel", "sdist"):
        run_the_quick_start(python, tmp_path / "elsewhere", environment)


def run_the_quick_start(python, place, environment):
    """Follow docs/quick_start.md with what was installed, outside the repository."""
    path = f"{python.parent}{os.pathsep}{environment['PATH']}"
    environment = environment | {"PATH": path, "HOME": str(place)}
    for snippet in snippets(ROOT / "docs" / "quick_start.md"):
        if snippet.file_name:
            (place / snippet.file_name).write_text(snippet.code)
            continue
        if snippet.language not in ("python", "sh"):
            continue
        start = [str(python), "-c"] if snippet.language == "python" else ["sh", "-ec"]
        done = subprocess.run(
            [*start, snippet.code],
            cwd=place,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, (str(snippet), done.stdout, done.stderr)
    assert (place / "site" / "leaderboard.csv").is_file()
