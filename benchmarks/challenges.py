"""Time `challenge_scores` beside the official evaluator of 2026 on the same files.

Both score the same two folders of NIfTI files, each in a process of its own that reads,
scores and writes a JSON, one after the other; all values are compared. Each is run on
one case too, so that the time to start can be taken off. The official package needs a
Python environment of its own, whose interpreter is named:

    python -m venv elsewhere && elsewhere/bin/pip install BraTS-evaluation==0.0.10
    python benchmarks/challenges.py elsewhere/bin/python

The references are the 240x240x155 volume of the golden data and shifted copies of it;
the predictions are these shifted by a voxel, eroded, and with twelve false positives.
`--references` takes volumes of your own.
"""

import argparse
import json
import math
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

# Before anything loads a maths library, and for both processes.
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import nibabel  # noqa: E402
import numpy as np  # noqa: E402
from scipy import ndimage  # noqa: E402

INPUTS = Path(__file__).parents[1] / "tests/golden/segmentation/inputs.npz"
Times = tuple[float, float, float, float]
"""Seconds of the clock and of the processor, of one case and of all of them."""

CONFIGS = {"gli": "gli", "met": "mets", "goat": "GoAT", "men": "MenPre"}


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the cases, run both, compare and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("evaluator", help="python with BraTS-evaluation")
    parser.add_argument("--track", choices=CONFIGS, default="gli")
    parser.add_argument("--references", nargs="*", type=Path)
    parser.add_argument("--rounds", type=int, default=1)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        count = write_cases(folder, options.references)
        commands = {
            "BraTS-evaluation": [
                options.evaluator,
                *("-m", "brats_evaluation.evaluation"),
                *("--config", CONFIGS[options.track]),
                *("--ref_path", "reference", "--pred_path", "prediction"),
                *("--summary_json", "BraTS-evaluation.json", "--num_subjects"),
            ],
            "bratsfuse": [sys.executable, __file__, "--score", options.track],
        }
        times: dict[str, list[Times]] = {key: [] for key in commands}
        for _ in range(options.rounds):
            for key, command in commands.items():
                one, all_ = (run([*command, str(n)], folder) for n in (1, count))
                times[key].append((*one, *all_))
        report(times, count)
        values, worst = compare(folder)
        print(f"{values} values, largest relative difference {worst:.1e}")


def write_cases(folder: Path, references: Sequence[Path] | None) -> int:
    """Write references and predictions; return how many cases."""
    for side in ("reference", "prediction"):
        (folder / side).mkdir()
    rng = np.random.default_rng(0)
    count = 0
    for reference in read_references(references):
        moved = np.roll(reference, 1, axis=count % 3)
        eroded = moved * ndimage.binary_erosion(moved > 0)
        prediction = add_false_positives(eroded, rng)
        for side, labels in (("reference", reference), ("prediction", prediction)):
            image = nibabel.Nifti1Image(labels.astype(np.uint8), np.eye(4))
            nibabel.save(image, folder / side / f"case-{count:05d}-000.nii.gz")
        count += 1
    return count


def add_false_positives(labels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return the labels with twelve cubes of ET up to 40 pixels beyond the tumour."""
    found = labels.copy()
    tumour = np.argwhere(labels)
    low = np.maximum(tumour.min(axis=0) - 40, 0)
    high = np.minimum(tumour.max(axis=0) + 40, labels.shape)
    for x, y, z in rng.integers(low, high, (12, 3)):
        found[x : x + 4, y : y + 4, z : z + 4] = 3
    return found


def read_references(paths: Sequence[Path] | None) -> Iterator[np.ndarray]:
    """Yield label volumes as files have them, (x, y, z), the old 4 of ET as 3."""
    for path in paths or ():
        labels = np.asarray(nibabel.load(path).dataobj)
        yield np.where(labels == 4, 3, labels).astype(np.uint8)
    if not paths:
        with np.load(INPUTS) as arrays:
            volume = arrays["volume/gt"]
        yield from (np.roll(volume, 7 * shift, axis=0) for shift in range(4))


def score_folders(track: str, count: int) -> None:
    """Score the folders here as the official package does; run in a process apart."""
    from bratsfuse.metrics import segmentation

    metrics = []
    for path in sorted(Path("reference").iterdir())[:count]:
        files = [nibabel.load(path), nibabel.load(Path("prediction") / path.name)]
        reference, prediction = (
            np.ascontiguousarray(np.asarray(file.dataobj).T) for file in files
        )
        spacing_mm = [float(size) for size in files[0].header.get_zooms()[::-1]]
        scores = segmentation.challenge_scores(
            reference, prediction, f"brats2026-{track}", spacing_mm
        )
        metrics.append({**scores, "subject_name": path.name})
    Path("bratsfuse.json").write_text(json.dumps({"metrics": metrics}))


def run(command: Sequence[str], folder: Path) -> tuple[float, float]:
    """Run a command; return its seconds of the clock and of the processor."""
    start, spent = time.perf_counter(), children_cpu()
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"{command[0]}: {done.stderr}")
    return time.perf_counter() - start, children_cpu() - spent


def children_cpu() -> float:
    """Return the processor seconds of all processes that have ended so far."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def report(times: dict[str, list[Times]], count: int) -> None:
    """Print the smallest seconds of both, and how they compare."""
    rows = []
    for key, rounds in times.items():
        one_wall, one_cpu, wall, cpu = (min(v) for v in zip(*rounds, strict=True))
        further = [(wall - one_wall) / (count - 1), (cpu - one_cpu) / (count - 1)]
        rows.append((wall, cpu, *further))
        print(
            f"{key}: {count} cases in {wall:.2f} s, of the processor {cpu:.2f} s; "
            f"each case after the first {further[0]:.2f} s, {further[1]:.2f} s"
        )
    ratios = [official / ours for official, ours in zip(*rows, strict=True)]
    print(
        f"ratio: all cases {ratios[0]:.1f}, of the processor {ratios[1]:.1f}; "
        f"each after the first {ratios[2]:.1f}, {ratios[3]:.1f}"
    )


def compare(folder: Path) -> tuple[int, float]:
    """Return the number of values and the largest relative difference."""
    official, ours = (
        json.loads((folder / f"{key}.json").read_text())["metrics"]
        for key in ("BraTS-evaluation", "bratsfuse")
    )
    values, worst = 0, 0.0
    for one, other in zip(official, ours, strict=True):
        for expected, found in _pairs(one, other):
            values += 1
            if expected == found or (math.isnan(expected) and math.isnan(found)):
                continue
            difference = abs(expected - found) / max(1.0, abs(expected))
            worst = max(worst, math.inf if math.isnan(difference) else difference)
    return values, worst


def _pairs(official: object, ours: object) -> Iterator[tuple[float, float]]:
    """Yield the numbers of both under the same names."""
    if isinstance(official, dict) and isinstance(ours, dict):
        for key, value in official.items():
            yield from _pairs(value, ours[key])
    elif isinstance(official, list) and isinstance(ours, list):
        for one, other in zip(official, ours, strict=True):
            yield from _pairs(one, other)
    elif isinstance(official, int | float) and isinstance(ours, int | float):
        yield float(official), float(ours)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--score"]:
        score_folders(sys.argv[2], int(sys.argv[3]))
    else:
        main()
