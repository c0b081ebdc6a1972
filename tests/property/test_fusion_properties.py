"""Laws of the fusion metrics, with the exceptions that their definitions make."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bratsfuse.metrics import fusion

ALL = set(fusion.METRICS)

# Which metrics see a difference on sides that are multiples of 16, and why. (Else the
# blocks of qcv and the repeated lines of ms_ssim start at one end.)
# vif, viff: every second row and column is kept, counted from the upper left corner.
# qabf: the angle is pi/2 wherever the horizontal gradient is zero, whatever the sign of
#   the vertical one; turning by 180 degrees leaves both rules as they are.
# fmi: the nine pixels of a window are an ordered row; two orders are one another's
#   reverse, so a turn by 180 degrees is the exception to the exception for raw pixels,
#   but not for slopes and frequencies, which change sign.
# nabf, labf: a pixel without gradient has angle 0, which a turn by 90 degrees moves.
# qp: the six directions of its filters are counted from one end.
SEES_HALF_TURN = {"vif", "viff", "fmi_gradient", "fmi_dct", "fmi_wavelet"}
SEES_MIRROR = SEES_HALF_TURN | {"qabf", "fmi_pixel", "fmi_edge", "qp"}
SEES_QUARTER_TURN = SEES_MIRROR | {"nabf", "labf", "qabf_p"}
SEES_TRANSPOSITION = SEES_QUARTER_TURN - {"vif", "viff"}

MOVES = {
    "upside down": (lambda image: image[::-1], SEES_MIRROR),
    "left to right": (lambda image: image[:, ::-1], SEES_MIRROR),
    "half turn": (lambda image: image[::-1, ::-1], SEES_HALF_TURN),
    "quarter turn": (np.rot90, SEES_QUARTER_TURN),
    "transposition": (np.transpose, SEES_TRANSPOSITION),
}


@st.composite
def triplets(draw, side=None):
    """Draw sources and a fused image: flat, sparse, noisy or smooth, equal or not."""
    height = side or draw(st.integers(1, 50))
    width = side or draw(st.integers(1, 50))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))

    def image(kind):
        if kind == "constant":
            return np.full((height, width), rng.integers(256))
        if kind == "black":
            return np.zeros((height, width))
        if kind == "sparse":
            return 255 * (rng.random((height, width)) < 0.01)
        if kind == "saturated":
            return np.clip(rng.normal(200, 120, (height, width)), 0, 255)
        waves = np.add.outer(
            np.sin(np.arange(height) / 5), np.cos(np.arange(width) / 7)
        )
        noise = rng.normal(0, 4, (height, width))
        return np.clip(60 * waves * rng.uniform(0.2, 1) + 120 + noise, 0, 255)

    kinds = st.sampled_from(["constant", "black", "sparse", "saturated", "smooth"])
    count = draw(st.integers(2, 4))
    sources = np.stack([image(draw(kinds)) for _ in range(count)]).astype(np.uint8)
    how = draw(st.sampled_from(["mean", "maximum", "source", "other"]))
    if how == "mean":
        fused = sources.mean(axis=0)
    elif how == "maximum":
        fused = sources.max(axis=0)
    elif how == "source":
        fused = sources[0]
    else:
        fused = image(draw(kinds))
    return sources, np.asarray(fused).astype(np.uint8)


def scores_of(sources, fused, keys=ALL):
    return fusion.evaluate(sources, fused, [k for k in fusion.METRICS if k in keys])


@settings(max_examples=25)
@given(triplets(), st.booleans())
def test_nothing_crashes_and_ranges_hold(triplet, brain):
    sources, fused = triplet
    scores = fusion.evaluate(sources, fused, "all", brain=brain)
    ratio = len(sources) / 2  # the declared ranges are those of two sources
    for name, value in scores.items():
        metric = fusion.METRICS[name.removesuffix("_brain")]
        low, high = min(metric.low, metric.low * ratio), metric.high * max(1, ratio)
        if not math.isnan(value) and not name.startswith(("fmi", "qncie", "qcv")):
            assert low - 1e-9 <= value <= high + 1e-9, name


@settings(max_examples=25)
@given(triplets(), st.randoms(use_true_random=False))
def test_order_of_the_sources_does_not_matter(triplet, random):
    sources, fused = triplet
    order = list(range(len(sources)))
    random.shuffle(order)
    keys = ALL - {"viff"}
    one, other = scores_of(sources, fused, keys), scores_of(sources[order], fused, keys)
    assert one == pytest.approx(other, rel=1e-9, abs=1e-9, nan_ok=True)


def test_order_of_the_sources_matters_to_viff_where_gains_are_equal():
    """The definition takes the last of equal gains: here both are 0."""
    flat, fused = np.full((2, 48, 48), 90, np.uint8)
    busy = np.random.default_rng(0).integers(0, 256, (48, 48), np.uint8)
    last_flat, last_busy = (
        fusion.visual_information_fidelity_for_fusion(sources, fused)
        for sources in ([busy, flat], [flat, busy])
    )
    assert last_flat == pytest.approx(1)
    assert last_busy == pytest.approx(0, abs=1e-4)


@pytest.mark.parametrize("move", MOVES)
@settings(max_examples=25)
@given(triplet=triplets(side=48))
def test_mirroring_and_turning_change_only_the_documented_metrics(move, triplet):
    sources, fused = triplet
    function, sees = MOVES[move]
    moved = np.stack([function(source) for source in sources]), function(fused)
    one, other = scores_of(sources, fused, ALL - sees), scores_of(*moved, ALL - sees)
    assert one == pytest.approx(other, rel=1e-9, abs=1e-9, nan_ok=True)


@pytest.mark.parametrize("move", MOVES)
def test_mirroring_and_turning_does_not_change_ms_ssim(move):
    rng = np.random.default_rng(3)
    sources = rng.integers(0, 256, (2, 192, 176), np.uint8)
    fused = sources.mean(axis=0).astype(np.uint8)
    function, _ = MOVES[move]
    moved = np.stack([function(source) for source in sources]), function(fused)
    one, other = scores_of(sources, fused, {"ms_ssim"}), scores_of(*moved, {"ms_ssim"})
    assert one == pytest.approx(other, abs=1e-12)


@pytest.mark.parametrize("move", MOVES)
def test_the_documented_metrics_do_change(move):
    rng = np.random.default_rng(0)
    rows, columns = np.mgrid[:48, :48]
    a = 40 * np.sin(rows / 3) + 30 * np.cos(columns / 4) + 120
    b = 60 * np.sin((rows + columns) / 6) + 120
    c = (a + b) / 2 + rng.normal(0, 6, a.shape)
    sources, fused = np.stack([a, b]).astype(np.uint8), c.astype(np.uint8)
    sources[:, :20, :20] = fused[:20, :20] = 0
    sources[0, 30:, 30:] = 90
    function, sees = MOVES[move]
    moved = np.stack([function(source) for source in sources]), function(fused)
    one, other = scores_of(sources, fused, sees), scores_of(*moved, sees)
    changed = {key for key in sees if abs(one[key] - other[key]) > 1e-9}
    assert changed == sees


@settings(max_examples=25)
@given(triplets(side=44), st.permutations(range(256)))
def test_histogram_metrics_ignore_which_level_is_which(triplet, levels):
    sources, fused = triplet
    table = np.array(levels, np.uint8)
    keys = {"en", "mi", "nmi", "qncie"}
    one, other = (
        scores_of(sources, fused, keys),
        scores_of(table[sources], table[fused], keys),
    )
    assert one == pytest.approx(other, abs=1e-12, nan_ok=True)


@settings(max_examples=25)
@given(triplets(side=44), st.integers(0, 2**32 - 1))
def test_shuffling_the_pixels_changes_no_pointwise_metric(triplet, seed):
    sources, fused = triplet
    order = np.random.default_rng(seed).permutation(fused.size)

    def shuffled(image):
        return image.reshape(*image.shape[:-2], -1)[..., order].reshape(image.shape)

    keys = {"en", "sd", "mi", "nmi", "qncie", "cc", "scd", "mse", "psnr"}
    one = scores_of(sources, fused, keys)
    assert one == pytest.approx(
        scores_of(shuffled(sources), shuffled(fused), keys),
        rel=0,
        abs=1e-12,
        nan_ok=True,
    )


@settings(max_examples=25)
@given(triplets(side=44))
def test_equal_images_are_perfect(triplet):
    image = triplet[0][0]
    scores = scores_of([image, image], image)
    best = {"ssim": 2, "vif": 2, "cc": 1, "mse": 0, "psnr": math.inf, "nabf": 0}
    best |= {"qs": 1, "qw": 1, "qe": 1, "fmi_pixel": 1, "fmi_gradient": 1, "viff": 1}
    for key, value in best.items():
        if not math.isnan(scores[key]):
            assert scores[key] == pytest.approx(value, abs=1e-6), key
