"""Scores under the names of the challenges: small cases by hand, and refusals."""

import math

import numpy as np
import pytest
from scipy import ndimage

from bratsfuse.errors import InvalidInputError
from bratsfuse.metrics import segmentation
from bratsfuse.metrics.of_segmentation import clear_pairs, find_instances
from bratsfuse.metrics.segmentation import (
    CHALLENGES,
    area_under_f1,
    challenge_row,
    challenge_scores,
)

GTV = "brats2026-men-rt"


def blank(shape=(12, 40, 40)):
    return np.zeros(shape, np.uint8)


def cube(column, side=4, label=1, shape=(12, 40, 40)):
    volume = blank(shape)
    volume[4 : 4 + side, 10 : 10 + side, column : column + side] = label
    return volume


def gtv(reference, prediction, challenge=GTV, spacing_mm=None):
    (scores,) = challenge_scores(reference, prediction, challenge, spacing_mm).values()
    return scores


# Challenges


def test_tracks_of_every_year():
    names = {name for name, challenge in CHALLENGES.items() if challenge.ndim == 3}
    tracks = {
        2023: "gli men met ped ssa",
        2024: "gli men men-rt met ped ssa",
        2025: "gli men men-rt met ped ssa",
        2026: "gli goat men men-rt met ped",
    }
    assert names == {
        f"brats{year}-{track}"
        for year, all_ in tracks.items()
        for track in all_.split()
    }
    assert set(CHALLENGES) == names | {f"{name}-2d" for name in names}


def test_no_coding_has_a_gap():  # the check of labels relies on it
    for challenge in CHALLENGES.values():
        assert challenge.labels == set(range(len(challenge.labels)))


def test_paediatric_labels_are_those_of_their_files():
    enhancing = cube(10, label=1)
    for name, key in (("brats2026-ped", "et"), ("brats2024-ped", "ET")):
        scores = challenge_scores(enhancing, enhancing, name)
        volume = scores[key].get("global_bin_volume_ref") or scores[key].get(
            "GT_Complete_Volume"
        )
        assert volume == 64


@pytest.mark.parametrize("name", ["brats2026_met", "BraTS2026-MET"])
def test_names_with_underscores_and_capitals(name):
    scores = challenge_scores(blank(), blank(), name)
    assert list(scores) == ["et", "rc", "tc", "wt"]


@pytest.mark.parametrize(
    ("reference", "challenge", "message"),
    [
        (blank(), "brats2026-gil", "challenge: found 'brats2026-gil'.*did you mean"),
        (cube(1, label=4), "brats2026-men", r"found label values \[4\].*brats2026-men"),
        (cube(1, label=255), "brats2026-gli", r"found label values \[255\]"),
        (blank((40, 40)), GTV, r"found shape \(40, 40\).*brats2026-men-rt-2d"),
        (blank(), f"{GTV}-2d", r"found shape \(12, 40, 40\).*brats2026-men-rt scores"),
        (blank().astype(bool), GTV, "found dtype bool"),
    ],
)
def test_refusals(reference, challenge, message):
    with pytest.raises(InvalidInputError, match=message):
        challenge_scores(reference, reference, challenge)


def test_a_foreign_label_is_refused_in_the_prediction_too():
    with pytest.raises(
        InvalidInputError, match=r"prediction: found label values \[2\]"
    ):
        challenge_scores(cube(3), cube(3, label=2), GTV)


# 2026: one to one


def test_a_bridge_matches_one_of_the_lesions_that_it_meets():
    reference = cube(5) | cube(20, side=5)
    bridge = reference.copy()
    bridge[5, 12, 5:25] = 1
    scores = gtv(reference, bridge)
    assert [scores[key] for key in ("tp", "fp", "fn")] == [1, 0, 1]
    assert scores["rq"] == 2 / 3
    (found, missed) = scores["reference_instances"]
    assert (found["voxel_count"], found["is_matched"]) == (125, 1)
    assert (missed["voxel_count"], missed["is_matched"]) == (64, 0)
    assert "sq_dsc" not in missed


def test_the_pairs_with_the_largest_sum_of_dice_match():
    # The second prediction meets the first lesion best, and is the only one to meet
    # the second lesion: that one gets it.
    reference, prediction = blank(), blank()
    reference[5, 10, 0:20] = reference[5, 10, 21:31] = 1
    prediction[5, 10, 0:7] = prediction[5, 10, 8:29] = 1
    scores = gtv(reference, prediction)
    assert scores["tp"] == 2
    assert [lesion["sq_dsc"] for lesion in scores["reference_instances"]] == [
        pytest.approx(2 * 7 / (20 + 7)),
        pytest.approx(2 * 8 / (10 + 21)),
    ]


def test_lesions_that_touch_at_a_corner_are_one():
    reference = blank()
    reference[4, 10, 10] = reference[5, 11, 11] = 1
    assert gtv(reference, blank())["n_ref_instances"] == 1


def test_components_are_those_of_scipy_in_memory_order():
    rng = np.random.default_rng(0)
    for _ in range(60):
        shape = rng.integers(1, 24, 3)
        mask = (rng.random(shape) < rng.random()).astype(np.uint8)
        (found,) = find_instances(mask, mask, [[1]], 3)
        labels = np.zeros(shape, np.int64)
        one = found.reference
        for (i, j, start, stop), number in zip(one.runs, one.numbers, strict=True):
            assert not labels[i, j, start:stop].any()
            labels[i, j, start:stop] = number
        expected, count = ndimage.label(mask, np.ones((3, 3, 3)))
        assert one.count == count
        np.testing.assert_array_equal(labels > 0, expected > 0)
        np.testing.assert_array_equal(np.bincount(labels[labels > 0]), one.sizes)
        met = dict.fromkeys(labels[labels > 0].tolist())
        assert list(met) == list(range(1, count + 1))
        pairs = set(
            zip(labels.ravel().tolist(), expected.ravel().tolist(), strict=True)
        )
        assert len(pairs) == count + bool((mask == 0).any())


def test_overlaps_of_groups_that_share_labels_are_those_of_pixels():
    rng = np.random.default_rng(1)
    groups = [[1], [2, 3], [1, 3], [4]]
    for _ in range(20):
        pair = rng.integers(0, 4, (2, *rng.integers(1, 30, 3)), np.uint8)
        pair *= rng.random(pair.shape) < rng.random()
        for labels, found in zip(groups, find_instances(*pair, groups, 3), strict=True):
            first, second = (
                ndimage.label(np.isin(label_map, labels), np.ones((3, 3, 3)))[0]
                for label_map in pair
            )
            both = (first > 0) & (second > 0)
            shared = np.stack([first[both], second[both]])
            counts = np.unique(shared, axis=1, return_counts=True)[1]
            assert sorted(found.overlaps[:, 2]) == sorted(counts)
            if first.any() and second.any():
                assert [mask.sum() for mask in found.masks()] == [
                    np.count_nonzero(first),
                    np.count_nonzero(second),
                ]


def test_where_the_best_pairs_are_plain_they_are_the_solvers():
    from scipy.optimize import linear_sum_assignment

    rng = np.random.default_rng(2)
    n_plain = 0
    for _ in range(400):
        n, m = rng.integers(1, 6, 2)
        dice = rng.random((n, m)) ** 3 * (rng.random((n, m)) < 0.5)
        pairs = np.argwhere(dice)
        plain = clear_pairs(pairs.tolist(), dice[dice > 0].tolist())
        if plain is None:
            continue
        n_plain += 1
        chosen = set(zip(*linear_sum_assignment(-dice), strict=True))
        expected = [row for row, pair in enumerate(pairs) if tuple(pair) in chosen]
        assert plain == expected
    assert n_plain > 100
    assert clear_pairs([(1, 1), (1, 2)], [0.5, 0.5]) is None
    assert clear_pairs([], []) == []


@pytest.mark.parametrize(
    ("pair", "overlap", "hd95"),
    [
        ((blank(), blank()), math.nan, math.nan),
        ((cube(5), blank()), 0.0, math.inf),
        ((blank(), cube(5)), 0.0, math.inf),
        ((cube(5), cube(20)), 0.0, math.inf),  # both there, nothing shared
    ],
)
def test_nothing_shared(pair, overlap, hd95):
    scores = gtv(*pair)
    for prefix in ("sq", "global_bin"):
        for key, value in (("dsc", overlap), ("nsd", overlap), ("hd95", hd95)):
            assert scores[f"{prefix}_{key}"] == pytest.approx(value, nan_ok=True)
    assert math.isnan(scores["sq_dsc_std"])


def test_lesions_are_measured_in_millimetres_and_the_whole_in_voxels():
    reference, prediction = cube(10), cube(11)
    scores = gtv(reference, prediction, spacing_mm=(2.0, 2.0, 3.0))
    assert scores["sq_hd95"] == 3.0
    assert scores["global_bin_hd95"] == 1.0
    assert scores["instance_volume_ref"] == 64 * 12
    # Of the 56 boundary pixels of a cube the 16 of one face lie 3 mm from the other
    # cube's, beyond the smallest pixel size. Four inside the other face lie one voxel
    # from it, which is 2 mm: within that, and beyond half a voxel.
    assert scores["sq_nsd"] == pytest.approx(40 / 56)
    assert scores["global_bin_nsd"] == pytest.approx(36 / 56)
    wide = gtv(reference, prediction, spacing_mm=(3.0, 3.0, 3.0))
    assert wide["sq_nsd"] == 1.0
    assert wide["global_bin_nsd"] == scores["global_bin_nsd"]


def test_slices_have_eight_neighbours_and_are_no_volumes():
    reference = blank((40, 40))
    reference[10:14, 10:14] = reference[14:18, 14:18] = 1
    scores = gtv(reference, np.roll(reference, 1, 0), f"{GTV}-2d")
    assert (scores["n_ref_instances"], scores["tp"]) == (1, 1)
    assert scores["sq_hd95"] == scores["global_bin_hd95"] == 1.0
    as_volume = gtv(reference[None], np.roll(reference, 1, 0)[None])
    assert as_volume["sq_nsd"] == 1.0
    assert as_volume["global_bin_nsd"] > scores["global_bin_nsd"]


# The parser and the area


def test_large_lesions_pay_for_every_false_positive():
    reference = cube(5, side=2) | cube(20, side=4)
    prediction = cube(20, side=4) | cube(30, side=2)
    scores = challenge_scores(reference, prediction, GTV)
    row = challenge_row(scores, large_mm3=64)
    assert row["large_instance_tp_gtv"] == row["large_instance_fp_gtv"] == 1
    assert row["small_instance_tp_gtv"] == 0
    assert row["small_instance_fn_gtv"] == row["small_instance_fp_gtv"] == 1
    assert row["lesionwise_dsc_mean_gtv"] == 0.5
    assert row["lesionwise_hd95_mean_gtv"] == 373 / 2
    assert math.isnan(challenge_row(scores, large_mm3=65)["lesionwise_dsc_mean_gtv"])


def test_a_lesion_below_the_overlap_is_not_detected_and_still_measured():
    scores = challenge_scores(cube(5, side=4), cube(8, side=4), GTV)
    for overlap, detected in ((0.25, 1), (0.26, 0)):
        row = challenge_row(scores, large_mm3=20, overlap=overlap)
        assert row["large_instance_tp_gtv"] == detected
        assert row["lesionwise_dsc_mean_gtv"] == 0.25


def test_an_infinite_distance_of_the_whole_is_373_in_a_row():
    row = challenge_row(challenge_scores(cube(5), blank(), GTV))
    assert row["global_hd95_gtv"] == 373
    assert row["lesionwise_hd95_mean_gtv"] == math.inf


def test_area_under_f1_is_that_of_the_trapezoids():
    half = cube(5, side=4)
    half[6:] = 0  # Dice 2/3
    assert area_under_f1(cube(5), half, GTV)["gtv"] == pytest.approx(0.65)
    assert area_under_f1(cube(5), cube(5), GTV) == {"gtv": 1.0}
    assert area_under_f1(cube(5), blank(), GTV) == {"gtv": 0.0}
    assert math.isnan(area_under_f1(blank(), blank(), GTV)["gtv"])


def test_the_parser_and_the_area_are_for_2026():
    with pytest.raises(
        InvalidInputError, match="expected those of a challenge of 2026"
    ):
        challenge_row(challenge_scores(blank(), blank(), "brats2023-gli"))
    with pytest.raises(InvalidInputError, match="expected one of 2026"):
        area_under_f1(blank(), blank(), "brats2024-gli")
    scores = challenge_scores(blank(), blank(), GTV)
    for options in ({"large_mm3": -1}, {"large_mm3": math.nan}, {"overlap": 1.5}):
        with pytest.raises(InvalidInputError, match=next(iter(options))):
            challenge_row(scores, **options)
    for step in (0, 1, math.nan):
        with pytest.raises(InvalidInputError, match="step: found"):
            area_under_f1(blank(), blank(), GTV, step=step)


# 2023 to 2025


def test_no_nsd_in_2023():
    row = gtv_row("brats2023-gli")
    assert "LesionWise_Score_NSD @ 0.5" not in row
    assert "Legacy NSD @ 1.0" in gtv_row("brats2025-gli")


def gtv_row(challenge):
    return challenge_scores(cube(10, label=3), cube(11, label=3), challenge)["ET"]


def test_radiotherapy_does_not_divide_by_false_positives():
    reference = cube(5, side=4)
    both = reference | cube(25, side=4)
    row = gtv(reference, both, "brats2025-men-rt")
    assert (row["Num_TP"], row["Num_FP"]) == (1, 1)
    assert row["LesionWise_Score_Dice"] == 1.0
    missed = gtv(reference, blank(), "brats2025-men-rt")
    assert missed["LesionWise_Score_HD95"] == math.hypot(12, 40, 40)
    only = gtv(blank(), both, "brats2025-men-rt")
    assert (only["LesionWise_Score_Dice"], only["LesionWise_Score_HD95"]) == (1.0, 0.0)


def test_most_scripts_delete_predicted_lesions_by_their_voxels():
    # 27 voxels of 8 mm^3 each: over 50 mm^3, but not over 50 voxels.
    lesion = cube(5, side=3, label=3)
    found = segmentation.evaluate(
        lesion, lesion, (2, 2, 2), ["ET"], metrics=["lesion_fn"], preset="brats2024-ssa"
    )
    assert found["ET"]["lesion_fn"] == 1
    row = gtv(cube(5, side=3), cube(5, side=3), "brats2024-men-rt", (2, 2, 2))
    assert row["Num_TP"] == 1  # this one by their volume


def test_numbered_lesions_spoil_what_the_scripts_print_of_the_whole():
    two = cube(5, label=3) | cube(25, label=3)
    rows = challenge_scores(two, two, "brats2024-gli")
    assert rows["ET"]["Legacy_Dice"] == rows["ET"]["LesionWise_Score_Dice"] == 1.0
    assert rows["ET"]["Sensitivity"] == pytest.approx(1 / 3)
    true = segmentation.evaluate(two, two, None, ["ET"], metrics=["sensitivity"])
    assert true["ET"]["sensitivity"] == 1.0
    assert challenge_scores(two, two, "brats2023-gli")["ET"]["Sensitivity"] == 1.0
    flat = challenge_scores(two[5], two[5], "brats2024-gli-2d")
    assert flat["ET"]["Sensitivity"] == 1.0
