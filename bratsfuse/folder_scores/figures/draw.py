"""All figures of folder scores, in the order in which a reader meets them."""

from collections.abc import Sequence

from bratsfuse.folder_scores.figures.cases import cases as every_case
from bratsfuse.folder_scores.figures.differences import differences
from bratsfuse.folder_scores.figures.intervals import intervals
from bratsfuse.folder_scores.figures.lesions import lesions
from bratsfuse.folder_scores.mask_case import MaskCase
from bratsfuse.folder_scores.methods import Methods
from bratsfuse.report.drawing import sheet
from bratsfuse.report.figures import Plate


def draw(methods: Methods, cases: Sequence[MaskCase] = ()) -> tuple[Plate, ...]:
    """Return the figures that scores have something for.

    Parameters
    ----------
    methods
        The scores.
    cases
        Of masks, with their lesions; empty for fused images.
    """
    with sheet.style():
        plates = [every_case(methods), intervals(methods), differences(methods)]
        if cases:
            plates.append(lesions(methods, cases))
    return tuple(plate for plate in plates if plate is not None and plate.drawings)
