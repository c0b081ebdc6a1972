"""Run the suite under every supported Python found, with several choices of packages.

Run as: python tests/versions.py [--only 3.13] [--packages newest] [-- PYTEST WORDS]

Packages are pinned (constraints.txt), the newest, or the lowest that pyproject.toml
allows; the lowest are tried with the oldest Python alone, since later ones came after
them. Pythons are looked for on the path and among those of pyenv and uv. Each choice
gets an environment in the folder `.versions`, which is made anew. One in which the
suite passed is removed: with the usual build of torch it takes 7 GB.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / ".versions"
MINORS = ("3.11", "3.12", "3.13")
PACKAGES = {
    "pinned": ["-c", str(ROOT / "constraints.txt")],
    "newest": ["--upgrade", "--upgrade-strategy", "eager"],
    "lowest": ["-c", str(FOLDER / "lowest.txt")],
}
KEPT = {"torch"}
"""What the lowest choice does not lower: monai and others ask for a later one."""
SUITE = ["-n", "2", "--dist", "loadfile", "-m", "not slow", "-q"]


def candidates(minor: str) -> Iterator[Path]:
    """Yield files that may be a Python of a minor version, likely ones first."""
    yield Path(sys.executable)
    on_path = shutil.which(f"python{minor}")
    if on_path:
        yield Path(on_path)
    home = Path.home()
    for folder, pattern in (
        (Path(os.environ.get("PYENV_ROOT", home / ".pyenv")) / "versions", "{}.*"),
        (home / ".local/share/uv/python", "cpython-{}.*"),
    ):
        yield from sorted(folder.glob(pattern.format(minor) + "/bin/python"))[::-1]


def find(minor: str) -> Path | None:
    """Return a Python of a minor version that runs, None if there is none."""
    code = "import sys; print('%d.%d' % sys.version_info[:2])"
    for path in candidates(minor):
        try:
            done = subprocess.run(
                [path, "-I", "-c", code], capture_output=True, text=True, check=False
            )
        except OSError:
            continue
        if done.returncode == 0 and done.stdout.strip() == minor:
            return path
    return None


IMPORTED = {
    *("filelock", "hypothesis", "mlcroissant", "monai", "pytest", "pytest-xdist"),
    *("scikit-learn", "sewar", "surface-distance"),
}
"""What tests need beside the lowest packages. Those of clusters and object stores ask
for each other's versions so narrowly that pip does not come to an end."""
OF_THE_LOWEST = ["tests/unit", "tests/golden", "tests/property", "tests/e2e"]


def lowest_bounds() -> list[str]:
    """Return the lower bounds of all packages that running needs, as pins."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    bounds = []
    for line in project["dependencies"]:
        name, bound = re.fullmatch(
            r"([A-Za-z0-9-]+)(?:\[.*\])?>=([0-9.]+)", line
        ).groups()
        bounds += [] if name in KEPT else [f"{name}=={bound}"]
    return bounds


def tools_of_tests() -> list[str]:
    """Return of the packages for development those that the tests import."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    lines = project["optional-dependencies"]["dev"]
    return [line for line in lines if re.split(r"[>=\[]", line)[0] in IMPORTED]


def choices(minor: str) -> list[str]:
    """Return the choices of packages that are tried with a minor version of Python."""
    return [one for one in PACKAGES if one != "lowest" or minor == MINORS[0]]


def outcome(python: Path, name: str, packages: str, words: list[str]) -> str:
    """Return what came of the suite in a new environment."""
    folder = FOLDER / name
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / "lowest.txt").write_text("\n".join(lowest_bounds()) + "\n")
    suite, wanted = words or SUITE, ["-e", f"{ROOT}[dev]"]
    if packages == "lowest":  # old packages warn of each other
        suite = words or [*SUITE, *OF_THE_LOWEST]
        suite = [*suite, "-o", "filterwarnings=default"]
        wanted = ["-e", str(ROOT), *tools_of_tests()]
    own = str(folder / "bin" / "python")
    install = [own, "-m", "pip", "install", "--quiet", *PACKAGES[packages]]
    for what, command in (
        ("no environment", [str(python), "-m", "venv", "--clear", str(folder)]),
        ("not installed", [*install, *wanted]),
        ("FAILED", [own, "-m", "pytest", *suite]),
    ):
        if subprocess.run(command, cwd=ROOT, check=False).returncode:
            return what
    shutil.rmtree(folder)
    return "passed"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", choices=MINORS, help="one minor version of Python")
    parser.add_argument("--packages", choices=PACKAGES, help="one choice of packages")
    parser.add_argument("words", nargs="*", help="for pytest, after --")
    options = parser.parse_args()
    outcomes = {}
    for minor in [options.only] if options.only else MINORS:
        python = find(minor)
        for packages in [options.packages] if options.packages else choices(minor):
            name = f"{minor}-{packages}"
            print(f"== Python {minor}, {packages} packages: {python}", flush=True)
            outcomes[name] = (
                outcome(python, name, packages, options.words)
                if python
                else "no such Python"
            )
    for name, found in outcomes.items():
        print(f"{name:<12}  {found}")
    ran = [found for found in outcomes.values() if found != "no such Python"]
    return 0 if ran and set(ran) == {"passed"} else 1


if __name__ == "__main__":
    sys.exit(main())
