"""Fused images against their sources: whether they are turned round or shifted."""

from collections.abc import Mapping, Sequence
from typing import Final

from bratsfuse.arrays import Image
from bratsfuse.plausibility.detail import correlations, peak, spectra
from bratsfuse.plausibility.doubt import Doubt
from bratsfuse.plausibility.turns import AS_IS, shift_in_words, turns_of

_TURN_GAIN: Final = 0.1
_SHIFT_GAIN: Final = 0.03
"""A shift by one pixel costs 0.06 of the correlation, a turn nearly all of it."""
_ENOUGH: Final = 0.2
"""A correlation of detail that no two images have by chance, as a mean of slices."""


def orientation_doubts(
    fused: Sequence[Image], sources: Mapping[str, Sequence[Image]]
) -> list[Doubt]:
    """Return a doubt if fused images fit their sources better turned or shifted.

    The correlation of detail with the closest source decides, as a mean of the slices.
    A method may blur, darken or weight as it likes: its images still fit best as they
    are.

    Parameters
    ----------
    fused
        uint8 (H, W) each, all of one shape.
    sources
        Name -> as many images of that shape.
    """
    shape = fused[0].shape
    height, width = shape
    fixed = {name: spectra(images) for name, images in sources.items()}
    found = []
    for words, turn in turns_of((height, width)).items():
        moving = spectra([turn(image) for image in fused])
        for name, spectrum in fixed.items():
            values = correlations(moving, spectrum, (height, width))
            found.append((words, name, float(values[0, 0]), peak(values)))
    as_is = max(here for words, _, here, _ in found if words == AS_IS)
    words, name, _, (best, rows, columns) = max(found, key=lambda one: one[3][0])
    gain = _SHIFT_GAIN if words == AS_IS else _TURN_GAIN
    if best > max(as_is + gain, _ENOUGH):
        moved = shift_in_words(rows, columns) if rows or columns else ""
        change = ", ".join(filter(None, [words if words != AS_IS else "", moved]))
        told = (
            f"correlation of detail with {name} is {as_is:.2f} as is, {best:.2f} "
            f"{change}, in {len(fused)} slices"
        )
        return [Doubt("fused-shifted" if words == AS_IS else "fused-flipped", told)]
    return []
