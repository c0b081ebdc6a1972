"""Compiled loops: nothing is imported before it is needed, nothing compiled twice."""

import os
import subprocess
import sys

LIST_HEAVY = """
import sys
import bratsfuse.metrics.fusion
heavy = {"numba", "scipy", "skimage", "torch", "h5py"} & set(sys.modules)
print(sorted(heavy))
"""

COUNT = """
import numpy as np
from bratsfuse.metrics import fusion
image = np.arange(256, dtype=np.uint8).reshape(16, 16)
print(fusion.mutual_information([image, image], image))
"""


def run(code, **environment):
    return subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=True,
    )


def test_importing_the_metrics_imports_nothing_heavy():
    assert run(LIST_HEAVY).stdout == "[]\n"


def test_a_first_compilation_says_so_once_and_is_kept(tmp_path):
    first = run(COUNT, NUMBA_CACHE_DIR=str(tmp_path))
    assert first.stdout == "16.0\n"
    assert first.stderr.count("compiling the metrics for this computer") == 1
    assert list(tmp_path.rglob("*.nbc"))
    second = run(COUNT, NUMBA_CACHE_DIR=str(tmp_path))
    assert (second.stdout, second.stderr) == ("16.0\n", "")
