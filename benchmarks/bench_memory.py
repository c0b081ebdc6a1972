"""The most memory that commands take, each in a process of its own."""

import subprocess
import sys
import tempfile
from pathlib import Path

COMMAND = """
import sys
from bratsfuse.cli import main
main(sys.argv[1:], standalone_mode=False)
"""
LOADED = """
import sys
from bratsfuse import BraTSFuse
data = BraTSFuse(sys.argv[1], "train", in_memory=sys.argv[2] == "memory")
for row in range(len(data)):
    data[row]
"""
# Not ru_maxrss: a child starts with the peak of its parent.
PEAK = """
print(open("/proc/self/status").read().split("VmHWM:")[1].split()[0])
"""


def of_memory(raw, release, slices):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        asked = ["--slices", str(slices), "--allow-fewer", "--workers", "1"]
        of_release = ["--release", release, "--workers", "1"]
        predicted, run = folder / "predicted", folder / "run"
        found = {
            "import of the command line": _peak(COMMAND, "--help"),
            "build": _peak(COMMAND, "build", raw, "-o", folder / "built", *asked),
            "a split, read from disk": _peak(LOADED, release, "disk"),
            "a split, in memory": _peak(LOADED, release, "memory"),
            "predict, one image product": _peak(
                COMMAND, "predict", "laplacian", release, "-o", predicted, *asked[-2:]
            ),
            "evaluate": _peak(
                COMMAND, "evaluate", predicted, "-o", folder / "report", *of_release
            ),
            "train the U-Net, two steps": _peak(
                COMMAND, "train", "unet", release, "-o", run, "--set", "steps=2"
            ),
        }
    return {
        "title": "Peak memory",
        "item": "process",
        "rows": {},
        "memory": found,
        "notes": [],
        "goals": [],
    }


def _peak(code, *words):
    """Return the peak of a fresh process in MB, or why there is none."""
    done = subprocess.run(
        [sys.executable, "-c", code + PEAK, *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        return " ".join(done.stderr.split())[-200:] or f"status {done.returncode}"
    return int(done.stdout.split()[-1]) / 1024
