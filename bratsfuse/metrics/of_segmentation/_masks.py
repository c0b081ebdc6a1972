"""What segmentation metrics accept: masks, label maps, spacing, regions; refusals."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, TypeVar

import numpy as np
import numpy.typing as npt

from bratsfuse.anatomy import REGIONS, Label, Region
from bratsfuse.errors import InvalidInputError
from bratsfuse.metrics._array_kinds import as_array, clean_booleans
from bratsfuse.metrics.of_segmentation._stacks import LABEL_TOLERANCE, channels_advice
from bratsfuse.wording import did_you_mean

Mask = npt.NDArray[np.bool_]
LabelMap = npt.NDArray[np.uint8]
_Pixels = TypeVar("_Pixels", Mask, LabelMap)

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


def check_masks(reference: object, prediction: object) -> tuple[Mask, Mask]:
    """Return both as boolean arrays of one shape, else refuse.

    Raises
    ------
    InvalidInputError
        If one is not boolean, not 2-D or 3-D, or the shapes differ.
    """
    return _as_pair(reference, prediction, _as_mask)


def check_label_maps(
    reference: object, prediction: object
) -> tuple[LabelMap, LabelMap]:
    """Return both as uint8 label maps of one shape, else refuse.

    Integers of any type are taken where all values are labels, 0 to 255: what the torch
    dataset hands out is int64.

    Raises
    ------
    InvalidInputError
        If one is not of integers from 0 to 255, not 2-D or 3-D, or the shapes differ.
    """
    return _as_pair(reference, prediction, _as_label_map)


def _as_pair(
    reference: object, prediction: object, read: Callable[[object, str], _Pixels]
) -> tuple[_Pixels, _Pixels]:
    first, second = read(reference, "reference"), read(prediction, "prediction")
    if first.shape != second.shape:
        raise InvalidInputError(
            f"prediction: found shape {second.shape}, expected the reference's "
            f"{first.shape}; resample or re-order its axes first"
        )
    return first, second


def _as_mask(value: object, name: str) -> Mask:
    array = as_array(value, name)
    if array.dtype != np.bool_:
        raise InvalidInputError(
            f"{name}: found dtype {array.dtype}, expected a boolean mask; pass a "
            f"comparison such as labels == 3 or {name} > 0.5, or give evaluate label "
            "maps"
        )
    _check_shape(array, name)
    return clean_booleans(array)


def _as_label_map(value: object, name: str) -> LabelMap:
    array = as_array(value, name)
    if array.dtype.kind not in "iu":
        raise InvalidInputError(
            f"{name}: found dtype {array.dtype} of shape {array.shape}, expected a "
            f"uint8 label map; {_dtype_advice(array, name, value)}"
        )
    _check_shape(array, name)
    if array.dtype == np.uint8:
        return array
    low, high = int(array.min()), int(array.max())
    if low < 0 or high > 255:
        raise InvalidInputError(
            f"{name}: found {array.dtype} values from {low} to {high}, expected labels "
            "from 0 to 255; decide for each pixel outside before scoring"
        )
    return array.astype(np.uint8)


def _dtype_advice(array: npt.NDArray[Any], name: str, value: object) -> str:
    advice = channels_advice(array, name)
    if advice:
        return f"join its channels: {advice}"
    if array.dtype == np.bool_:
        return (
            "for boolean masks call a metric function such as "
            "segmentation.dice(reference, prediction), or evaluate on "
            f"{name}.astype(numpy.uint8) with regions={{'mask': [1]}}"
        )
    if np.abs(array - np.rint(array)).max(initial=0) > LABEL_TOLERANCE:
        return f"for probabilities call a metric function on masks, {name} > 0.5"
    line = f"numpy.rint({name}).astype(numpy.uint8)"
    if hasattr(value, "long"):  # a torch tensor
        line = f"{name}.round().long()"
    return f"round its labels: {name} = {line}"


def _check_shape(array: npt.NDArray[Any], name: str) -> None:
    if array.ndim in (2, 3) and array.size:
        return
    advice = channels_advice(array, name) if array.size else ""
    raise InvalidInputError(
        f"{name}: found shape {array.shape}, expected (H, W) or (D, H, W) with no "
        f"empty axis; {advice or 'score one slice or one volume at a time'}"
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
    meant = did_you_mean(name, NAMED_REGIONS)
    hint = f"; {meant}" if meant else "."
    raise InvalidInputError(
        f"regions: found {name!r}, expected one of {', '.join(NAMED_REGIONS)}{hint} "
        "A region of your own is a map of its name to its labels"
    )
