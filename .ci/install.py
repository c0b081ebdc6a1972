"""Make .venv and install bratsfuse into it: install.py run, or install.py dev.

Run by the Python that .venv is to have. It says first what will be downloaded and how
much room that takes; a CPU build of torch that this Python has already is used.
"""

import os
import re
import shutil
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ENVIRONMENT = ROOT / ".venv"
STAMPS = {"run": [".installed"], "dev": [".installed", ".installed-dev"]}

# Measured as docs/installing.md says: to download and on disk, in GB.
COSTS = {"run": (0.5, 2.1), "dev": (0.6, 2.3)}
CUDA = 3.7


def main(kind: str) -> None:
    """Install what running needs, or that and what tests need."""
    if sys.version_info < (3, 11):
        sys.exit("bratsfuse needs Python 3.11 or newer: make PYTHON=python3.11 ...")
    found = torch_there()
    say(kind, found)
    venv.create(ENVIRONMENT, with_pip=True, system_site_packages=bool(found))
    python = ENVIRONMENT / ("Scripts" if os.name == "nt" else "bin") / "python"
    what = ".[dev]" if kind == "dev" else "."
    words = ["-m", "pip", "install", "-c", "constraints.txt", "-e", what]
    subprocess.run([python, *words], cwd=ROOT, check=True)
    for stamp in STAMPS[kind]:
        (ENVIRONMENT / stamp).touch()


def say(kind: str, found: str | None) -> None:
    """Print what this costs, and what makes it less."""
    down, disk = COSTS[kind]
    tests = " and everything that tests need" if kind == "dev" else ""
    print(f"Installing bratsfuse{tests} into {ENVIRONMENT}, once.")
    if found:
        print(f"  torch {found} of this Python is used: it is a CPU build.")
    print(
        f"  About {down:.1f} GB to download and {disk:.1f} GB on disk with a CPU build",
        f"  of torch; the usual one for Linux, with CUDA, takes {CUDA:.1f} GB more:",
        "  see docs/installing.md. Two to ten minutes, by network and computer.",
        sep="\n",
        flush=True,
    )
    free = shutil.disk_usage(ROOT).free / 1e9
    if free < disk + CUDA:
        print(f"  Only {free:.1f} GB are free here.", flush=True)


def torch_there() -> str | None:
    """Return the version of a CPU build of torch, as pinned, that this Python has."""
    pinned = re.search(r"^torch==(\S+)", (ROOT / "constraints.txt").read_text(), re.M)
    code = "import torch; print(torch.__version__, torch.version.cuda)"
    asked = [sys.executable, "-c", code]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    version, _, cuda = done.stdout.strip().partition(" ")
    fits = pinned is not None and version.partition("+")[0] == pinned[1]
    return version if fits and cuda == "None" else None


if __name__ == "__main__":
    main(sys.argv[1])
