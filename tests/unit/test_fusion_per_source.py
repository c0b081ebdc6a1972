"""The values of single sources: what they add up to, their names, what is refused."""

import math

import numpy as np
import pytest

from bratsfuse.errors import InvalidInputError
from bratsfuse.metrics import fusion

RNG = np.random.default_rng(5)
WAVES = np.add.outer(np.sin(np.arange(180) / 5), np.cos(np.arange(184) / 7))
SOURCES = np.stack(
    [
        np.clip(60 * weight * WAVES + 120 + RNG.normal(0, 9, WAVES.shape), 0, 255)
        for weight in (0.4, 1, 0.7)
    ]
).astype(np.uint8)
FUSED = SOURCES.mean(axis=0).astype(np.uint8)
SUMS = ("mi", "nmi", "scd", "ssim", "ms_ssim", "vif", "qte")
MEANS = ("cc", "mse", "ce", "fmi_pixel", "fmi_gradient", "fmi_edge", "fmi_wavelet")
ALONE = ("en", "sd", "sf", "ag", "ei")


@pytest.fixture(scope="module")
def scores():
    return fusion.evaluate(
        SOURCES[:2], FUSED, "all", per_source=("t1ce", "flair"), brain=True
    )


def test_values_of_sources_add_up_to_sums_and_means(scores):
    for key in (*SUMS, *MEANS):
        together = scores[f"{key}_t1ce"] + scores[f"{key}_flair"]
        expected = scores[key] * (1 if key in SUMS else 2)
        assert together == pytest.approx(expected, abs=1e-12), key
        assert scores[f"{key}_t1ce"] != scores[f"{key}_flair"]


def test_weighted_metrics_lie_between_their_sources(scores):
    for key in ("qabf", "nabf", "labf", "qabf_p"):
        ends = sorted((scores[f"{key}_t1ce"], scores[f"{key}_flair"]))
        assert ends[0] <= scores[key] <= ends[1], key
    for name in ("t1ce", "flair"):
        parts = [scores[f"{key}_{name}"] for key in ("nabf", "labf", "qabf_p")]
        assert sum(parts) == pytest.approx(1, abs=1e-12)


def test_every_metric_that_looks_at_the_sources_has_them(scores):
    for key, metric in fusion.METRICS.items():
        assert (metric.per_source is None) == (key in ALONE)
        assert (f"{key}_t1ce" in scores) == (key not in ALONE)
        assert (f"{key}_brain_flair" in scores) == (key not in ALONE)


def test_a_source_alone_is_scored_as_if_there_were_no_other(scores):
    twice = fusion.evaluate([SOURCES[0]] * 2, FUSED, ["qabf", "qs", "qncie", "rmse"])
    for key in ("qabf", "qs", "rmse"):
        assert scores[f"{key}_t1ce"] == pytest.approx(twice[key], abs=1e-12), key


def test_the_score_is_the_same_with_and_without_them(scores):
    plain = fusion.evaluate(SOURCES[:2], FUSED, "all", brain=True)
    assert all(
        scores[key] == value or math.isnan(value) for key, value in plain.items()
    )


def test_sources_are_numbered_without_names():
    found = fusion.evaluate(SOURCES, FUSED, ["en", "mi"], per_source=True)
    assert list(found) == ["en", "mi", "mi_1", "mi_2", "mi_3"]
    assert found["mi_1"] + found["mi_2"] + found["mi_3"] == pytest.approx(found["mi"])


def test_a_window_that_does_not_fit_leaves_them_undefined():
    small = np.s_[..., :30, :30]
    found = fusion.evaluate(SOURCES[:2][small], FUSED[small], ["vif"], per_source=True)
    assert all(map(math.isnan, found.values()))


@pytest.mark.parametrize("names", ["ab", ("a",), ("a", "a"), ("a", ""), (1, 2)])
def test_other_names_are_refused(names):
    with pytest.raises(InvalidInputError, match="expected 2 different names"):
        fusion.evaluate(SOURCES[:2], FUSED, ["mi"], per_source=names)


def test_a_convention_has_none():
    with pytest.raises(InvalidInputError, match="'cddfuse' prints no values of single"):
        fusion.evaluate(
            SOURCES[:2], FUSED, ["mi"], per_source=True, convention="cddfuse"
        )
