"""The untrained baseline: what it finds, and that nothing stops it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from bratsfuse.anatomy import Label, Modality
from bratsfuse.baselines import BASELINES
from bratsfuse.baselines.threshold import threshold
from bratsfuse.metrics import segmentation
from bratsfuse.release import SplitFile


def labels_of(flair, t1ce):
    return threshold({Modality.FLAIR: flair, Modality.T1CE: t1ce})["segmentation"]


def disc(radius, centre=(60, 50), shape=(120, 100)):
    rows, columns = np.ogrid[: shape[0], : shape[1]]
    return (rows - centre[0]) ** 2 + (columns - centre[1]) ** 2 <= radius**2


def head():
    """A round head: oedema, in it a ring that enhances, in it what does not."""
    brain, oedema, ring, inside = disc(45), disc(18), disc(10), disc(5)
    flair = np.select([oedema, brain], [220, 90], 0).astype(np.uint8)
    t1ce = np.select([inside, ring, brain], [60, 230, 100], 0).astype(np.uint8)
    truth = np.select([inside, ring, oedema], [Label.NCR, Label.ET, Label.ED], 0)
    return flair, t1ce, truth.astype(np.uint8)


def test_the_three_parts_of_a_plain_tumour_are_found():
    flair, t1ce, truth = head()
    found = segmentation.evaluate(truth, labels_of(flair, t1ce))
    assert found["WT"]["dice"] > 0.97
    assert found["TC"]["dice"] > 0.8
    assert found["ET"]["dice"] > 0.75


def test_what_enhances_outside_the_oedema_is_no_tumour():
    flair, t1ce, _ = head()
    vessel = disc(4, centre=(25, 50))
    t1ce[vessel] = 255
    assert not labels_of(flair, t1ce)[vessel].any()


def test_only_the_largest_bright_part_counts():
    flair, t1ce, _ = head()
    spot = disc(4, centre=(25, 50))
    flair[spot] = 255
    assert not labels_of(flair, t1ce)[spot].any()


def test_a_hole_in_the_bright_part_belongs_to_the_tumour():
    flair, t1ce, _ = head()
    flair[disc(9)] = 40  # wider than what closing alone would bridge
    flat = np.where(t1ce > 0, 100, 0).astype(np.uint8)
    assert (labels_of(flair, flat)[disc(9)] == Label.ED).all()
    assert (labels_of(flair, t1ce)[disc(3)] == Label.NCR).all()


def test_a_ring_with_a_gap_still_encloses_the_core():
    flair, t1ce, _ = head()
    t1ce[58:63, 55:61] = 60
    assert (labels_of(flair, t1ce)[disc(3)] == Label.NCR).all()


def test_what_differs_by_one_grey_level_does_not_stand_out():
    flair = np.where(disc(18), 101, 100).astype(np.uint8)
    assert not labels_of(flair, flair).any()


@pytest.mark.parametrize("grey", [0, 1, 7, 128, 255])
def test_images_without_contrast_hold_no_tumour(grey):
    for shape in [(1, 1), (31, 17)]:
        image = np.full(shape, grey, dtype=np.uint8)
        assert not labels_of(image, image).any()
    brain = np.where(disc(40), grey, 0).astype(np.uint8)
    assert not labels_of(brain, brain).any()


images = st.tuples(st.integers(1, 40), st.integers(1, 40)).flatmap(
    lambda shape: st.tuples(
        arrays.arrays(np.uint8, shape), arrays.arrays(np.uint8, shape)
    )
)


@given(images)
@settings(max_examples=60)
def test_any_images_give_labels_twice_the_same(pair):
    flair, t1ce = pair
    before = flair.copy(), t1ce.copy()
    labels = labels_of(flair, t1ce)
    assert labels.dtype == np.uint8
    assert labels.shape == flair.shape
    assert set(np.unique(labels)) <= {0, Label.NCR, Label.ED, Label.ET}
    np.testing.assert_array_equal(labels, labels_of(flair, t1ce))
    np.testing.assert_array_equal(before, (flair, t1ce))


def test_it_is_a_listed_baseline():
    baseline = BASELINES["threshold"]
    assert baseline.tracks == ("segmentation",)
    assert baseline.sources == (Modality.FLAIR, Modality.T1CE)
    assert baseline.predict is threshold


def test_phantom_tumours_are_found(phantom_release):
    dice = {region: [] for region in ("WT", "TC", "ET")}
    with SplitFile(phantom_release / "data/train.h5") as file:
        for row in range(len(file)):
            flair, t1ce = file.pixels("flair", row), file.pixels("t1ce", row)
            scores = segmentation.evaluate(
                file.pixels("mask", row), labels_of(flair, t1ce)
            )
            for region, values in dice.items():
                values.append(scores[region]["dice"])
    means = {region: np.nanmean(values) for region, values in dice.items()}
    assert means["WT"] > 0.75
    assert means["TC"] > 0.5
    assert means["ET"] > 0.65
