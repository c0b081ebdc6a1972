"""Label maps in a stated coding: recoded to ours, or refused, before a region is cut.

A region is a set of labels. A label that the coding does not have would silently be
background, and so would an enhancing tumour that is coded 4.
"""

from collections.abc import Iterable, Mapping, Sequence

from bratsfuse.anatomy.codings import AMBIGUOUS, OURS, Coding, ambiguity, find_coding
from bratsfuse.anatomy.recoding import check_labels, recode, values_in
from bratsfuse.errors import InvalidInputError
from bratsfuse.metrics.of_segmentation._lesion_presets import find_preset
from bratsfuse.metrics.of_segmentation._masks import (
    LabelMap,
    check_label_maps,
    check_regions,
    check_spacing,
)
from bratsfuse.metrics.of_segmentation._pair import LabelMaps
from bratsfuse.metrics.of_segmentation._stacks import (
    channels_advice,
    looks_like_channels,
)


def check_maps(
    reference: object,
    prediction: object,
    spacing_mm: Sequence[float] | None,
    regions: Iterable[str] | Mapping[str, Iterable[int]] | None,
    coding: str | None,
    preset: str,
) -> LabelMaps:
    """Return two label maps with the other arguments of `evaluate`, all checked.

    Parameters
    ----------
    reference, prediction, spacing_mm, regions, coding, preset
        As in `segmentation.evaluate`, which says what is refused.
    """
    pair = check_label_maps(reference, prediction)
    spacing = check_spacing(spacing_mm, pair[0].ndim)
    asked = check_regions(regions)
    own = isinstance(regions, Mapping)
    if not own:
        stated = None if coding is None else find_coding(coding)
        asked = expressed(asked, stated, by_default=regions is None)
    rules = find_preset(preset)
    pair = _canonical_maps(*pair, coding, own_regions=own)
    return LabelMaps(*pair, spacing, asked, rules)


def _canonical_maps(
    reference: LabelMap,
    prediction: LabelMap,
    coding: str | None,
    *,
    own_regions: bool,
) -> tuple[LabelMap, LabelMap]:
    """Return label maps in canonical labels, as they are if they have them already.

    Parameters
    ----------
    reference, prediction
        uint8, of any shape; they are not modified.
    coding
        The name of a coding; None is ours where no label is ambiguous.
    own_regions
        Whether regions are sets of the caller's own labels, which no coding limits.

    Raises
    ------
    InvalidInputError
        If a map has labels outside the coding or, where none is stated, 4 without 3; if
        it is a stack of channels; or if regions of one's own meet a foreign coding.
    UnknownNameError
        If no coding has that name.
    """
    maps = {"reference": reference, "prediction": prediction}
    if coding is None:
        if not own_regions:
            for name, label_map in maps.items():
                _check_unstated(label_map, name)
        return reference, prediction
    stated = find_coding(coding)
    if own_regions and not stated.is_ours:
        raise InvalidInputError(
            f"coding: found {coding!r} beside regions of your own, which are sets of "
            "labels as they are stored; leave coding out, or ask for regions by name"
        )
    if not stated.is_ours:
        return (
            recode(reference, stated, where="reference"),
            recode(prediction, stated, where="prediction"),
        )
    for name, label_map in maps.items():
        check_labels(label_map, stated, where=name)
    return reference, prediction


def expressed(
    regions: Mapping[str, frozenset[int]], stated: Coding | None, *, by_default: bool
) -> dict[str, frozenset[int]]:
    """Return the regions that masks of a coding can have.

    Parameters
    ----------
    regions
        Name -> canonical labels.
    stated
        The coding; None if none is stated, which is not held against any region.
    by_default
        Whether nobody asked for these: those that masks cannot have are left out, which
        is ET in 2012.

    Raises
    ------
    InvalidInputError
        If a region was asked for that the coding cannot express.
    """
    if stated is None:
        return dict(regions)
    for name, labels in regions.items():
        if not by_default and not stated.expresses(labels):
            raise InvalidInputError(
                f"regions: found {name!r}, expected regions that masks of {stated} can "
                "have; leave it out: it is in neither mask"
            )
    return {name: own for name, own in regions.items() if stated.expresses(own)}


def _check_unstated(label_map: LabelMap, name: str) -> None:
    if looks_like_channels(label_map):
        raise InvalidInputError(
            f"{name}: found {label_map.shape[0]} x {label_map.shape[1]} x "
            f"{label_map.shape[2]} zeros and ones that look like channels, expected a "
            f"label map; join them: {channels_advice(label_map, name)}; if it is a "
            f"volume of labels, say coding={OURS!r}"
        )
    check_labels(label_map, _OURS, where=name)
    values = values_in(label_map) if int(label_map.max()) >= AMBIGUOUS else []
    if doubt := ambiguity(values):
        raise InvalidInputError(f"{name}: {doubt}")


_OURS = find_coding(OURS)
