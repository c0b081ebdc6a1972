"""The evaluator of 2026 on outlines of real tumours, recorded beside the real cases.

The folder ``golden/segmentation_brats2026`` lies beside the one that
``BRATSFUSE_REAL_DATA`` names; outlines of real cases are not part of the repository.
"""

import json
import math

import numpy as np
import pytest

from bratsfuse.metrics import segmentation

pytestmark = pytest.mark.data
CHALLENGES = {
    "gli": "brats2026-gli",
    "mets": "brats2026-met",
    "ped": "brats2026-ped",
}


@pytest.fixture(scope="module")
def recorded(real_data):
    folder = real_data.parent / "golden" / "segmentation_brats2026"
    if not folder.is_dir():
        pytest.skip(f"{folder} does not exist")
    with np.load(folder / "inputs.npz") as arrays:
        maps = {name: arrays[name] for name in arrays.files}
    return maps, json.loads((folder / "values.json").read_text())["cases"]


def expected(value):
    number = math.nan if value is None else float(value)
    return pytest.approx(number, rel=1e-9, abs=1e-9, nan_ok=True)


@pytest.mark.parametrize("config", CHALLENGES)
def test_equals_the_official_evaluator(recorded, config):
    maps, cases = recorded
    assert len(cases) == 16
    for case, configs in cases.items():
        pair = maps[f"{case}/ref"], maps[f"{case}/pred"]
        found = segmentation.challenge_scores(*pair, CHALLENGES[config])
        assert list(found) == list(configs[config])
        for group, golden in configs[config].items():
            scores = found[group]
            listed = golden.pop("reference_instances", None)
            named = {key: scores[key] for key in golden}
            assert named == {key: expected(v) for key, v in golden.items()}
            if listed is not None:
                assert scores["reference_instances"] == [
                    {key: expected(value) for key, value in lesion.items()}
                    for lesion in listed
                ]
