"""Golden values of the BraTS challenges: what their own evaluators print.

Integers exactly, all else to 1e-9. `regenerate_challenges.py` runs the evaluators.
"""

import json
import math
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from bratsfuse.metrics import segmentation

FOLDER = Path(__file__).parent / "challenges"
GOLDEN = json.loads((FOLDER / "values.json").read_text())
WITH_ROWS = [case for case, golden in GOLDEN.items() if "rows" in golden]
WITH_AREAS = [case for case, golden in GOLDEN.items() if "areas" in golden]
UNDEFINED_AND_LEFT_OUT = {"prec", "rec"}


@cache
def stored():
    with np.load(FOLDER / "inputs.npz") as arrays:
        return {name: arrays[name] for name in arrays.files}


def arguments(case, challenge=None):
    maps = [stored()[f"{case}/{side}"] for side in ("reference", "prediction")]
    return *maps, challenge or GOLDEN[case]["challenge"], GOLDEN[case]["spacing_mm"]


def expected(value):
    if isinstance(value, int):
        return value
    number = math.nan if value is None else float(value)
    return pytest.approx(number, rel=1e-9, abs=1e-9, nan_ok=True)


def assert_equal(found, golden):
    """Compare the scores of one group; the key sets too."""
    listed = golden.get("reference_instances", [])
    assert set(golden) <= set(found)
    assert set(found) - set(golden) <= UNDEFINED_AND_LEFT_OUT
    for key, value in found.items():
        if key == "reference_instances":
            assert len(value) == len(listed)
            for lesion, one in zip(value, listed, strict=True):
                assert lesion == {name: expected(one[name]) for name in one}
        else:
            assert value == expected(golden.get(key)), key


def test_holds_every_challenge():
    challenges = {golden["challenge"] for golden in GOLDEN.values()}
    asked = {name for name, c in segmentation.CHALLENGES.items() if c.ndim == 3}
    assert challenges == {name for name in asked if "2025" not in name}


@pytest.mark.parametrize("case", GOLDEN)
def test_scores(case):
    found = segmentation.challenge_scores(*arguments(case))
    assert list(found) == list(GOLDEN[case]["scores"])
    for group, golden in GOLDEN[case]["scores"].items():
        assert_equal(found[group], golden)


@pytest.mark.parametrize("case", [case for case in GOLDEN if "2024" in case])
def test_2025_has_the_scripts_of_2024(case):
    later = GOLDEN[case]["challenge"].replace("2024", "2025")
    found = segmentation.challenge_scores(*arguments(case, later))
    assert found == segmentation.challenge_scores(*arguments(case))


@pytest.mark.parametrize("case", WITH_ROWS)
def test_rows_of_the_parser(case):
    scores = segmentation.challenge_scores(*arguments(case))
    assert len(GOLDEN[case]["rows"]) == 3
    for thresholds, golden in GOLDEN[case]["rows"].items():
        options = {}
        if thresholds:
            large, overlap = thresholds.split()
            options = {"large_mm3": float(large), "overlap": float(overlap)}
        row = segmentation.challenge_row(scores, **options)
        assert row == {column: expected(value) for column, value in golden.items()}


@pytest.mark.parametrize("case", WITH_AREAS)
def test_areas_under_f1(case):
    found = segmentation.area_under_f1(*arguments(case))
    for group, golden in GOLDEN[case]["areas"].items():
        if math.isnan(found[group]):  # nothing to find: panoptica says 0
            assert golden == 0
            assert GOLDEN[case]["scores"][group]["rq"] is None
        else:
            assert found[group] == expected(golden)
