"""The worst, the median and the best slice are those that they are called."""

import numpy as np
import pytest

from bratsfuse.evaluation.chosen_slices import choose_pictures
from bratsfuse.evaluation.slices import Task
from bratsfuse.report.records import Protocol
from bratsfuse.results import Measure, Results, Status


class Pixels:
    """A split file whose every image is its row."""

    def pixels(self, name, row):
        return np.full((4, 4), row, np.uint8)


def chosen(measure, values, status=Status.SCORED):
    """Return rank -> row of the slices that a report would show."""
    protocol = Protocol(
        version=1,
        policy="brats",
        preset="brats2023-gli",
        regions={"WT": (1, 2, 3)},
        segmentation=(),
        fusion=(),
        sources=("t1ce", "flair"),
    )
    rows = len(values)
    task = Task(
        split=Pixels(),
        protocol=protocol,
        spacing_mm=((1.0, 1.0),) * rows,
        fused=None,
        masks=None,
        references=None,
    )
    per_slice = Results(
        unit="slice",
        ids=tuple(map(str, range(rows))),
        cases=("a",) * rows,
        patients=("a",) * rows,
        measures=(measure,),
        values=np.array(values, float)[:, np.newaxis],
        status=np.full((rows, 1), status, np.uint8),
    )
    pictures = choose_pictures(task, per_slice)
    for picture in pictures:
        assert picture.original[0, 0] == int(picture.slice_id)
        assert picture.score == (str(measure), values[int(picture.slice_id)])
    return {picture.rank: int(picture.slice_id) for picture in pictures}


@pytest.mark.parametrize(
    ("measure", "values", "worst", "median", "best"),
    [
        (Measure("segmentation", "WT", "dice"), [0.7, 0.9, 0.2], 2, 0, 1),
        (Measure("fusion", "", "qabf"), [0.5, 0.1, 0.6], 1, 0, 2),
        (Measure("segmentation", "WT", "hd95"), [3.0, 9.0, 1.0], 1, 0, 2),
        (Measure("fusion", "", "nabf"), [0.5, 0.1, 0.6], 2, 0, 1),
        (Measure("segmentation", "WT", "volume_error"), [-0.5, 0.1, -0.2], 0, 2, 1),
    ],
)
def test_slices_are_ranked_in_the_direction_of_their_metric(
    measure, values, worst, median, best
):
    assert chosen(measure, values) == {"worst": worst, "median": median, "best": best}


def test_a_slice_is_shown_once_and_never_for_a_value_that_is_not_its_own():
    dice = Measure("segmentation", "WT", "dice")
    assert chosen(dice, [0.4]) == {"worst": 0}
    for status in (Status.POLICY, Status.MISSING):
        assert chosen(dice, [0.4, 0.5], status) == {}
