"""Folders of real reference masks, scored against shifted copies of themselves."""

import csv
import json

import nibabel as nib
import numpy as np
import pytest
import surface_distance
from click.testing import CliRunner

from bratsfuse.builders import find_cases
from bratsfuse.cli import main

pytestmark = [
    pytest.mark.data,
    # What surface-distance imports, by the name that it had once.
    pytest.mark.filterwarnings("ignore:Please import:DeprecationWarning"),
]

LABELS = {"WT": (1, 2, 4), "TC": (1, 4), "ET": (4,)}
SHIFTS = ((2, 0, 0), (0, 1, 1), (1, 1, 0))
KEYS = "dice,hd95,nsd_1mm,lesion_tp,lesion_fn"


@pytest.fixture(scope="module")
def masks(real_data, tmp_path_factory):
    """Real masks in case folders, and copies of three of them shifted by pixels."""
    folder = tmp_path_factory.mktemp("masks")
    (folder / "shifted").mkdir()
    cases = find_cases(real_data / "brats2018").cases
    for case, shift in zip(cases, SHIFTS, strict=False):
        mask = nib.load(case.mask.path)
        raw = folder / "raw" / case.id
        raw.mkdir(parents=True)
        (raw / f"{case.id}_seg.nii.gz").symlink_to(case.mask.path)
        moved = np.roll(np.asarray(mask.dataobj), shift, (0, 1, 2))
        image = nib.Nifti1Image(moved.astype(np.uint8), mask.affine)
        nib.save(image, folder / "shifted" / f"{case.id}.nii.gz")
    return folder


def score(masks, *words):
    call = ("score-masks", masks / "shifted", "--reference", masks / "raw/*/*_seg.*")
    told = ("--coding", "brats2018", "--workers", "1", "--overwrite")
    words = (*call, *told, *words, "-o", masks / "scores")
    result = CliRunner().invoke(main, [str(word) for word in words])
    assert result.exit_code == 0, result.output
    with (masks / "scores" / "per_case.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_values_are_those_of_surface_distance_and_numpy(masks):
    rows = score(masks, "--metrics", KEYS)
    found = {(r["case_id"], r["region"], r["metric"]): float(r["value"]) for r in rows}
    assert len(found) == len(SHIFTS) * len(LABELS) * 5
    for path in sorted((masks / "shifted").iterdir()):
        case = path.name.removesuffix(".nii.gz")
        (true,) = (masks / "raw" / case).iterdir()
        reference, prediction = (np.asarray(nib.load(p).dataobj) for p in (true, path))
        for region, labels in LABELS.items():
            masked = [np.isin(one, labels) for one in (reference, prediction)]
            overlap = 2 * (masked[0] & masked[1]).sum() / sum(m.sum() for m in masked)
            assert found[case, region, "dice"] == pytest.approx(overlap, abs=1e-12)
            box = tuple(
                slice(max(0, where.min() - 3), where.max() + 4)
                for where in np.nonzero(masked[0] | masked[1])
            )
            surfels = surface_distance.compute_surface_distances(
                *(m[box] for m in masked), spacing_mm=(1, 1, 1)
            )
            hd95 = surface_distance.compute_robust_hausdorff(surfels, 95)
            nsd = surface_distance.compute_surface_dice_at_tolerance(surfels, 1)
            assert found[case, region, "hd95"] == pytest.approx(hd95, abs=1e-9)
            assert found[case, region, "nsd_1mm"] == pytest.approx(nsd, abs=1e-9)
            assert found[case, region, "lesion_fn"] == 0  # a pixel away is a hit


def test_every_patient_is_one_and_every_lesion_is_listed(masks):
    rows = score(
        masks, "--metrics", "lesion_dice,lesion_tp", "--preset", "brats2024-gli"
    )
    with (masks / "scores" / "per_lesion.csv").open(newline="") as file:
        lesions = list(csv.DictReader(file))
    for row in rows:
        mine = [
            lesion
            for lesion in lesions
            if (lesion["case_id"], lesion["region"]) == (row["case_id"], row["region"])
        ]
        if row["metric"] == "lesion_tp":
            hits = [lesion["status"] for lesion in mine].count("tp")
            assert hits == float(row["value"])
        elif mine:
            mean = np.mean([float(lesion["dice"]) for lesion in mine])
            assert mean == pytest.approx(float(row["value"]))
    record = json.loads((masks / "scores" / "scores.json").read_text())
    assert (record["cases"], record["patients"]) == (3, 3)
    assert record["grids"][0]["shape"] == [240, 240, 155]
