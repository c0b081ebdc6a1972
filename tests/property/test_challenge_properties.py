"""Laws of the scores of 2026, on random label maps."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from bratsfuse.metrics.segmentation import area_under_f1, challenge_scores

CHALLENGE = "brats2026-met"
FEW = settings(max_examples=25)
shapes = arrays.array_shapes(min_dims=3, max_dims=3, min_side=1, max_side=7)
pairs = shapes.flatmap(
    lambda shape: st.tuples(
        *[arrays.arrays(np.uint8, shape, elements=st.integers(0, 4))] * 2
    )
)


@FEW
@given(pair=pairs)
def test_a_perfect_prediction_is_perfect(pair):
    for scores in challenge_scores(pair[0], pair[0], CHALLENGE).values():
        assert (scores["fp"], scores["fn"]) == (0, 0)
        if scores["tp"]:
            names = ("rq", "sq_dsc", "sq_nsd", "global_bin_dsc", "global_bin_nsd")
            assert {scores[name] for name in names} == {1.0}
            assert scores["sq_hd95"] == scores["global_bin_hd95"] == 0.0


@FEW
@given(pair=pairs, margin=st.integers(1, 4))
def test_background_around_the_image_changes_nothing(pair, margin):
    wide = [np.pad(labels, margin) for labels in pair]
    narrow = challenge_scores(*pair, CHALLENGE)
    for group, scores in challenge_scores(*wide, CHALLENGE).items():
        lesions = scores.pop("reference_instances")
        assert lesions == narrow[group].pop("reference_instances")
        assert scores == pytest.approx(narrow[group], nan_ok=True, rel=0, abs=0)


@FEW
@given(pair=pairs)
def test_to_swap_both_swaps_false_positives_and_false_negatives(pair):
    swapped = challenge_scores(pair[1], pair[0], CHALLENGE)
    for group, scores in challenge_scores(*pair, CHALLENGE).items():
        other = swapped[group]
        assert (scores["fp"], scores["fn"]) == (other["fn"], other["fp"])
        for name in ("rq", "sq_dsc", "global_bin_nsd", "global_bin_hd95"):
            assert scores[name] == pytest.approx(other[name], nan_ok=True)


@FEW
@given(pair=pairs)
def test_the_area_under_f1_is_at_most_the_f1(pair):
    scores = challenge_scores(*pair, CHALLENGE)
    for group, area in area_under_f1(*pair, CHALLENGE).items():
        if not np.isnan(area):
            assert 0 <= area <= scores[group]["rq"] + 1e-12
