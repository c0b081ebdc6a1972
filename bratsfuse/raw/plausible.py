"""Whether the values of a case can be what they claim: a brain, and its tumour."""

import math
from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from bratsfuse.anatomy import Modality
from bratsfuse.issues import Issue, error, note
from bratsfuse.records import Case

RINGING_SHARE: Final = 0.01
"""How much of a brain resampling may turn negative; z-scored images have about half."""

_TUMOUR_SHARE: Final = 0.5
"""How much of a brain a tumour may fill where the mask itself is a guess."""


def value_issues(
    where: str, modality: Modality, data: npt.NDArray[Any], *, may_clip: bool = True
) -> Iterator[Issue]:
    """Return what is wrong with the intensities of a modality.

    Parameters
    ----------
    where
        The case or the file.
    modality
        What the values are of.
    data
        Of any shape and real type.
    may_clip
        Whether there is an option that sets a few negative values to 0.
    """
    low, high = _range(data)
    if not (math.isfinite(low) and math.isfinite(high)):
        text = f"{modality} contains NaN or infinite values; expected numbers"
        yield error(where, "not-finite", text)
        return
    if low < 0:
        yield _negative(where, modality, data, low, may_clip=may_clip)
    if low == high == 0:
        text = f"{modality} is 0 everywhere; expected a brain"
        yield error(where, "empty-modality", text)


def _range(data: npt.NDArray[Any]) -> tuple[float, float]:
    """Return the lowest and the highest value, NaN if one is NaN, 0 if there is none.

    Slice by slice, so that memory is read once.
    """
    if not data.size:
        return 0.0, 0.0
    parts: npt.NDArray[Any] | list[npt.NDArray[Any]] = [data]
    if data.ndim > 2:
        parts = np.moveaxis(data, int(np.argmax(np.abs(data.strides))), 0)
    slices = [(part.min(), part.max()) for part in parts]
    lows, highs = zip(*slices, strict=True)
    return float(np.min(lows)), float(np.max(highs))


def _negative(
    where: str,
    modality: Modality,
    data: npt.NDArray[Any],
    low: float,
    *,
    may_clip: bool,
) -> Issue:
    is_ringing = may_clip and _negative_share(data) <= RINGING_SHARE
    clip = ", or --clip-negatives to set them to 0" if is_ringing else ""
    text = (
        f"{modality} has {int((data < 0).sum())} negative values (lowest {low:g}); "
        "expected 0 outside the brain and positive values inside; use the original "
        f"images{clip}"
    )
    return error(where, "negative-values", text)


def _negative_share(data: npt.NDArray[Any]) -> float:
    return float((data < 0).sum() / max(np.count_nonzero(data), 1))


def normalised_issues(
    case: Case, images: Mapping[Modality, npt.NDArray[Any]]
) -> Iterator[Issue]:
    """Refuse images whose brain is negative in large part, whatever is allowed."""
    shares = {
        modality: _negative_share(data)
        for modality, data in images.items()
        if data.dtype.kind in "if"
    }
    large = [f"{m} {share:.0%}" for m, share in shares.items() if share > RINGING_SHARE]
    if large:
        text = (
            f"much of the brain is negative ({', '.join(large)}): the images were "
            "normalised, for example z-scored; use the original images, because "
            "setting negative values to 0 would erase that part of the brain"
        )
        yield error(case.id, "normalised-images", text)


def rescaling_notes(
    case: Case, images: Mapping[Modality, npt.NDArray[Any]]
) -> Iterator[Issue]:
    """Tell of cases whose intensities somebody stretched to the whole type."""
    if images and all(
        data.dtype.kind in "iu" and data.max() == np.iinfo(data.dtype).max
        for data in images.values()
    ):
        top = int(next(iter(images.values())).max())
        text = (
            f"every modality was rescaled to the full range of its type ({top}); "
            "scaling per volume undoes that"
        )
        yield note(case.id, "full-range", text)


def guessed_mask_issues(
    case: Case,
    images: Mapping[Modality, npt.NDArray[Any]],
    mask: npt.NDArray[np.uint8],
) -> list[Issue]:
    """Return why a leftover file cannot be the segmentation of a case.

    A brain mask fills the brain; so would any other map of all tissues.
    """
    brain = np.zeros(mask.shape, dtype=np.bool_)
    for data in images.values():
        if data.shape == mask.shape:
            brain |= data != 0
    size = np.count_nonzero(brain)
    share = np.count_nonzero(mask) / size if size else 1.0
    if share <= _TUMOUR_SHARE:
        return []
    name = case.mask.path.name if case.mask else "the leftover file"
    text = (
        f"{name} was taken for the segmentation, but covers {share:.0%} of the brain; "
        "expected a tumour: is it a brain mask? Name the segmentation as the others, "
        "or build without this case (--skip-bad)"
    )
    return [error(case.id, "implausible-mask", text)]
