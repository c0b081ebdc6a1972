"""Compare `bratsfuse score-masks` with the evaluators of the challenges on your masks.

    python benchmarks/score_masks.py elsewhere/bin/python labels/*.nii.gz
    python benchmarks/score_masks.py elsewhere/bin/python labels/*.nii.gz --crop 16 \
        --script 2023=BraTS-2023-Metrics --script 2024=BraTS-2024-Metrics

`--crop` leaves so many voxels around both masks: of the scores, only the specificity
depends on what is beyond, and the script of 2024 takes half an hour for many a whole
volume. The predictions are the masks shifted by one or two voxels. `elsewhere` has
BraTS-evaluation 0.0.10 and, for the scripts of 2023 and 2024, of which the folders are
checkouts, MedPy 0.5.2. Each runs in a process of its own, one after the other: reading,
scoring, writing. All values are compared.
"""

import argparse
import csv
import json
import math
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

# Before anything loads a maths library, and for all processes.
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import nibabel  # noqa: E402
import numpy as np  # noqa: E402
from scipy import ndimage  # noqa: E402

HELPERS = Path(__file__).parents[1] / "tests/golden"
Values = dict[tuple[str, str, str], float]
"""Case, group and name of the score -> value."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the cases, run all evaluators and compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("evaluator", help="python with BraTS-evaluation")
    parser.add_argument("references", nargs="+", type=Path)
    parser.add_argument("--crop", type=int, metavar="VOXELS")
    parser.add_argument("--script", action="append", default=[], metavar="YEAR=DIR")
    options = parser.parse_args(arguments)
    from challenges import run

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_cases(folder, options.references, options.crop)
        runs = {
            "2026": [
                options.evaluator,
                *("-m", "brats_evaluation.evaluation", "--config", "gli"),
                *("--ref_path", "reference", "--pred_path", "prediction"),
                *("--summary_json", "2026.json"),
                *("--num_subjects", str(len(options.references))),
            ]
        }
        for one in options.script:
            year, _, place = one.partition("=")
            script = str(Path(place).resolve())
            runs[year] = [options.evaluator, __file__, "--run-script", year, script]
        for year, command in runs.items():
            theirs, ours = run(command, folder), run(score_masks(year), folder)
            expected = read_official(folder / f"{year}.json", year)
            found = read_ours(folder / f"scores{year}" / "challenge.csv")
            print(
                f"{year}: {len(expected)} values of {len(options.references)} cases, "
                f"largest relative difference {largest(expected, found):.1e}; "
                f"{theirs[0]:.1f} s and {ours[0]:.1f} s of the clock, "
                f"{theirs[1]:.1f} s and {ours[1]:.1f} s of the processor, "
                f"ratios {theirs[0] / ours[0]:.1f} and {theirs[1] / ours[1]:.1f}"
            )


def score_masks(year: str) -> list[str]:
    """Return the command, with all that it writes."""
    return [
        *(sys.executable, "-m", "bratsfuse", "score-masks", "prediction"),
        *("--reference", "reference", "--coding", "brats2023-gli", "--workers", "1"),
        *("--challenge", f"brats{year}-gli", "-o", f"scores{year}"),
    ]


def write_cases(folder: Path, references: Sequence[Path], crop: int | None) -> None:
    """Write the masks, the old 4 of ET as 3, and shifted copies."""
    for side in ("reference", "prediction"):
        (folder / side).mkdir()
    for number, path in enumerate(references):
        image = nibabel.load(path)
        labels = np.asarray(image.dataobj)
        reference = np.where(labels == 4, 3, labels).astype(np.uint8)
        moved = np.roll(reference, 1 + number % 2, axis=number % 3)
        box: tuple[slice, ...] = (slice(None),) * 3
        if crop is not None:
            box = around(np.maximum(reference, moved), crop)
        for side, one in (("reference", reference), ("prediction", moved)):
            new = nibabel.Nifti1Image(np.ascontiguousarray(one[box]), image.affine)
            nibabel.save(new, folder / side / f"case-{number:05d}-000.nii.gz")


def around(mask: np.ndarray, margin: int) -> tuple[slice, ...]:
    """Return the box of a mask and a margin, as far as the volume goes."""
    places = np.nonzero(mask)
    return tuple(
        slice(max(int(axis.min()) - margin, 0), int(axis.max()) + 1 + margin)
        for axis in places
    )


def dilated(mask: np.ndarray, structure: np.ndarray) -> np.ndarray:
    """Return SciPy's dilation by one step, made in the box of the mask alone."""
    found = np.zeros(mask.shape, bool)
    if mask.any():
        box = around(mask, 1)
        found[box] = ndimage.binary_dilation(mask[box], structure)
    return found


def run_script(year: str, place: str) -> None:
    """Run a year's script on the folders here; in a process apart."""
    sys.path.insert(0, str(HELPERS))
    import regenerate_challenges

    regenerate_challenges.let_the_scripts_run(place)
    module = __import__("metrics" if year == "2023" else "metrics_GLI")
    if year == "2024":
        # It dilates each lesion for each other one, in the whole volume each time.
        module.binary_dilation = dilated
    rows = {}
    for path in sorted(Path("reference").iterdir()):
        found = module.get_LesionWiseResults(
            pred_file=f"prediction/{path.name}",
            gt_file=str(path),
            challenge_name="BraTS-GLI",
        )
        table = found[0] if isinstance(found, tuple) else found
        rows[path.name] = table.set_index("Labels").astype(float).to_dict("index")
    Path(f"{year}.json").write_text(json.dumps(rows))


def read_official(path: Path, year: str) -> Values:
    """Return what an evaluator wrote."""
    content = json.loads(path.read_text())
    if year == "2026":
        content = {one.pop("subject_name"): one for one in content["metrics"]}
    return {
        (case.removesuffix(".nii.gz"), group, key): float(value)
        for case, groups in content.items()
        for group, scores in groups.items()
        for key, value in scores.items()
        if isinstance(value, int | float)
    }


def read_ours(path: Path) -> Values:
    """Return what the command wrote."""
    with path.open(newline="") as file:
        return {
            (row["case_id"], row["group"], row["score"]): float(row["value"] or "nan")
            for row in csv.DictReader(file)
        }


def largest(expected: Values, found: Values) -> float:
    """Return the largest relative difference; infinite if a value has no partner."""
    return max(_differences(expected, found), default=math.inf)


def _differences(expected: Values, found: Values) -> Iterator[float]:
    for place, value in expected.items():
        other = found.get(place, math.inf if math.isnan(value) else math.nan)
        if value == other or (math.isnan(value) and math.isnan(other)):
            yield 0.0
        else:
            apart = abs(value - other) / max(1.0, abs(value))
            yield math.inf if math.isnan(apart) else apart


if __name__ == "__main__":
    if sys.argv[1:2] == ["--run-script"]:
        run_script(sys.argv[2], sys.argv[3])
    else:
        main()
