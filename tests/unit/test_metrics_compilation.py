"""Compiled loops: nothing is imported before it is needed, nothing compiled twice."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest

from bratsfuse.metrics.compiled import compiled

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


COMPILED_TWICE = """
for module in [one for name, one in sys.modules.items() if "bratsfuse.metrics" in name]:
    for name, loop in vars(module).items():
        loop = getattr(loop, "dispatcher", loop)
        if len(getattr(loop, "signatures", ())) > 1:
            print(name)
"""


ALL = """
import sys
import numpy as np
from bratsfuse.metrics import fusion
sources = np.random.default_rng(0).integers(0, 256, (2, 177, 180), np.uint8)
frozen = sources.copy()
frozen.flags.writeable = False
for stack in (sources, frozen, np.asfortranarray(sources), sources[:, ::-1]):
    for convention in ("bratsfuse", "cddfuse", "linfeng-tang"):
        fusion.evaluate(stack, stack[0], "all", convention=convention, brain=True)
"""


MASKS = """
import sys
import numpy as np
from bratsfuse.metrics import segmentation
rng = np.random.default_rng(0)
for shape in ((30, 40), (12, 20, 30)):
    labels = rng.integers(0, 4, shape, np.uint8)
    frozen = labels.copy()
    frozen.flags.writeable = False
    for other in (labels, frozen, np.asfortranarray(labels), labels[::-1]):
        for preset in ("brats2023-gli", "brats2024-gli"):
            segmentation.evaluate(other, labels, preset=preset)
            segmentation.evaluate(labels, other, preset=preset)
        segmentation.hausdorff_distance_95(other > 0, labels > 0)
        if labels.ndim == 3:
            segmentation.challenge_scores(other, labels, "brats2026-gli")
"""


VALUES = """
import json
import warnings
import numpy as np
from bratsfuse.metrics import fusion, segmentation

warnings.simplefilter("error")
rng = np.random.default_rng(0)
sources = rng.integers(0, 256, (2, 41, 42), np.uint8)
sources[:, :15, :9], sources[:, 30:, 30:] = 0, 255
fused = sources.mean(axis=0).astype(np.uint8)
few = np.s_[..., 8:20, 2:17]
found = [
    fusion.evaluate(sources, fused, ["vif", "viff"]),
    fusion.evaluate(sources[few], fused[few], "all", convention="linfeng-tang"),
    fusion.evaluate(sources[few], fused[few], "all"),
    fusion.evaluate(sources[few] * 0, fused[few] * 0, ["qabf", "nabf", "fmi_pixel"]),
]
reference = np.zeros((4, 14, 15), np.uint8)
reference[1:3, 3:9, 3:10], reference[1, 5:7, 5:8], reference[2, 11:13, 11:13] = 2, 3, 3
prediction = np.roll(reference, (1, 2), (1, 2))
for preset in ("brats2023-gli", "brats2024-gli"):
    for maps in ((reference, prediction), (reference[1], prediction[1])):
        scores = segmentation.evaluate(*maps, preset=preset, metrics="all")
        found.append(scores["ET"])
found.append(segmentation.challenge_scores(reference, prediction, "brats2026-goat"))
print(json.dumps(found))
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


@pytest.mark.slow
def test_no_kind_of_array_needs_a_second_compilation():
    """Each would take seconds, in the middle of somebody's work."""
    run(ALL)  # what compiles a loop compiles those that it calls, for its own calls
    names = run(ALL + COMPILED_TWICE).stdout.split()
    assert set(names) <= {"combine"}  # its output is a row of an image or a buffer


@pytest.mark.slow
def test_no_kind_of_mask_needs_a_second_compilation():
    run(MASKS)
    names = run(MASKS + COMPILED_TWICE).stdout.split()
    # One takes each axis as a constant, the other crops labels and lesion numbers.
    assert set(names) <= {"_extend", "crop"}


def test_without_a_place_for_the_cache_loops_are_compiled_anew(monkeypatch):
    import numba

    from bratsfuse.metrics.compiled import compiled

    njit = numba.njit

    def without_locator(*args, **options):
        if options.get("cache"):
            raise RuntimeError("cannot cache function: no locator available")
        return njit(*args, **options)

    monkeypatch.setattr(numba, "njit", without_locator)
    assert compiled(abs_difference)(3, 5) == 2


def abs_difference(a, b):
    return abs(a - b)


def test_a_first_compilation_says_so_once_and_is_kept(tmp_path):
    first = run(COUNT, NUMBA_CACHE_DIR=str(tmp_path))
    assert first.stdout == "16.0\n"
    assert first.stderr.count("compiling the metrics for this computer") == 1
    assert list(tmp_path.rglob("*.nbc"))
    second = run(COUNT, NUMBA_CACHE_DIR=str(tmp_path))
    assert (second.stdout, second.stderr) == ("16.0\n", "")


@pytest.mark.slow
def test_uncompiled_loops_give_the_same_values():
    """As debuggers and coverage run them; to the last digit."""
    compiled, written = (
        json.loads(run(VALUES, NUMBA_DISABLE_JIT=disabled).stdout)
        for disabled in ("0", "1")
    )
    for one, other in zip(compiled, written, strict=True):
        np.testing.assert_equal(other, one)


CALLER = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from bratsfuse.metrics import compiled
compiled.SOURCES = Path(sys.argv[1])
from outer import outer
print(outer(1.0), sum(outer.stats.cache_hits.values()))
"""


def test_a_loop_is_compiled_anew_when_one_that_it_calls_has_changed(tmp_path):
    # Numba compares the age and size of the caller's own file, which stay.
    header = "from bratsfuse.metrics.compiled import compiled\n"
    inner = f"{header}@compiled\ndef inner(x):\n    return x + 1\n"
    (tmp_path / "inner.py").write_text(inner)
    (tmp_path / "outer.py").write_text(
        f"{header}from inner import inner\n"
        "@compiled\ndef outer(x):\n    return inner(x) * 10\n"
    )

    def value():
        command = [sys.executable, "-c", CALLER, str(tmp_path)]
        ran = subprocess.run(command, capture_output=True, text=True, check=True)
        return ran.stdout.split()

    assert value() == ["20.0", "0"]
    assert value() == ["20.0", "1"]  # it is kept
    (tmp_path / "inner.py").write_text(inner.replace("x + 1", "2 + x"))
    os.utime(tmp_path / "inner.py", (0, 0))  # so that Python itself sees the change
    assert value() == ["30.0", "0"]


def test_a_compiled_loop_keeps_its_name():
    def some_loop(x):
        return x

    name = some_loop.__qualname__
    assert compiled(some_loop).py_func.__qualname__ == name
