"""What the experiment has measured, read from the JSON of docs/experiment/stage1."""

import json
from pathlib import Path

import numpy as np

from bratsfuse.evaluation.downstream_rules import below_floor, floor_of
from bratsfuse.experiments.definition import read_definition
from bratsfuse.experiments.outcome import Outcome
from bratsfuse.records import from_json

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "docs/experiment"
DEFINITION = ROOT / "baselines/experiments/claims.toml"
FOLDS = 5
REGIONS = ("WT", "TC", "ET")
GROUPS = ("metrics", "lesion", "weakest", "reference_segmenter")


def titles():
    """Return row -> title of every segmenter of the definition."""
    rows = read_definition(str(DEFINITION)).rows
    return {name: row.title for name, row in rows.items() if row.method != "fuse4seg"}


def outcomes():
    """Return row -> fold -> outcome of every segmenter; all folds have to be there."""
    found = {row: {} for row in titles()}
    for row, folds in found.items():
        for path in sorted(FOLDER.glob(f"stage1/fold*/{row}.json")):
            folds[path.parent.name] = from_json(Outcome, path.read_bytes())
        if len(folds) != FOLDS:
            raise SystemExit(f"{row}: {len(folds)} folds in stage1, expected {FOLDS}")
    return found


def by_patient(folds, regions):
    """Return patient -> Dice, the mean over some regions of those that are defined."""
    values = {}
    for outcome in folds.values():
        for case in outcome.cases:
            known = [case.dice[r] for r in regions if case.dice[r] is not None]
            if known:
                values.setdefault(case.patient, []).append(np.mean(known))
    return {patient: float(np.mean(one)) for patient, one in values.items()}


def images(row, fold="fold*"):
    """Return what is known of a row's images, the mean over folds by slices.

    None for a row whose segmenter is given no fused images.
    """
    files = sorted(FOLDER.glob(f"stage1/{fold}/images_{row}.json"))
    records = [json.loads(path.read_text()) for path in files]
    if not records:
        return None
    if fold == "fold*" and len(records) != FOLDS:
        raise SystemExit(f"images of {row}: {len(records)} folds, expected {FOLDS}")
    weights = [record["slices"] for record in records]
    return {
        group: {
            key: np.average([one[group][key] for one in records], weights=weights)
            for key in records[0][group]
        }
        for group in GROUPS
    }


def all_images(found):
    """Return row -> what is known of its images, of rows with fused images."""
    known = {row: images(row) for row in found}
    return {row: one for row, one in known.items() if one}


def is_below_the_floor(of_row):
    """Return whether images are too unlike their sources to support a claim."""
    return below_floor(of_row["lesion"], floor_of(of_row["weakest"]))


def folds_below_the_floor(row):
    """Return the numbers of the folds whose images of a row are below the floor."""
    each = ((fold, images(row, f"fold{fold}")) for fold in range(FOLDS))
    return [fold for fold, known in each if known and is_below_the_floor(known)]


def frozen_dice(of_row):
    """Return the mean Dice of the frozen reference segmenter over regions."""
    scores = of_row["reference_segmenter"]
    return float(np.mean([scores[f"dice_{one}"] for one in REGIONS]))
