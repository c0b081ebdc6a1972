"""The scores that a challenge's own evaluator prints, beside those of a page."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from bratsfuse.anatomy import Label, recoding
from bratsfuse.anatomy.codings import OURS, OUTSIDE, Coding, find_coding
from bratsfuse.folder_scores.label_file import LPS
from bratsfuse.metrics import segmentation
from bratsfuse.metrics.of_segmentation import find_challenge

Groups = Mapping[str, Mapping[str, float]]
"""Group of the challenge -> name of the score -> value."""


def check_challenge(name: str) -> str:
    """Return a challenge's name with hyphens.

    Raises
    ------
    InvalidInputError
        If there is none of that name.
    """
    return find_challenge(name).name


def coding_of_files(challenge: str) -> Coding:
    """Return what the labels of a challenge's own files mean.

    Parameters
    ----------
    challenge
        One of `segmentation.CHALLENGES`.

    Returns
    -------
    Coding
        Ours for the gross tumour volumes of radiotherapy, which are no tissue of ours.
    """
    name = challenge.removesuffix("-2d")
    return find_coding(OURS if name.endswith("-rt") else name)


def foreign_labels(
    labels: npt.NDArray[np.uint8], challenge: str, *, as_stored: bool
) -> str:
    """Return which labels of a mask the files of a challenge cannot have; "" if none.

    Parameters
    ----------
    labels, challenge, as_stored
        As in `score_challenge`.
    """
    known = find_challenge(challenge).labels
    table = np.arange(256, dtype=np.uint8) if as_stored else _to_files(challenge)
    foreign = [
        value for value in recoding.values_in(labels) if int(table[value]) not in known
    ]
    if not foreign:
        return ""
    found = ", ".join(
        str(value) if as_stored else Label(value).name for value in foreign
    )
    return (
        f"contains {found}, which the files of {challenge} cannot have, being labelled "
        f"{', '.join(map(str, sorted(known)))}; pass the --coding of the masks, or "
        "leave --challenge out"
    )


def score_challenge(
    reference: npt.NDArray[np.uint8],
    prediction: npt.NDArray[np.uint8],
    spacing_mm: Sequence[float],
    challenge: str,
    *,
    as_stored: bool,
) -> dict[str, dict[str, float]]:
    """Return the scores of one case under the names of the challenge's evaluator.

    Parameters
    ----------
    reference, prediction, spacing_mm
        Label maps of one shape and their spacing.
    challenge
        One of `segmentation.CHALLENGES`.
    as_stored
        Whether labels are those of the challenge's files already; else they are
        canonical and turned into those.

    Raises
    ------
    InvalidInputError
        As `segmentation.challenge_scores`.
    """
    maps = (reference, prediction)
    if not as_stored:
        table = _to_files(challenge)
        maps = (table[reference], table[prediction])
    scores = segmentation.challenge_scores(*maps, challenge, spacing_mm)
    return {
        group: {
            name: float(value)
            for name, value in values.items()
            if isinstance(value, int | float)  # lists of instances are lesion rows
        }
        for group, values in scores.items()
    }


def in_file_order(
    reference: npt.NDArray[np.uint8],
    prediction: npt.NDArray[np.uint8],
    spacing_mm: tuple[float, ...],
    orientation: str,
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8], tuple[float, ...]]:
    """Return two volumes and their spacing with the axes of the reference's file.

    Evaluators take files as they are stored and number lesions in that order; what the
    scripts print of several lesions, and which of equal matches is taken, goes by it.

    Parameters
    ----------
    reference, prediction, spacing_mm
        Of volumes in LPS order, axes z, y, x.
    orientation
        Axis codes of the file, x first.
    """
    if orientation == LPS:
        return reference, prediction, spacing_mm
    from bratsfuse.raw.volume_file import from_lps  # nibabel, where it is needed

    first, second = (
        np.ascontiguousarray(from_lps(one.T, orientation).T)
        for one in (reference, prediction)
    )
    sizes = dict(zip("SIPALR", np.repeat(spacing_mm, 2).tolist(), strict=True))
    return first, second, tuple(sizes[code] for code in orientation[::-1])


def _to_files(challenge: str) -> npt.NDArray[np.uint8]:
    """Return the value in a challenge's files of each canonical label, else OUTSIDE."""
    table = np.full(256, OUTSIDE, np.uint8)
    table[Label.BACKGROUND] = 0
    for value, label in coding_of_files(challenge).labels.items():
        table[label] = value
    return table


def means_of(cases: Sequence[Groups]) -> dict[str, dict[str, Any]]:
    """Return group -> name -> mean over the finite values, and how many are others."""
    return {
        group: {name: _mean([case[group][name] for case in cases]) for name in values}
        for group, values in cases[0].items()
    }


def _mean(values: Sequence[float]) -> dict[str, Any]:
    finite = [value for value in values if math.isfinite(value)]
    undefined = sum(map(math.isnan, values))
    return {
        "mean": sum(finite) / len(finite) if finite else None,
        "n": len(finite),
        "n_undefined": undefined,
        "n_infinite": len(values) - len(finite) - undefined,
    }
