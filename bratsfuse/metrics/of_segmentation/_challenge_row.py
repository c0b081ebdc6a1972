"""The scores of 2026 as one row per case, as `brats-parse-metrics` writes them.

The rules are those of the package BraTS-evaluation 0.0.10. Its ``seg`` serves all
tracks but metastases, its ``mets`` those: it scores large lesions, and detects small
ones apart from them.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from bratsfuse.errors import InvalidInputError

PENALTY_MM: Final = 373.0
"""What the parser puts instead of an infinite HD95: the diagonal of the SRI24 image."""

_COUNTED: Final = {
    "tp": "tp",
    "fp": "fp",
    "fn": "fn",
    "prec": "prec",
    "rec": "rec",
    "f1": "rq",
}
_MEASURED: Final = ("dsc", "nsd", "hd95")


def challenge_row(
    scores: Mapping[str, Mapping[str, Any]],
    *,
    large_mm3: float | None = None,
    overlap: float = 0.1,
) -> dict[str, float]:
    """Return the row of a case that the parser of 2026 writes.

    Parameters
    ----------
    scores
        What `challenge_scores` returns for a challenge of 2026.
    large_mm3
        None writes the columns of ``brats-parse-metrics seg``. A volume writes those of
        ``mets`` with this ``--vol_threshold``: lesions of the reference of this volume
        or more are large. The challenge of 2026 says 275, the parser's default is 20.
    overlap
        The ``--overlap_threshold`` of ``mets``: the least Dice of a detected lesion.

    Returns
    -------
    dict
        Column to value: ``"all_instance_f1_et"``, ``"lesionwise_dsc_mean_et"`` and so
        on. Each false positive counts as a large lesion with Dice and NSD 0 and HD95
        373 mm, whatever its size; NaN where a case has no large, or no small, lesion.
        An infinite HD95 of a whole group is 373; with `large_mm3` None that of lesions
        stays infinite, as in the parser.

    Raises
    ------
    InvalidInputError
        If the scores are not those of a challenge of 2026, the volume is negative, or
        the overlap is not in [0, 1].
    """
    _check(scores, large_mm3, overlap)
    row: dict[str, float] = {}
    for group, values in scores.items():
        columns = {f"all_instance_{to}": values[key] for to, key in _COUNTED.items()}
        if large_mm3 is None:
            columns |= _whole(values) | _lesion_means(values)
        else:
            columns |= _by_size(values, large_mm3, overlap) | _whole(values)
        row |= {f"{column}_{group}": value for column, value in columns.items()}
    return row


def _check(
    scores: Mapping[str, Mapping[str, Any]], large_mm3: float | None, overlap: float
) -> None:
    for group, values in scores.items():
        if "reference_instances" not in values:
            raise InvalidInputError(
                f"scores[{group!r}]: found keys {', '.join(values)}, expected those of "
                "a challenge of 2026; scripts of earlier years write such a row already"
            )
    if large_mm3 is not None and not 0 <= large_mm3 < math.inf:
        raise InvalidInputError(
            f"large_mm3: found {large_mm3!r}, expected a volume in cubic millimetres; "
            "the challenge of 2026 takes 275"
        )
    if not 0 <= overlap <= 1:
        raise InvalidInputError(
            f"overlap: found {overlap!r}, expected a Dice in [0, 1]; the parser's "
            "default is 0.1"
        )


def _whole(values: Mapping[str, Any]) -> dict[str, float]:
    whole = {key: values[f"global_bin_{key}"] for key in _MEASURED}
    if math.isinf(whole["hd95"]):
        whole["hd95"] = PENALTY_MM
    return {f"global_{key}": value for key, value in whole.items()}


def _lesion_means(values: Mapping[str, Any]) -> dict[str, float]:
    return {
        f"lesionwise_{key}_{to}": values[f"sq_{key}{ending}"]
        for key in _MEASURED
        for to, ending in (("mean", ""), ("std", "_std"))
    }


def _by_size(
    values: Mapping[str, Any], large_mm3: float, overlap: float
) -> dict[str, float]:
    """Return what depends on the size of a lesion."""
    lesions = values["reference_instances"]
    large = [lesion for lesion in lesions if lesion["volume"] >= large_mm3]
    small = [lesion for lesion in lesions if lesion["volume"] < large_mm3]
    fp = values["fp"]
    return {
        **_detection("large", large, fp, overlap),
        **_large_means(large, fp),
        **_detection("small", small, fp, overlap),
    }


def _detection(
    size: str, lesions: Sequence[Mapping[str, float]], fp: int, overlap: float
) -> dict[str, float]:
    # Every false positive counts for both sizes: their own sizes are not known.
    tp = sum(lesion.get("sq_dsc", -1) >= overlap for lesion in lesions)
    fn = len(lesions) - tp
    columns = {
        "tp": tp,
        "fp": fp,
        "fn": fn,
        "prec": tp / max(tp + fp, 1),
        "rec": tp / max(tp + fn, 1),
        "f1": 2 * tp / max(2 * tp + fp + fn, 1),
    }
    return {
        f"{size}_instance_{key}": value if lesions else math.nan
        for key, value in columns.items()
    }


def _large_means(lesions: Sequence[Mapping[str, float]], fp: int) -> dict[str, float]:
    if not lesions:
        return {
            f"lesionwise_{key}_{to}": math.nan
            for key in ("dsc", "hd95", "nsd")
            for to in ("mean", "std")
        }
    columns = {}
    for key in ("dsc", "hd95", "nsd"):
        worst = PENALTY_MM if key == "hd95" else 0.0
        found = [lesion.get(f"sq_{key}", worst) for lesion in lesions] + [worst] * fp
        columns[f"lesionwise_{key}_mean"] = float(np.mean(found))
        columns[f"lesionwise_{key}_std"] = float(np.std(found))
    return columns
