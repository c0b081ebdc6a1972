"""What each fusion metric promises: edges of its definition, masks, inputs, records."""

import inspect
import math

import numpy as np
import pytest

from bratsfuse.errors import InvalidInputError, UnknownNameError
from bratsfuse.metrics import fusion

SIDE = 192
QABF_MAXIMUM = 0.9994 * 0.9879 / (1 + math.exp(-4.4))


def scan(seed, side=SIDE, levels=256):
    """Return a smooth head-like image: zero outside a disc, texture within."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[:side, :side]
    waves = sum(
        np.sin(rows * rng.uniform(0.05, 0.6) + columns * rng.uniform(0.05, 0.6))
        for _ in range(6)
    )
    disc = (rows - side / 2) ** 2 + (columns - side / 2) ** 2 < (0.4 * side) ** 2
    grey = (waves + 6) / 12 * (levels - 2) + 1 + rng.integers(0, 2, rows.shape)
    return np.where(disc, grey, 0).astype(np.uint8)


A, B = scan(1), scan(2)
SOURCES = np.stack([A, B])
FUSED = ((A.astype(int) + B) // 2).astype(np.uint8)
BLACK = np.zeros_like(A)
GREY = np.full_like(A, 77)


def all_of(sources, fused, **options):
    return fusion.evaluate(sources, fused, "all", **options)


# Degenerate images


@pytest.mark.parametrize("constant", [BLACK, GREY, np.full_like(A, 255)])
@pytest.mark.parametrize("key", ["en", "sd", "sf", "ag", "ei", "mi", "nmi", "vif"])
def test_constant_fused_image_scores_exactly_zero(key, constant):
    assert fusion.evaluate(SOURCES, constant, [key]) == {key: 0.0}


@pytest.mark.parametrize("constant", [BLACK, GREY])
def test_constant_fused_image_leaves_these_defined(constant):
    scores = all_of(SOURCES, constant)
    defined = ["scd", "ssim", "ms_ssim", "qabf", "nabf", "labf", "qncie", "psnr"]
    assert all(math.isfinite(scores[key]) for key in defined)
    undefined = {key for key, value in scores.items() if math.isnan(value)}
    assert undefined == {"cc", "qcv", "qcb", "qc"}


@pytest.mark.parametrize("equal", [A, B])
def test_scd_is_undefined_where_the_fused_image_equals_a_source(equal):
    scores = all_of(SOURCES, equal)
    assert math.isnan(scores.pop("scd"))
    assert not any(map(math.isnan, scores.values()))


def test_three_equal_images():
    scores = all_of([A, A], A)
    assert scores["qabf"] == pytest.approx(QABF_MAXIMUM, abs=1e-3)
    assert scores["qabf"] <= fusion.METRICS["qabf"].high
    for key in ("ssim", "ms_ssim"):
        assert scores[key] == pytest.approx(2, abs=1e-12)
    assert scores["vif"] == pytest.approx(2, abs=1e-9)
    assert scores["nabf"] == 0
    assert 0 < scores["labf"] < 0.02
    assert scores["mse"] == 0
    assert scores["psnr"] == math.inf
    assert scores["mi"] == pytest.approx(2 * scores["en"], abs=1e-12)
    assert scores["nmi"] == pytest.approx(2, abs=1e-12)
    assert scores["cc"] == pytest.approx(1, abs=1e-15)
    for key in ("qs", "qw", "qe", "qy", "qc", "qcb", "mef_ms_ssim"):
        assert scores[key] == pytest.approx(
            1, abs=2e-3 if key == "mef_ms_ssim" else 1e-12
        )
    for key in (key for key in fusion.METRICS if key.startswith("fmi")):
        assert scores[key] == pytest.approx(1, abs=1e-12)
    assert scores["qm"] == pytest.approx(3, abs=1e-12)
    assert scores["qp"] == pytest.approx(1, abs=1e-2)
    assert scores["rmse"] == scores["ce"] == 0
    assert scores["qabf_p"] == pytest.approx(1 - scores["labf"], abs=1e-12)
    assert scores["qcv"] == pytest.approx(0, abs=1e-12)


def test_qabf_of_equal_images_with_strong_edges_is_its_maximum():
    """A gradient of one grey level scores 0.06 % less: a quirk of edge_transfer."""
    stripes = np.tile(np.array([0, 200], np.uint8).repeat(4), (64, 8))
    score = fusion.edge_transfer([stripes, stripes], stripes)
    assert score == pytest.approx(QABF_MAXIMUM, abs=1e-12)


@pytest.mark.parametrize("constant", [BLACK, GREY, np.full_like(A, 255)])
def test_constant_source_leaves_vif_cc_and_scd_undefined(constant):
    scores = all_of([A, constant], FUSED)
    undefined = {key for key, value in scores.items() if math.isnan(value)}
    assert undefined == {"vif", "cc", "scd", "qcv", "qcb"}


def test_nmi_is_undefined_only_where_both_images_are_constant():
    assert math.isnan(fusion.normalized_mutual_information([A, BLACK], GREY))
    assert fusion.normalized_mutual_information(SOURCES, GREY) == 0


def test_qncie_stays_defined_on_constant_images():
    score = fusion.nonlinear_correlation_entropy([BLACK, BLACK], BLACK)
    assert score == pytest.approx(1 - math.log2(3) / 8)


def test_qabf_is_undefined_without_any_edge():
    assert math.isnan(fusion.edge_transfer([np.zeros_like(A)] * 2, A))


def test_all_black_slices_do_not_crash():
    scores = all_of([BLACK, BLACK], BLACK, brain=True)
    assert {key for key in fusion.METRICS if math.isnan(scores[key])} == {
        "nmi", "cc", "scd", "vif", "qabf", "qcv", "qm", "qy", "qc", "qcb", "qp",
    }  # fmt: skip
    # The brain is empty, so nothing has a value there.
    assert all(math.isnan(scores[f"{key}_brain"]) for key in fusion.METRICS)


SMALL = {"ms_ssim", "vif", "viff", "mef_ms_ssim"}


@pytest.mark.parametrize(
    ("side", "undefined"),
    [
        (175, {"ms_ssim"}),
        (40, SMALL),
        (10, {*SMALL, "ssim", "qs", "qw", "qe", "qp"}),
    ],
)
def test_small_images_leave_window_metrics_undefined(side, undefined):
    start = SIDE // 4 if side < 100 else 0
    part = np.s_[start : start + side, start : start + side + 30]
    scores = all_of(SOURCES[:, *part], FUSED[part])
    assert {key for key, value in scores.items() if math.isnan(value)} == undefined
    for key in undefined:
        with pytest.raises(InvalidInputError, match=f"{key}: the images are {side} x"):
            fusion.METRICS[key].function(SOURCES[:, *part], FUSED[part])


def test_smallest_images_that_windows_fit():
    part = np.s_[60:101, 60:101]
    assert math.isfinite(
        fusion.visual_information_fidelity(SOURCES[:, *part], FUSED[part])
    )
    part = np.s_[:176, :176]
    assert math.isfinite(
        fusion.multiscale_structural_similarity(SOURCES[:, *part], FUSED[part])
    )


def test_single_pixel():
    one = np.full((1, 1), 9, np.uint8)
    scores = all_of([one, one], one)
    assert scores["mse"] == 0
    assert scores["en"] == 0
    assert math.isnan(scores["sf"])
    assert math.isnan(scores["nabf"])


# Values that follow from the definition


def test_uniform_histogram_has_eight_bits():
    ramp = np.arange(256, dtype=np.uint8).reshape(16, 16)
    assert fusion.entropy(None, ramp) == 8


def test_gradients_of_a_ramp():
    ramp = np.tile(np.arange(0, 120, 3, dtype=np.uint8), (40, 1))
    assert fusion.spatial_frequency(None, ramp) == 3
    slope = 3 / math.sqrt(2)
    assert fusion.average_gradient(None, ramp) == pytest.approx(slope * 1600 / 39**2)
    # Sobel sees 4 * 2 * 3 inside and half of it in the two outer columns.
    assert fusion.edge_intensity(None, ramp) == pytest.approx(24 * 39 / 40)


def test_psnr_takes_the_mean_of_the_errors():
    sources = [np.full((8, 8), 100, np.uint8), np.full((8, 8), 120, np.uint8)]
    fused = np.full((8, 8), 110, np.uint8)
    assert fusion.mean_squared_error(sources, fused) == 100
    score = fusion.peak_signal_to_noise_ratio(sources, fused)
    assert score == pytest.approx(10 * math.log10(650.25))


def test_fused_image_with_doubled_contrast_exceeds_full_fidelity():
    low = (A // 4 + 40).astype(np.uint8)
    high = (2 * low.astype(int) - 40).clip(0, 255).astype(np.uint8)
    assert fusion.visual_information_fidelity([low, low], high) > 2


def test_inverted_contrast_has_no_fidelity():
    inverted = (255 - A).astype(np.uint8)
    assert fusion.visual_information_fidelity([A, A], inverted) < 0.05


# More than two sources


def test_sums_and_means_over_three_sources():
    c = scan(3)
    three = all_of([A, B, c], FUSED)
    ab, bc, ca = (all_of(pair, FUSED) for pair in ([A, B], [B, c], [c, A]))
    for key in ("mi", "nmi", "ssim", "ms_ssim", "vif"):
        assert three[key] == pytest.approx((ab[key] + bc[key] + ca[key]) / 2), key
    assert three["qte"] == pytest.approx((ab["qte"] + bc["qte"] + ca["qte"]) / 2)
    fmi = [key for key in fusion.METRICS if key.startswith("fmi")]
    for key in ("cc", "mse", "ce", *fmi):
        assert three[key] == pytest.approx((ab[key] + bc[key] + ca[key]) / 3), key
    assert three["psnr"] == pytest.approx(10 * math.log10(255**2 / three["mse"]))


def test_scd_of_three_sources_subtracts_the_mean_of_the_others():
    c = scan(3)
    a, b, d, f = (image.astype(float).ravel() for image in (A, B, c, FUSED))
    expected = sum(
        np.corrcoef(f - (one + other) / 2, left)[0, 1]
        for left, one, other in ((a, b, d), (b, a, d), (d, a, b))
    )
    score = fusion.sum_of_correlations_of_differences([A, B, c], FUSED)
    assert score == pytest.approx(expected, abs=1e-12)


def test_qabf_and_nabf_weight_the_edges_of_all_sources():
    # A source without an edge has no weight in Qabf and next to none in Nabf.
    two, three = all_of([A, B], FUSED), all_of([A, B, BLACK], FUSED)
    assert three["qabf"] == pytest.approx(two["qabf"], abs=1e-12)
    assert three["nabf"] == pytest.approx(two["nabf"], abs=1e-4)


def test_repeating_the_sources_changes_no_weighted_or_mean_metric():
    two, four = all_of([A, B], FUSED), all_of([A, B, A, B], FUSED)
    same = [
        "qabf",
        "nabf",
        "labf",
        "qabf_p",
        "qs",
        "qw",
        "qe",
        "qcv",
        "viff",
        "cc",
        "mse",
        "ce",
        "qm",
        "qy",
        "qc",
        "qcb",
        "qp",
    ]
    for key in same:
        assert four[key] == pytest.approx(two[key], abs=1e-12), key


# Masks


def test_mask_of_all_pixels_changes_nothing():
    everywhere = np.ones(A.shape, dtype=bool)
    scores = all_of(SOURCES, FUSED, brain=everywhere)
    assert math.isnan(scores["fmi_dct_brain"])
    assert math.isnan(scores["fmi_wavelet_brain"])
    for key in set(fusion.METRICS) - {"fmi_dct", "fmi_wavelet"}:
        assert scores[f"{key}_brain"] == pytest.approx(scores[key], abs=1e-12), key


def test_statistics_inside_a_mask_are_those_of_its_pixels():
    inside = np.zeros(A.shape, dtype=bool)
    inside[50:90, 60:140] = True
    part = np.s_[50:90, 60:140]
    keys = [
        "en",
        "sd",
        "sf",
        "mi",
        "nmi",
        "cc",
        "scd",
        "mse",
        "rmse",
        "psnr",
        "qncie",
        "ce",
        "qte",
    ]
    for key in keys:
        function = fusion.METRICS[key].function
        assert function(SOURCES, FUSED, inside=inside) == pytest.approx(
            function(SOURCES[:, *part], FUSED[part]), abs=1e-12
        ), key


def test_windows_inside_a_mask_count_by_their_centre():
    from skimage.metrics import structural_similarity

    inside = np.zeros(A.shape, dtype=bool)
    inside[3:90, 60:140] = True
    expected = 0.0
    for source in SOURCES:
        _, windows = structural_similarity(
            source.astype(float),
            FUSED.astype(float),
            gaussian_weights=True,
            sigma=1.5,
            use_sample_covariance=False,
            data_range=255,
            full=True,
        )
        expected += windows[5:90, 60:140].mean()  # the first five rows fit no window
    score = fusion.structural_similarity(SOURCES, FUSED, inside=inside)
    assert score == pytest.approx(expected, abs=1e-12)


# Transforms, filters in frequency, stretch and the threshold of edges see all of it.
SEE_ALL = {"fmi_dct", "fmi_wavelet", "fmi_edge", "qcv", "qcb", "qp"}


@pytest.mark.parametrize("key", [k for k in fusion.METRICS if k not in SEE_ALL])
def test_far_away_pixels_do_not_matter_inside_a_mask(key):
    inside = np.zeros(A.shape, dtype=bool)
    inside[:40, :40] = True
    changed = FUSED.copy()
    changed[186:, 186:] = 255
    function = fusion.METRICS[key].function
    before = function(SOURCES, FUSED, inside=inside)
    assert function(SOURCES, changed, inside=inside) == pytest.approx(
        before, nan_ok=True
    )


def test_brain_is_where_a_source_is_not_zero_and_its_holes():
    first, second = np.zeros((2, 8, 8), np.uint8)
    first[1:6, 1:6] = 9
    first[3, 3] = 0  # a hole
    first[1, 3] = 0  # a notch, open to the outside
    second[6, 6] = 1
    expected = np.zeros((8, 8), dtype=bool)
    expected[1:6, 1:6] = True
    expected[1, 3] = False
    expected[6, 6] = True
    np.testing.assert_array_equal(fusion.brain_mask([first, second]), expected)


def test_brain_scores_have_their_own_names():
    scores = fusion.evaluate(SOURCES, FUSED, ["en", "ssim"], brain=True)
    assert list(scores) == ["en", "ssim", "en_brain", "ssim_brain"]
    inside = fusion.brain_mask(SOURCES)
    assert scores["en_brain"] == fusion.entropy(None, FUSED, inside=inside)
    assert scores["en_brain"] > scores["en"]


def test_regions_are_named_by_the_caller():
    inside = A > 120
    scores = fusion.evaluate(
        SOURCES, FUSED, ["sd"], brain=True, regions={"tumour": inside}
    )
    assert list(scores) == ["sd", "sd_brain", "sd_tumour"]
    assert scores["sd_tumour"] == pytest.approx(FUSED[inside].std(), abs=1e-12)


@pytest.mark.parametrize("key", ["fmi_dct", "fmi_wavelet"])
def test_coefficients_have_no_place_in_a_mask(key):
    with pytest.raises(InvalidInputError, match=f"{key}: found a mask"):
        fusion.METRICS[key].function(SOURCES, FUSED, inside=A > 0)


# What is refused


@pytest.mark.parametrize(
    ("image", "found", "hint"),
    [
        (FUSED / 255, "float64", r"np.rint\(image \* 255\)"),
        (FUSED.astype(np.float32), "float32", r"clip\(0, 255\)"),
        (FUSED > 0, "bool", "a mask is no image"),
        (FUSED.astype(np.uint16), "uint16", "astype"),
        (FUSED.astype(np.int16), "int16", "astype"),
        (FUSED.astype(np.int64) + 256, "int64", "astype"),
    ],
)
def test_other_types_are_refused_with_a_hint(image, found, hint):
    with pytest.raises(InvalidInputError, match=f"fused: found {found}.*{hint}"):
        fusion.evaluate(SOURCES, image)
    with pytest.raises(
        InvalidInputError, match=rf"sources\[1\]: found {found}.*{hint}"
    ):
        fusion.evaluate([A, image], FUSED)
    if image.ndim == 2:
        with pytest.raises(InvalidInputError, match=f"sources: found {found}"):
            fusion.structural_similarity(np.stack([image, image]), FUSED)


@pytest.mark.parametrize(
    ("sources", "fused", "message"),
    [
        ([A], FUSED, r"sources: found shape \(1, 192, 192\); expected \(S, H, W\)"),
        (A, FUSED, "sources: found shape"),
        (None, FUSED, "sources: found shape"),
        ([A, B[1:]], FUSED, "sources: found the shapes"),
        (SOURCES, FUSED[1:], r"fused: found shape \(191, 192\); expected \(192, 192\)"),
        (SOURCES, np.stack([FUSED] * 3, axis=-1), "fused: found shape"),
        (SOURCES[:, :0], FUSED[:0], "sources: found shape"),
    ],
)
def test_other_shapes_are_refused(sources, fused, message):
    with pytest.raises(InvalidInputError, match=message):
        fusion.evaluate(sources, fused)


def test_metrics_of_the_fused_image_alone_do_not_look_at_the_sources():
    for key in ("en", "sd", "sf", "ag", "ei"):
        function = fusion.METRICS[key].function
        assert function(None, FUSED) == function(SOURCES, FUSED)


def test_fused_image_alone_is_checked_too():
    with pytest.raises(InvalidInputError, match=r"expected \(H, W\), one grey image"):
        fusion.entropy(None, SOURCES)
    with pytest.raises(InvalidInputError, match="sources: found shape"):
        fusion.mutual_information(None, FUSED)


@pytest.mark.parametrize("mask", [A, (A > 0)[1:], np.stack([A > 0] * 2)])
def test_masks_are_boolean_and_of_the_images_shape(mask):
    with pytest.raises(InvalidInputError, match="mask: found"):
        fusion.evaluate(SOURCES, FUSED, brain=mask)
    with pytest.raises(InvalidInputError, match="mask: found"):
        fusion.entropy(SOURCES, FUSED, inside=mask)


def test_unknown_names_are_refused_with_a_suggestion():
    with pytest.raises(UnknownNameError, match="'ssmi'; did you mean 'ssim'"):
        fusion.evaluate(SOURCES, FUSED, ["ssmi"])
    with pytest.raises(UnknownNameError, match="known: en, sd"):
        fusion.evaluate(SOURCES, FUSED, ["zzzz"])
    with pytest.raises(UnknownNameError, match="'QABF'; did you mean 'qabf'"):
        fusion.evaluate(SOURCES, FUSED, ["QABF"])
    with pytest.raises(UnknownNameError, match=r"'CDDFuse'.*did you mean 'cddfuse'"):
        fusion.evaluate(SOURCES, FUSED, convention="CDDFuse")
    with pytest.raises(UnknownNameError, match="unknown convention 'matlab'"):
        fusion.evaluate(SOURCES, FUSED, convention="matlab")


# evaluate


def test_default_metrics_and_their_order():
    assert list(fusion.evaluate(SOURCES, FUSED)) == list(fusion.DEFAULT)
    assert list(all_of(SOURCES, FUSED)) == list(fusion.METRICS)
    assert list(fusion.evaluate(SOURCES, FUSED, ["vif", "en"])) == ["vif", "en"]
    assert list(fusion.evaluate(SOURCES, FUSED, "ssim")) == ["ssim"]


def test_scores_are_plain_floats():
    scores = all_of(SOURCES, FUSED, brain=True)
    assert {type(value) for value in scores.values()} == {float}


def test_images_are_left_as_they_were():
    sources, fused = SOURCES.copy(), FUSED.copy()
    sources.flags.writeable = fused.flags.writeable = False
    all_of(sources, fused, brain=True)
    np.testing.assert_array_equal(sources, SOURCES)
    np.testing.assert_array_equal(fused, FUSED)


def test_images_need_not_be_contiguous():
    wide = np.repeat(SOURCES, 2, axis=2)[:, :, ::2]
    assert not wide.flags.c_contiguous
    upside = FUSED[::-1].copy()[::-1]
    assert all_of(wide, upside) == all_of(SOURCES, FUSED)


def test_prepared_sources_give_the_same_scores_again_and_again():
    prepared = fusion.Sources(SOURCES)
    for fused in (FUSED, A, GREY, FUSED):
        again = all_of(prepared, fused, brain=True)
        fresh = all_of(SOURCES, fused, brain=True)
        assert again == pytest.approx(fresh, rel=0, abs=0, nan_ok=True)


def test_prepared_sources_are_a_copy():
    mutable = SOURCES.copy()
    prepared = fusion.Sources(mutable)
    mutable[:] = 0
    fusion.brain_mask(prepared)[:] = True
    assert all_of(prepared, FUSED, brain=True) == pytest.approx(
        all_of(SOURCES, FUSED, brain=True), rel=0, abs=0, nan_ok=True
    )


def test_prepared_sources_remember_their_maps(monkeypatch):
    from bratsfuse.metrics.of_fusion import ssim

    calls = []

    def counted(filtering):
        def call(*images, **options):
            calls.append(filtering)
            return filtering(*images, **options)

        return call

    for name in ("smooth", "smooth_product"):
        monkeypatch.setattr(ssim, name, counted(getattr(ssim, name)))
    prepared = fusion.Sources(SOURCES)
    fusion.structural_similarity(prepared, FUSED)
    assert len(calls) == 8  # mean and square of three images, two products
    fusion.structural_similarity(prepared, A)
    assert len(calls) == 8 + 4


# The convention of CDDFuse


def test_cddfuse_has_no_fidelity_in_an_empty_brain():
    scores = fusion.evaluate(
        [BLACK, BLACK], FUSED, ["vif", "psnr"], convention="cddfuse", brain=True
    )
    assert math.isnan(scores["vif_brain"])
    assert math.isnan(scores["psnr_brain"])


def test_cddfuse_counts_a_constant_source_as_one():
    scores = fusion.evaluate([A, GREY], FUSED, ["vif"], convention="cddfuse")
    with_other = fusion.visual_information_fidelity([A, A], FUSED) / 2
    assert scores["vif"] == pytest.approx(1 + with_other)


def test_cddfuse_is_the_call_that_scikit_image_refuses_today():
    from skimage.metrics import structural_similarity

    floats = [image.astype(float) for image in (A, B, FUSED)]
    with pytest.raises(ValueError, match="data_range"):
        structural_similarity(floats[0], floats[2])
    expected = sum(
        structural_similarity(floats[i], floats[2], data_range=2.0) for i in (0, 1)
    )
    scores = fusion.evaluate(SOURCES, FUSED, ["ssim"], convention="cddfuse")
    assert scores["ssim"] == pytest.approx(expected, abs=1e-9)


def test_cddfuse_takes_the_images_own_maximum_as_peak():
    scores = fusion.evaluate(SOURCES, FUSED, ["psnr", "mse"], convention="cddfuse")
    expected = 10 * math.log10(int(FUSED.max()) ** 2 / scores["mse"])
    assert scores["psnr"] == pytest.approx(expected)


def test_cddfuse_has_twelve_metrics_and_refuses_the_others():
    scores = fusion.evaluate(SOURCES, FUSED, "all", convention="cddfuse", brain=True)
    assert len(scores) == 2 * 12
    default = fusion.evaluate(SOURCES, FUSED, convention="cddfuse")
    assert list(default) == [k for k in fusion.DEFAULT if k in scores]
    assert set(scores) - set(default) >= {"mse"}
    with pytest.raises(InvalidInputError, match="'cddfuse' has no 'nabf'"):
        fusion.evaluate(SOURCES, FUSED, ["nabf"], convention="cddfuse")


# The records


def test_keys_are_the_promised_ones():
    keys = (
        "en sd sf ag ei mi nmi cc scd mse psnr ssim ms_ssim vif viff qabf nabf labf "
        "qncie qcv qs qw qe fmi_pixel fmi_gradient fmi_dct"
    )
    assert " ".join(key for key in fusion.METRICS if key in keys.split()) == keys
    default = "en sd sf ag mi nmi cc scd psnr ssim ms_ssim vif qabf nabf"
    assert " ".join(fusion.DEFAULT) == default


@pytest.mark.parametrize("metric", fusion.METRICS.values(), ids=fusion.METRICS)
def test_record_is_complete_and_its_function_public(metric):
    assert fusion.METRICS[metric.key] is metric
    assert metric.kind == "fusion"
    assert metric.higher_is_better is not None
    assert metric.low < metric.high
    assert metric.title
    assert metric.undefined_when
    assert metric.source
    name = metric.function.__name__
    assert name in fusion.__all__
    assert getattr(fusion, name) is metric.function
    text = inspect.getdoc(metric.function)
    assert text.startswith("Return ")
    for section in ("Parameters", "Returns", "Raises"):
        assert f"\n{section}\n---" in text
    parameters = list(inspect.signature(metric.function).parameters)
    assert parameters == ["sources", "fused", "inside"]


def test_titles_and_functions_are_unique():
    metrics = fusion.METRICS.values()
    assert len({metric.title for metric in metrics}) == len(fusion.METRICS)
    assert len({metric.function for metric in metrics}) == len(fusion.METRICS)


# The conventions of toolboxes


@pytest.mark.parametrize("convention", ["cddfuse", "linfeng-tang", "vifb"])
def test_a_mask_of_all_pixels_changes_no_convention(convention):
    keys = [k for k in fusion.check_names("all", convention) if k != "fmi_dct"]
    everywhere = np.ones(A.shape, dtype=bool)
    scores = fusion.evaluate(
        SOURCES, FUSED, keys, convention=convention, brain=everywhere
    )
    for key in keys:
        assert scores[f"{key}_brain"] == pytest.approx(scores[key], abs=1e-12), key


def test_linfeng_tang_judges_the_first_source_by_nabf():
    scores = fusion.evaluate(SOURCES, FUSED, ["nabf"], convention="linfeng-tang")
    assert scores["nabf"] == fusion.fusion_artefacts([B, FUSED], A)
    assert scores["nabf"] != pytest.approx(fusion.fusion_artefacts(SOURCES, FUSED))
    with pytest.raises(InvalidInputError, match="nabf: found 3 sources; expected 2"):
        fusion.evaluate([A, B, A], FUSED, ["nabf"], convention="linfeng-tang")


def test_linfeng_tang_adds_decibels_and_prints_edges_as_pixels():
    keys = ["psnr", "mse", "ms_ssim", "fmi_pixel"]
    theirs = fusion.evaluate(SOURCES, FUSED, keys, convention="linfeng-tang")
    ours = fusion.evaluate(SOURCES, FUSED, [*keys, "mef_ms_ssim", "fmi_edge"])
    assert theirs["psnr"] - ours["psnr"] == pytest.approx(48.1308, abs=1e-4)
    assert theirs["mse"] == pytest.approx(ours["mse"] / 255**2)
    assert theirs["ms_ssim"] == ours["mef_ms_ssim"]
    assert abs(theirs["fmi_pixel"] - ours["fmi_pixel"]) > 0.01
    assert theirs["fmi_pixel"] == pytest.approx(ours["fmi_edge"], abs=0.2)


def test_vifb_takes_the_root_for_the_error():
    theirs = fusion.evaluate(SOURCES, FUSED, ["rmse", "psnr"], convention="vifb")
    roots = [np.sqrt(((s.astype(float) - FUSED) ** 2).sum()) for s in SOURCES]
    assert theirs["rmse"] == pytest.approx(np.mean(roots) / FUSED.size)
    assert theirs["psnr"] == pytest.approx(10 * math.log10(255**2 / theirs["rmse"]))


@pytest.mark.parametrize(
    ("convention", "key", "unit"),
    [("vifb", "mi", "nat"), ("linfeng-tang", "mse", ""), ("linfeng-tang", "mi", "bit")],
)
def test_a_convention_has_its_own_units(convention, key, unit):
    assert fusion.unit_of(key, convention) == unit
