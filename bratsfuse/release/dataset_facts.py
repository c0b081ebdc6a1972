"""What a dataset says of its rows besides their images: who, where, how much of what.

Nothing here knows torch.
"""

import csv
from collections.abc import Collection, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from bratsfuse.anatomy import Label
from bratsfuse.errors import InvalidInputError, ReleaseError
from bratsfuse.records import Grade, SliceId
from bratsfuse.release.card import about
from bratsfuse.release.chosen_rows import ChosenRows
from bratsfuse.release.columns import MASK
from bratsfuse.release.documents import INDEX_NAME
from bratsfuse.release.manifest import Manifest
from bratsfuse.release.recipe import MIN_FOLDS, SPLITS
from bratsfuse.release.splits import assign_fold
from bratsfuse.wording import counted


def index_of(release: Path, rows: ChosenRows) -> dict[str, list[Any]]:
    """Return what the rows are: column name -> one value per row, in their order.

    Raises
    ------
    ReleaseError
        If ``index.csv`` is missing or does not list a row.
    """
    cases = rows.texts("case_id")
    numbers = [int(number) for number in rows.array("slice_index")]
    ids = [str(SliceId(*key)) for key in zip(cases, numbers, strict=True)]
    return {
        "slice_id": ids,
        "split": [rows.split(index) for index in range(len(rows))],
        "case_id": cases,
        "patient_id": rows.texts("patient_id"),
        "slice_index": numbers,
        "grade": [Grade(int(grade)).name for grade in rows.array("grade")],
        **_areas(release / INDEX_NAME, ids),
    }


def _areas(path: Path, ids: list[str]) -> dict[str, list[int | None]]:
    """Return the pixels of each label and of the brain; None where they are hidden."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            listed = {line["slice_id"]: line for line in reader}
        names = [n for n in reader.fieldnames or () if n.startswith("area_")]
        return {
            name: [int(text) if (text := listed[one][name]) else None for one in ids]
            for name in names
        }
    except (OSError, ValueError, LookupError, TypeError, csv.Error) as problem:
        raise ReleaseError(
            f"{path}: does not list every slice set ({problem!r}); run bratsfuse "
            "verify, then build or copy the release again"
        ) from problem


def facts_of(manifest: Manifest) -> dict[str, Any]:
    """Return what a release is, under the names of `datasets` where it has one."""
    source = manifest.source
    return {
        "title": source.title,
        **about(manifest),
        "fingerprint": manifest.fingerprint,
        "slice_sets": {name: one.slice_sets for name, one in manifest.splits.items()},
        "patients": {name: one.patients for name, one in manifest.splits.items()},
        "image_shape": manifest.image_shape,
        "products": {one: manifest.sources_of(one) for one in manifest.products},
        "labels": {int(label): label.name for label in sorted(source.labels)},
        "regions": tuple(str(region) for region in source.regions),
        "hidden_labels": tuple(manifest.withheld),
        "synthetic": source.synthetic,
    }


def balanced_weights(
    rows: ChosenRows, labels: Collection[Label]
) -> npt.NDArray[np.float64]:
    """Return one weight per label: the rarer it is, the heavier a pixel of it.

    Returns
    -------
    numpy.ndarray
        float64 (highest label + 1,): pixels of all labels, by the number of labels that
        occur, by the pixels of the label; so the weights of all pixels have the mean 1.
        0 for a label without a pixel.
    """
    counts = np.zeros(int(max(labels)) + 1, dtype=np.int64)
    for index in range(len(rows)):
        counts += np.bincount(rows.pixels(MASK, index).ravel(), minlength=len(counts))
    occurring = counts > 0
    weights = np.zeros(len(counts))
    weights[occurring] = counts.sum() / (occurring.sum() * counts[occurring])
    return weights


def folds_of(
    rows: ChosenRows, folds: int, validation: float | Fraction, seed: int
) -> list[Mapping[str, list[int]]]:
    """Return, for each fold, split -> its rows, by the function behind ``--folds``.

    Raises
    ------
    InvalidInputError
        If there are fewer than two folds or too few patients, or the share of
        validation is none.
    """
    if isinstance(folds, bool) or not isinstance(folds, int) or folds < MIN_FOLDS:
        raise InvalidInputError(
            f"{folds!r} folds; expected a whole number of at least {MIN_FOLDS}"
        )
    if not 0 <= validation < 1:
        raise InvalidInputError(
            f"validation={validation!r}; expected a share of the patients from 0 to "
            "below 1"
        )
    owners = rows.texts("patient_id")
    cut: list[Mapping[str, list[int]]] = []
    for fold in range(folds):
        shares = Fraction(str(validation))
        split_of = assign_fold(set(owners), folds, fold, shares, seed).split_of
        cut.append(
            {
                name: [i for i, owner in enumerate(owners) if split_of[owner] == name]
                for name in SPLITS
            }
        )
    return cut


def in_words(
    rows: ChosenRows,
    sources: Sequence[str],
    fused: Sequence[str],
    labelled: bool,
    regions: Sequence[str],
    columns: Sequence[str],
) -> str:
    """Return in a line how many rows there are, and what a sample contains."""
    parts = [
        counted(len(rows), "slice set"),
        " + ".join(sources),
        f"fused {' + '.join(fused)}" if fused else "nothing fused",
    ]
    if not labelled:
        parts.append("labels hidden")
    if regions:
        parts.append(f"regions {' + '.join(regions)}")
    if columns:
        parts.append(f"columns {' + '.join(columns)}")
    return ", ".join(parts)
