"""What segmentation metrics accept: masks, label maps, spacing, regions; refusals."""

import math
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from bratsfuse.anatomy import REGIONS, Label, Region
from bratsfuse.errors import InvalidInputError

Mask = npt.NDArray[np.bool_]
LabelMap = npt.NDArray[np.uint8]

NAMED_REGIONS: Final[dict[str, frozenset[int]]] = {
    **{label.name: frozenset({int(label)}) for label in Label if label},
    "NETC": frozenset({int(Label.NCR)}),
    "SNFH": frozenset({int(Label.ED)}),
    **{
        region.value: frozenset(int(label) for label in labels)
        for region, labels in REGIONS.items()
    },
}
"""Every region that may be asked for by name -> its labels.

WT, TC and ET, each single label, and the names that BraTS 2024 gave to two of them.
"""

DEFAULT_REGIONS: Final = tuple(region.value for region in Region)


def as_volume(array: npt.NDArray[Any]) -> LabelMap:
    """Return the array as contiguous uint8 of shape (D, H, W), D = 1 for a slice.

    The bytes are shared with the argument where its memory order allows; nothing in
    the package writes into them. Read-only arrays are copied all the same, because
    numba would compile every kernel once more for them.
    """
    volume = np.require(array, requirements=["C", "W"]).view(np.uint8)
    return volume if volume.ndim == 3 else volume[np.newaxis]


def check_masks(reference: Mask, prediction: Mask) -> None:
    """Return nothing if both are boolean masks of one shape, else refuse."""
    _check_pair(
        reference,
        prediction,
        dtype=np.dtype(np.bool_),
        kind="a boolean mask",
        advice="pass a comparison such as labels == 3, or give evaluate label maps",
    )


def check_label_maps(reference: LabelMap, prediction: LabelMap) -> None:
    """Return nothing if both are uint8 label maps of one shape, else refuse."""
    _check_pair(
        reference,
        prediction,
        dtype=np.dtype(np.uint8),
        kind="a uint8 label map",
        advice="convert integer labels with labels.astype(numpy.uint8); "
        "for boolean masks call a metric function such as segmentation.dice",
    )


def _check_pair(
    reference: npt.NDArray[Any],
    prediction: npt.NDArray[Any],
    *,
    dtype: np.dtype[Any],
    kind: str,
    advice: str,
) -> None:
    for name, array in (("reference", reference), ("prediction", prediction)):
        if not isinstance(array, np.ndarray):
            raise InvalidInputError(
                f"{name}: found {type(array).__name__}, expected {kind} as a NumPy "
                "array; convert it with numpy.asarray"
            )
        if array.dtype != dtype:
            raise InvalidInputError(
                f"{name}: found dtype {array.dtype}, expected {kind}; {advice}"
            )
        if array.ndim not in (2, 3) or array.size == 0:
            raise InvalidInputError(
                f"{name}: found shape {array.shape}, expected (H, W) or (D, H, W) with "
                "no empty axis; score one slice or one volume at a time"
            )
    if reference.shape != prediction.shape:
        raise InvalidInputError(
            f"prediction: found shape {prediction.shape}, expected the reference's "
            f"{reference.shape}; resample or re-order its axes first"
        )


def check_spacing(spacing_mm: Sequence[float] | None, ndim: int) -> tuple[float, ...]:
    """Return the pixel size along each axis in millimetres; None is 1 mm."""
    if spacing_mm is None:
        return (1.0,) * ndim
    try:
        spacing = tuple(float(size) for size in spacing_mm)
    except (TypeError, ValueError):
        spacing = ()
    if len(spacing) == ndim and all(math.isfinite(s) and s > 0 for s in spacing):
        return spacing
    raise InvalidInputError(
        f"spacing_mm: found {spacing_mm!r}, expected {ndim} positive numbers, one per "
        "array axis in the axes' order, in millimetres; None means 1 mm"
    )


def check_regions(
    regions: Iterable[str] | Mapping[str, Iterable[int]] | None,
) -> dict[str, frozenset[int]]:
    """Return the asked regions as name -> label values, in the order asked.

    Raises
    ------
    InvalidInputError
        If a name is unknown, no region is named, or a label is not in 1 to 255.
    """
    if regions is None:
        regions = DEFAULT_REGIONS
    if isinstance(regions, Mapping):
        chosen = {name: frozenset(labels) for name, labels in regions.items()}
    else:
        names = [regions] if isinstance(regions, str) else list(regions)
        chosen = {name: _named_region(name) for name in names}
    if not 0 < len(chosen) <= 64:
        raise InvalidInputError(
            f"regions: found {len(chosen)} regions, expected 1 to 64; name at least "
            "one or leave the argument out for WT, TC and ET"
        )
    for name, labels in chosen.items():
        if not labels or not all(_is_label(label) for label in labels):
            raise InvalidInputError(
                f"regions[{name!r}]: found labels {sorted(labels, key=str)}, expected "
                "integers from 1 to 255; 0 is background and belongs to no region"
            )
    return chosen


def _is_label(value: object) -> bool:
    return isinstance(value, int | np.integer) and 1 <= int(value) <= 255


def _named_region(name: str) -> frozenset[int]:
    if name in NAMED_REGIONS:
        return NAMED_REGIONS[name]
    close = get_close_matches(str(name).upper(), NAMED_REGIONS, n=1)
    hint = f"; did you mean {close[0]!r}?" if close else "."
    raise InvalidInputError(
        f"regions: found {name!r}, expected one of {', '.join(NAMED_REGIONS)}{hint} "
        "A region of your own is a map of its name to its labels"
    )
