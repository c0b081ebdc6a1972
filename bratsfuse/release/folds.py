"""Folds of patients out of the splits of a release."""

from collections.abc import Mapping
from typing import Final

from bratsfuse.release.manifest import Manifest
from bratsfuse.release.splits import patient_position

FOLDS: Final = 5
"""As many as others train by default."""


def patient_folds(manifest: Manifest) -> Mapping[str, int]:
    """Return in which fold each patient of train and validation is validated.

    Fold 0 validates the release's own validation split, so that it is the same
    experiment as any other on the release. The patients of train are assigned to the
    other folds, in the order of their hash. Test is in no fold.

    Parameters
    ----------
    manifest
        Of the release.

    Returns
    -------
    Mapping
        Patient -> fold, from 0. There are five folds; fewer where there are too few
        patients, and then the numbers still have no gap.
    """
    of_split: dict[str, set[str]] = {"train": set(), "validation": set()}
    for case in manifest.cases.values():
        if case.split in of_split:
            of_split[case.split].add(case.patient)
    first = 1 if of_split["validation"] else 0
    seed = manifest.recipe.seed
    dealt = sorted(
        of_split["train"], key=lambda one: (patient_position(one, seed), one)
    )
    folds = dict.fromkeys(sorted(of_split["validation"]), 0)
    turns = min(FOLDS - first, len(dealt))
    if first or turns > 1:  # a fold that validates everyone trains on nobody
        folds |= {one: first + place % turns for place, one in enumerate(dealt)}
    return folds
