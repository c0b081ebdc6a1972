"""Every fusion metric against the values of the published MATLAB code.

Where the values come from: ``values.json`` names implementation, version and settings
of each, among them the few that come from an independent NumPy version.
"""

import json
from pathlib import Path

import numpy as np
import pytest

from bratsfuse.metrics import fusion

HERE = Path(__file__).parent / "fusion"
GOLDEN = json.loads((HERE / "values.json").read_text())
TRIPLETS = sorted(GOLDEN["values"])
TOLERANCE = 1e-9

# The golden names are the keys in capitals, but for the clean variants of FMI and for
# what leaves windows out in which there is nothing to see.
FEATURES = ("pixel", "gradient", "dct", "edge", "wavelet")
NAMES = (
    {name.lower(): name for name in GOLDEN["metrics"]}
    | {f"fmi_{feature}": f"FMI_{feature}_clean" for feature in FEATURES}
    | {"qy": "QY_nanmean", "qcb": "QCB_seen"}
)
# Named so because of what other implementations of the formula make of flat windows.
ILL_CONDITIONED = {"qy", "qp"}


def triplet(name):
    with np.load(HERE / "inputs.npz") as arrays:
        return (
            np.stack([arrays[f"{name}__A"], arrays[f"{name}__B"]]),
            arrays[f"{name}__F"],
        )


def test_every_metric_has_a_golden_value():
    assert set(fusion.METRICS) <= set(NAMES)
    assert {
        key
        for key in fusion.METRICS
        if not GOLDEN["metrics"][NAMES[key]]["well_conditioned"]
    } == ILL_CONDITIONED


@pytest.mark.parametrize("name", TRIPLETS)
def test_all_metrics_together(name):
    scores = fusion.evaluate(*triplet(name), "all")
    expected = {key: GOLDEN["values"][name][NAMES[key]] for key in fusion.METRICS}
    assert scores == pytest.approx(expected, rel=0, abs=TOLERANCE)


@pytest.mark.parametrize("name", TRIPLETS)
def test_each_metric_by_itself(name):
    sources, fused = triplet(name)
    scores = {
        key: metric.function(sources, fused) for key, metric in fusion.METRICS.items()
    }
    assert scores == fusion.evaluate(sources, fused, "all")


@pytest.mark.parametrize("name", TRIPLETS)
def test_declared_direction_and_range_agree_with_the_golden_file(name):
    scores = fusion.evaluate(*triplet(name), "all")
    for key, metric in fusion.METRICS.items():
        golden = GOLDEN["metrics"][NAMES[key]]
        assert metric.higher_is_better == (golden["direction"] == "up")
        assert metric.low <= scores[key] <= metric.high


@pytest.mark.parametrize("name", TRIPLETS)
def test_named_variants_follow_from_the_convention_cddfuse(name):
    scores = fusion.evaluate(*triplet(name), "all", convention="cddfuse")
    values = GOLDEN["values"][name]
    assert scores["mi"] == pytest.approx(values["MI_nats"], abs=TOLERANCE)
    assert scores["ag"] == pytest.approx(values["AG_mean"], abs=TOLERANCE)
    assert scores["vif"] == pytest.approx(values["VIF"], abs=TOLERANCE)
    printed = GOLDEN["known_wrong_or_other_variants_for_information"][name]
    # The evaluator works in float32; scikit-image made these digits from float32 too.
    assert scores["psnr"] == pytest.approx(printed["PSNR_CDDFuse"], abs=2e-6)
    assert scores["ssim"] == pytest.approx(
        printed["SSIM_CDDFuse_oldskimage_dr2_sum"], abs=2e-5
    )


@pytest.mark.parametrize("name", TRIPLETS)
def test_what_is_left_out_of_flat_windows_is_all_that_differs(name):
    """Photographs have no black background: there the published code agrees."""
    scores = fusion.evaluate(*triplet(name), ["qcb", "qc"])
    published = GOLDEN["values"][name]
    if name.startswith(("p3", "p4")):
        assert scores["qcb"] == pytest.approx(published["QCB"], abs=TOLERANCE)
    else:
        assert abs(scores["qcb"] - published["QCB"]) > 0.05
    # A saturated corner of p3 has windows whose variance is rounding noise.
    noise = 1e-5 if name.startswith("p3") else TOLERANCE
    assert scores["qc"] == pytest.approx(published["QC_published"], abs=noise)


@pytest.mark.parametrize("name", TRIPLETS)
def test_vifb_is_what_its_driver_prints(name):
    printed = GOLDEN["printed"]["vifb"]["values"][name]
    scores = fusion.evaluate(*triplet(name), "all", convention="vifb")
    assert set(printed) | {"qcv"} == set(scores)
    noise = {"qcb": 0.012} if name.startswith(("p1", "p2")) else {}
    for key, value in printed.items():
        assert scores[key] == pytest.approx(
            value, rel=0, abs=noise.get(key, TOLERANCE)
        ), key


@pytest.mark.parametrize("name", GOLDEN["printed"]["linfeng-tang"]["values"])
def test_linfeng_tang_is_what_its_driver_prints(name):
    printed = GOLDEN["printed"]["linfeng-tang"]["values"][name]
    sources, fused = triplet(name)
    part = np.s_[72:168, 72:168]
    scores = fusion.evaluate(
        sources[:, *part], fused[part], "all", convention="linfeng-tang"
    )
    assert set(printed) <= set(scores)
    expected = {key: printed[key] for key in scores if key in printed}
    found = {key: scores[key] for key in expected}
    assert found == pytest.approx(expected, rel=0, abs=TOLERANCE)


@pytest.mark.parametrize("name", TRIPLETS)
def test_linfeng_tang_keeps_the_recorded_values_of_the_whole_images(name):
    scores = fusion.evaluate(*triplet(name), "all", convention="linfeng-tang")
    variants = GOLDEN["known_wrong_or_other_variants_for_information"][name]
    for key, value in (
        ("ssim", variants["SSIM_LinfengTang_mean_L1"]),
        ("mi", variants["MI_LinfengTang_uint8_saturating"]),
        ("psnr", variants["PSNR_LinfengTang"]),
        ("ms_ssim", GOLDEN["values"][name]["MEF_MS_SSIM"]),
        ("fmi_dct", GOLDEN["values"][name]["FMI_dct"]),
    ):
        assert scores[key] == pytest.approx(value, rel=0, abs=TOLERANCE), key


@pytest.mark.parametrize("name", TRIPLETS)
@pytest.mark.parametrize("feature", ["pixel", "gradient"])
def test_published_feature_information_is_bug_compatible(name, feature):
    from bratsfuse.metrics.of_fusion import (
        Scene,
        fmi_gradient,
        fmi_pixel,
        published_information,
    )

    features = {"pixel": fmi_pixel.pixels, "gradient": fmi_gradient.slopes}
    score = published_information(Scene.of(*triplet(name)), features[feature])
    golden = GOLDEN["values"][name][f"FMI_{feature}"]
    assert score == pytest.approx(golden, rel=0, abs=TOLERANCE)


@pytest.mark.parametrize("name", TRIPLETS)
def test_published_feature_information_of_edges(name):
    """The published code on edges of the whole images, cut to what it does in time."""
    from bratsfuse.metrics.of_fusion import Image, Scene, published_information
    from bratsfuse.metrics.of_fusion.fmi_edge import edge_pixels

    sources, fused = triplet(name)
    *edges, of_fused = (
        Image(edge_pixels(Image(image))[72:168, 72:168]) for image in (*sources, fused)
    )
    score = published_information(Scene(edges, of_fused), lambda image: image.pixels)
    variants = GOLDEN["known_wrong_or_other_variants_for_information"][name]
    (golden,) = (v for key, v in variants.items() if key.startswith("FMI_edge"))
    assert score == pytest.approx(golden, rel=0, abs=TOLERANCE)
