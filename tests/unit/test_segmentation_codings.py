"""No foreign coding is scored; channels and booleans are refused with their fix."""

import re

import numpy as np
import pytest
import torch

from bratsfuse.anatomy import Label
from bratsfuse.anatomy.codings import CODINGS, OURS
from bratsfuse.errors import InvalidInputError, UnknownNameError
from bratsfuse.metrics import segmentation

SIDE = 48


def disc(radius):
    rows, columns = np.mgrid[:SIDE, :SIDE] - SIDE // 2
    return rows**2 + columns**2 < radius**2


def tumour(oedema=20, enhancing=14, necrosis=6, label=3):
    """Return a label map of rings, a single label for what enhances."""
    labels = np.zeros((SIDE, SIDE), np.uint8)
    labels[disc(oedema)] = Label.ED
    labels[disc(enhancing)] = label
    labels[disc(necrosis)] = Label.NCR
    return labels


REFERENCE, PREDICTION = tumour(), tumour(18, 13, 7)


def dice(*args, **kwargs):
    scores = segmentation.evaluate(*args, metrics=["dice"], **kwargs)
    return {region: values["dice"] for region, values in scores.items()}


def stored_as(labels, name):
    """Return canonical labels in the values of a coding."""
    table = np.zeros(256, np.uint8)
    for value, label in reversed(CODINGS[name].items()):
        table[label] = value
    return table[labels]


# Codings


@pytest.mark.parametrize("which", [0, 1])
def test_enhancing_tumour_coded_4_is_refused_and_not_scored_as_background(which):
    maps = [tumour(label=4), tumour(18, 0, 5)]  # the prediction lacks what enhances
    with pytest.raises(InvalidInputError, match=r"4 without 3.*'brats2021'"):
        segmentation.evaluate(*(maps if which == 0 else maps[::-1]))
    told = dice(*maps, coding="brats2021")
    assert told["ET"] == 0.0
    assert told["TC"] < 0.5


@pytest.mark.parametrize("function", ["evaluate", "compare", "count_pixels"])
@pytest.mark.parametrize("label", [6, 7, 255])
def test_labels_outside_our_coding_are_refused(function, label):
    odd = REFERENCE.copy()
    odd[0, 0] = label
    score = getattr(segmentation, function)
    for pair, name in (((odd, PREDICTION), "reference"), ((PREDICTION, odd), "predic")):
        with pytest.raises(
            InvalidInputError, match=f"{name}.*outside the coding, {label}"
        ):
            score(*pair)
        with pytest.raises(InvalidInputError, match=str(label)):
            score(*pair, coding=OURS)


@pytest.mark.parametrize("name", sorted(set(CODINGS) - {"brats2012"}))
def test_masks_in_any_coding_score_as_the_same_masks_in_ours(name):
    pair = [stored_as(labels, name) for labels in (REFERENCE, PREDICTION)]
    for spelt in (name, name.replace("_", "-")):
        assert dice(*pair, coding=spelt) == dice(REFERENCE, PREDICTION)
    lesions = segmentation.evaluate(*pair, coding=name, preset="brats2024-gli")
    assert lesions == segmentation.evaluate(
        REFERENCE, PREDICTION, preset="brats2024-gli"
    )


@pytest.mark.parametrize("name", CODINGS)
def test_every_value_outside_a_coding_is_refused_and_every_one_inside_taken(name):
    for value in range(1, 9):
        mask = np.zeros((4, 4), np.uint8)
        mask[1, 1] = value
        if value in CODINGS[name]:
            segmentation.count_pixels(mask, mask, coding=name)
        else:
            with pytest.raises(InvalidInputError, match="outside the coding"):
                segmentation.count_pixels(mask, mask, coding=name)


def test_a_cavity_without_enhancing_tumour_has_to_be_stated():
    cavity = np.where(REFERENCE == 3, 4, REFERENCE).astype(np.uint8)
    with pytest.raises(InvalidInputError, match="resection cavity"):
        dice(cavity, cavity)
    for coding in (OURS, "brats2024-gli", "brats2026-met"):
        assert np.isnan(dice(cavity, cavity, coding=coding)["ET"])
    assert dice(REFERENCE, np.where(disc(3), 4, REFERENCE).astype(np.uint8))["ET"] == 1


def test_regions_that_a_coding_does_not_tell_apart_are_left_out_or_refused():
    mask = np.minimum(REFERENCE, 2)
    assert set(dice(mask, mask, coding="brats2012")) == {"WT", "TC"}
    with pytest.raises(InvalidInputError, match=r"'ET'.*brats2012 \(1 ED, 2 NCR\)"):
        dice(mask, mask, regions=["WT", "ET"], coding="brats2012")
    with pytest.raises(InvalidInputError, match="'RC'"):
        dice(mask, mask, regions="RC", coding="brats2021")


def test_regions_of_ones_own_are_sets_of_stored_labels():
    old = tumour(label=4)
    assert dice(old, old, regions={"ET": [4]}) == {"ET": 1.0}
    assert dice(REFERENCE, PREDICTION, regions={"x": [3]}, coding=OURS)
    with pytest.raises(InvalidInputError, match="regions of your own"):
        dice(old, old, regions={"ET": [4]}, coding="brats2021")
    with pytest.raises(InvalidInputError, match="outside the coding, 7"):
        dice(old + 3, old, regions={"ET": [4]}, coding=OURS)


def test_an_unknown_coding_is_refused():
    with pytest.raises(UnknownNameError, match="did you mean 'brats2021'"):
        dice(REFERENCE, PREDICTION, coding="BraTS2021")


# Names


@pytest.mark.parametrize(
    ("arguments", "meant"),
    [
        ({"metrics": ["DICE"]}, "dice"),
        ({"metrics": "HD95"}, "hd95"),
        ({"regions": ["wt"]}, "WT"),
        ({"regions": "et"}, "ET"),
        ({"coding": "BRATS2024-PED"}, "brats2024_ped"),
    ],
)
def test_names_in_capitals_are_refused_with_the_one_that_was_meant(arguments, meant):
    with pytest.raises((InvalidInputError, UnknownNameError)) as caught:
        segmentation.evaluate(REFERENCE, PREDICTION, **arguments)
    assert f"did you mean {meant!r}?" in str(caught.value)


# Booleans and channels: the line in the message is the fix.


def fixed(message, stack):
    """Run the line of code of a message on what was refused."""
    (line,) = re.findall(r"(reference = .*?[\])])(?:, (?:if|and)|;|$)", message)
    names = {"numpy": np, "reference": stack}
    exec(line, names)  # noqa: S102
    return np.asarray(names["reference"])


def one_hot(labels, axis=0):
    return np.moveaxis(np.eye(4, dtype=np.uint8)[labels], -1, axis)


def regions_of(labels, order):
    sets = {"WT": (1, 2, 3), "TC": (1, 3), "ET": (3,)}
    return np.stack([np.isin(labels, sets[name]) for name in order.split()])


@pytest.mark.parametrize(
    "stack",
    [
        one_hot(REFERENCE),
        one_hot(REFERENCE, -1),
        one_hot(REFERENCE).astype(bool),
        one_hot(REFERENCE).astype(np.float32) * 0.9 + 0.025,
        one_hot(REFERENCE)[None],
        np.stack([one_hot(REFERENCE)] * 2),
        np.stack([one_hot(np.stack([REFERENCE] * 3))] * 2),
        one_hot(REFERENCE)[1:].astype(bool),
        one_hot(REFERENCE).astype(np.float32) * 7 - 3.5,
        REFERENCE[..., None].astype(np.int64)[None, ..., 0][None],
        REFERENCE[None, None],
        one_hot(np.stack([REFERENCE] * 3)),
        regions_of(REFERENCE, "WT TC ET"),
        regions_of(REFERENCE, "TC WT ET"),
        regions_of(REFERENCE, "ET TC WT").astype(np.uint8),
        regions_of(REFERENCE, "WT TC ET").astype(np.float64),
        regions_of(REFERENCE, "TC WT ET")[None],
        REFERENCE.astype(np.float64),
        np.stack([REFERENCE] * 9).astype(np.float32) + 1e-5,
    ],
    ids=lambda stack: f"{stack.dtype}-{'x'.join(map(str, stack.shape))}",
)
def test_channels_are_refused_with_the_line_that_joins_them(stack):
    with pytest.raises(InvalidInputError) as caught:
        segmentation.evaluate(stack, stack)
    got = fixed(str(caught.value), stack)
    assert not segmentation.count_pixels(got, got, ["WT"])["WT"].fp
    np.testing.assert_array_equal(np.squeeze(got).reshape(-1, SIDE, SIDE)[0], REFERENCE)
    tensor = torch.from_numpy(stack)
    with pytest.raises(InvalidInputError) as caught:
        segmentation.evaluate(tensor, tensor)
    np.testing.assert_array_equal(fixed(str(caught.value), tensor), got)


def test_probabilities_of_one_region_are_refused_with_the_comparison():
    with pytest.raises(InvalidInputError, match=r"masks, prediction > 0\.5"):
        segmentation.evaluate(REFERENCE, disc(9) * 0.8)


def test_boolean_masks_are_refused_with_the_call_that_takes_them():
    whole = REFERENCE > 0
    with pytest.raises(InvalidInputError) as caught:
        segmentation.evaluate(whole, whole)
    assert "segmentation.dice(reference, prediction)" in str(caught.value)
    labels = whole.astype(np.uint8)
    assert dice(labels, labels, regions={"mask": [1]}) == {"mask": 1.0}


def test_thin_volumes_of_labels_are_no_channels():
    volume = np.stack([tumour(size, 0, 0) for size in (10, 12, 11)])
    assert dice(volume, volume)["WT"] == 1.0
    assert dice(volume // 2, volume // 2, coding=OURS)["WT"] == 1.0
    with pytest.raises(InvalidInputError, match="if it is a volume of labels, say"):
        dice(volume // 2, volume // 2)
