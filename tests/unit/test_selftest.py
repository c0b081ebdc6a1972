"""The packaged golden vectors and what the self-test says about them."""

import dataclasses
import json
import math
from importlib.metadata import version

import numpy as np
import pytest

from bratsfuse import selftest
from bratsfuse.metrics import fusion, segmentation

CHECKS = list(selftest.fusion_checks())


def test_every_fusion_metric_is_checked_and_agrees():
    assert {check.key for check in CHECKS} == set(fusion.METRICS)
    assert all(check.passed for check in CHECKS)
    assert max(check.difference for check in CHECKS) < 2e-10  # fmi_wavelet


def test_every_segmentation_metric_is_checked_and_agrees():
    checks = list(selftest.segmentation_checks())
    assert {check.key for check in checks} == {
        *segmentation.DEFAULT,
        *("masd", "asd_from_reference", "asd_from_prediction"),
    }
    assert all(check.passed for check in checks)
    assert {check.tolerance for check in checks} == {0, 1e-12, 1e-9}
    assert any(math.isnan(check.expected) for check in checks)  # an empty mask


def test_all_chapters_run():
    checks = selftest.selftest()
    assert checks[: len(CHECKS)] == CHECKS
    assert len({check.chapter for check in checks}) == len(selftest.CHAPTERS)


def test_a_wrong_metric_is_caught(monkeypatch):
    right = fusion.evaluate

    def wrong(*args, **options):
        scores = right(*args, **options)
        scores["ssim"] += 2e-9
        return scores

    monkeypatch.setattr(fusion, "evaluate", wrong)
    checks = list(selftest.fusion_checks())
    assert {check.key for check in checks if not check.passed} == {"ssim"}
    assert "ssim           DIFFERS" in selftest.to_text(checks)
    assert "2 of" in selftest.to_text(checks).splitlines()[-1]


@pytest.mark.parametrize(
    ("expected", "found", "difference"),
    [
        (1.0, 1.5, 0.5),
        (math.nan, math.nan, 0.0),
        (math.nan, 1.0, math.inf),
        (1.0, math.nan, math.inf),
        (math.inf, math.inf, 0.0),
        (math.inf, 1.0, math.inf),
    ],
)
def test_difference_of_undefined_and_infinite_values(expected, found, difference):
    check = dataclasses.replace(CHECKS[0], expected=expected, found=found)
    assert check.difference == difference
    assert check.passed == (difference == 0)


def test_text_names_versions_and_verdict():
    *metrics, versions, verdict = selftest.to_text(CHECKS).splitlines()
    assert len(metrics) == len(fusion.METRICS)
    assert f"numpy {version('numpy')}" in versions
    assert verdict == f"all {len(CHECKS)} values agree"


def test_packaged_fusion_vectors_are_a_part_of_those_of_the_tests(pytestconfig):
    folder = pytestconfig.rootpath / "tests" / "golden" / "fusion"
    all_values = json.loads((folder / "values.json").read_text())["values"]
    values, arrays = selftest.read_golden("fusion")
    with np.load(folder / "inputs.npz") as originals:
        for name, array in arrays.items():
            np.testing.assert_array_equal(array, originals[name])
    for case, scores in values["values"].items():
        assert set(scores.values()) <= set(all_values[case].values())


def test_packaged_masks_are_a_part_of_those_of_the_tests(pytestconfig):
    folder = pytestconfig.rootpath / "tests" / "golden" / "segmentation"
    all_cases = json.loads((folder / "values.json").read_text())["cases"]
    values, arrays = selftest.read_golden("segmentation")
    assert {name.partition("__")[0] for name in arrays} == set(values["values"])
    with np.load(folder / "inputs.npz") as originals:
        for case in values["values"]:
            for name, of in (("reference", "gt"), ("prediction", "pred")):
                packaged = arrays[f"{case}__{name}"]
                np.testing.assert_array_equal(packaged, originals[f"{case}/{of}"])
    for case, scores in values["values"].items():
        assert values["spacing_mm"][case] == all_cases[case]["spacing"]
        assert scores["dice"] == all_cases[case]["overlap"]["dice"]
        lesions = all_cases[case]["lesionwise"]["GLI2023"]
        assert scores["lesion_hd95"] == lesions["lesion_hd95_surfel"]
