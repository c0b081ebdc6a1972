"""Two label maps side by side: each region of both, to be scored and counted."""

from collections.abc import Iterable, Mapping, Sequence

import numpy.typing as npt

from bratsfuse.metrics.of_segmentation._coded import check_maps
from bratsfuse.metrics.of_segmentation._counts import Counts
from bratsfuse.metrics.of_segmentation._lesion_presets import DEFAULT_PRESET
from bratsfuse.metrics.of_segmentation._pair import RegionPair


def compare(
    reference: npt.ArrayLike,
    prediction: npt.ArrayLike,
    spacing_mm: Sequence[float] | None = None,
    regions: Iterable[str] | Mapping[str, Iterable[int]] | None = None,
    coding: str | None = None,
    *,
    preset: str = DEFAULT_PRESET,
) -> dict[str, RegionPair]:
    """Return each region of two label maps, to be scored and counted.

    Nothing is computed yet; what several metrics and regions need, such as the surfels
    or the lesions, is made on first use and kept.

    Parameters
    ----------
    reference, prediction, spacing_mm, regions, coding, preset
        As in `segmentation.evaluate`.

    Returns
    -------
    dict
        Region to a pair with ``score(metric)``, ``counts`` of pixels and ``lesions``.

    Raises
    ------
    InvalidInputError
        As in `segmentation.evaluate`.
    """
    maps = check_maps(reference, prediction, spacing_mm, regions, coding, preset)
    return {name: RegionPair(maps, name) for name in maps.regions}


def count_pixels(
    reference: npt.ArrayLike,
    prediction: npt.ArrayLike,
    regions: Iterable[str] | Mapping[str, Iterable[int]] | None = None,
    coding: str | None = None,
) -> dict[str, Counts]:
    """Return the pixels of every region in both masks, in either alone, in neither.

    Counts of several slices add up to those of their case, which the ratios made of
    them do not.

    Parameters
    ----------
    reference, prediction, regions, coding
        As in `segmentation.evaluate`.

    Returns
    -------
    dict
        Region to `Counts`, in the order asked.

    Raises
    ------
    InvalidInputError
        As in `segmentation.evaluate`.

    Examples
    --------
    >>> import numpy as np
    >>> count_pixels(np.uint8([[2, 2, 0]]), np.uint8([[2, 0, 0]]), ["WT"])
    {'WT': Counts(tp=1, fp=0, fn=1, tn=1)}
    """
    pairs = compare(reference, prediction, None, regions, coding)
    return {name: pair.counts for name, pair in pairs.items()}
