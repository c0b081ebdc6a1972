"""The scores that a challenge's own evaluator prints, beside those of a page."""

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from bratsfuse.anatomy import Label
from bratsfuse.errors import InvalidInputError
from bratsfuse.metrics import segmentation
from bratsfuse.wording import suggestion

Groups = Mapping[str, Mapping[str, float]]
"""Group of the challenge -> name of the score -> value."""

_PAEDIATRIC: Final = re.compile(r"brats202[4-6]-ped(-2d)?")
_IN_ITS_FILES: Final = {
    Label.ET: 1,
    Label.NCR: 2,
    Label.CC: 3,
    Label.ED: 4,
}
"""Of the paediatric challenge since 2024; the others number as bratsfuse does."""


def check_challenge(name: str) -> str:
    """Return a challenge's name with hyphens.

    Raises
    ------
    InvalidInputError
        If there is none of that name.
    """
    known: Mapping[str, object] = getattr(segmentation, "CHALLENGES", {})
    plain = name.lower().replace("_", "-")
    if plain not in known:
        raise InvalidInputError(
            f"challenge: found {name!r}; {suggestion(plain, known)}"
        )
    return plain


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
    if not as_stored and _PAEDIATRIC.fullmatch(challenge):
        table = np.full(256, 255, np.uint8)  # refused, if it occurs
        table[0] = 0
        for label, value in _IN_ITS_FILES.items():
            table[label] = value
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
