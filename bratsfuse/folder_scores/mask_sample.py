"""A sample of slices of masks beside their references: what cannot be meant."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from bratsfuse.anatomy import Label
from bratsfuse.arrays import Image
from bratsfuse.issues import Issue, warning
from bratsfuse.plausibility import LOOKED_AT, mask_doubts, spread

_TISSUES: Final = (Label.NCR, Label.ED, Label.ET)

if TYPE_CHECKING:
    from bratsfuse.folder_scores.mask_case import MaskCase
    from bratsfuse.folder_scores.mask_rules import MaskRules


def looked_at(cases: int) -> list[int]:
    """Return of how many slices of each case a sample is made, spread over the cases.

    Their sum is at most `LOOKED_AT`.
    """
    counts = [0] * cases
    for place in spread(cases):
        counts[place] = LOOKED_AT // min(cases, LOOKED_AT)
    return counts


def marked(labels: npt.NDArray[np.uint8], most: int) -> list[int]:
    """Return which slices are looked at: at most so many that have labels, spread.

    Parameters
    ----------
    labels
        (Z, H, W), or (H, W), which is slice 0.
    """
    volume = labels if labels.ndim == 3 else labels[None]
    filled = np.flatnonzero(volume.any(axis=(1, 2))).tolist() if most else []
    return [filled[place] for place in spread(len(filled), most)]


def sample_of(
    labels: npt.NDArray[np.uint8], places: Sequence[int]
) -> tuple[Image, ...]:
    """Return copies of some slices of a label map."""
    volume = labels if labels.ndim == 3 else labels[None]
    return tuple(np.array(volume[place], order="C") for place in places)


def implausible(cases: Sequence["MaskCase"], rules: "MaskRules") -> Iterator[Issue]:
    """Yield a warning for everything about predictions that is not plausible.

    Slices of the most frequent shape are compared. Labels of the user's own have no
    other coding: that is not looked for.

    Parameters
    ----------
    cases
        As they were scored.
    rules
        How.
    """
    shapes = Counter(one.shape for case in cases for one in case.sample)
    if not shapes:
        return
    shape = max(shapes, key=shapes.__getitem__)
    occurring = {label for case in cases for label in case.labels}
    known = sorted({1} if rules.own_regions else {*_TISSUES, *occurring})
    for name in rules.codings:
        pairs = [
            (_compared(true, rules), _compared(found, rules))
            for case in cases
            if case.methods and case.methods[name].sample
            for true, found in zip(case.sample, case.methods[name].sample, strict=True)
            if true.shape == shape
        ]
        if not pairs:
            continue
        true, found = ([pair[side] for pair in pairs] for side in (0, 1))
        for doubt in mask_doubts(found, known, reference=true):
            yield warning(name, doubt.code, doubt.message)


def _compared(image: Image, rules: "MaskRules") -> Image:
    """Return a slice; of labels of the user's own, whether one is of any region."""
    if not rules.own_regions:
        return image
    labels = sorted(set().union(*rules.regions.values()))
    return np.isin(image, labels).astype(np.uint8)
