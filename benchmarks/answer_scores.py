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
    """Return row -> fold -> outcome."""
    found = {}
    for path in sorted(FOLDER.glob("stage1/fold*/*.json")):
        if not path.name.startswith("images_"):
            outcome = from_json(Outcome, path.read_bytes())
            if outcome.cases:
                found.setdefault(path.stem, {})[path.parent.name] = outcome
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


def images(row, folds=None):
    """Return what is known of a row's images, the mean over folds by slices."""
    files = sorted(FOLDER.glob(f"stage1/fold*/images_{row}.json"))
    if folds is not None:
        files = [path for path in files if path.parent.name in folds]
    records = [json.loads(path.read_text()) for path in files]
    if not records:
        return None
    weights = [record["slices"] for record in records]
    means = {
        group: {
            key: np.average([one[group][key] for one in records], weights=weights)
            for key in records[0][group]
        }
        for group in GROUPS
    }
    return {"folds": {path.parent.name for path in files}, **means}


def folds_below_the_floor(row):
    """Return the folds whose images of a row are too unlike their sources, and all."""
    known = images(row)
    if not known:
        return set(), False
    each = {fold for fold in known["folds"] if _is_below(images(row, {fold}))}
    return each, _is_below(known)


def _is_below(of_images):
    return below_floor(of_images["lesion"], floor_of(of_images["weakest"]))


def comparable_images(found):
    """Return row -> its images on the folds that all rows with images share; those."""
    known = {row: images(row) for row in found}
    known = {row: one for row, one in known.items() if one}
    if not known:
        return {}, set()
    shared = set.intersection(*(one["folds"] for one in known.values()))
    if not shared:
        return {}, set()
    return {row: images(row, shared) for row in known}, shared


def frozen_dice(of_row):
    """Return the mean Dice of the frozen reference segmenter over regions."""
    scores = of_row["reference_segmenter"]
    return float(np.mean([scores[f"dice_{one}"] for one in REGIONS]))
