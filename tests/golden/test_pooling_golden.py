"""The golden data set through the scorer: slices pooled to cases, slices apart.

Four submissions, six cases of 16 slices. Integers exact, ratios to 1e-12.
"""

import json
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from bratsfuse.evaluation.cases import segmentation_per_case
from bratsfuse.evaluation.slices import Task, score_rows
from bratsfuse.evaluation.summary import by_region, summarise
from bratsfuse.evaluation.tables import Rows, segmentation_per_slice
from bratsfuse.metrics import segmentation
from bratsfuse.metrics.empty_policy import image_diagonal_mm
from bratsfuse.report.records import Protocol
from bratsfuse.results import Measure

FOLDER = Path(__file__).parent / "segmentation"
GOLDEN = json.loads((FOLDER / "values.json").read_text())["dataset"]
CASES = tuple(GOLDEN["per_case"]["A"])
REGIONS = {"WT": (1, 2, 3), "TC": (1, 3), "ET": (3,)}
KEYS = ("dice", "iou", "sensitivity", "specificity", "precision", "volume_error")
PROTOCOL = Protocol(
    version=1,
    policy="brats",
    preset="brats2023-gli",
    regions=REGIONS,
    segmentation=tuple(segmentation.METRICS),
    fusion=(),
    sources=(),
)


@cache
def scored(submission):
    """Return scores, rows, per-slice and per-case tables of a golden submission."""
    with np.load(FOLDER / "inputs.npz") as arrays:
        pairs = [
            [arrays[f"dataset/{who}/{case}"] for who in ("gt", submission)]
            for case in CASES
        ]
    references, predictions = (
        np.concatenate(part) for part in zip(*pairs, strict=True)
    )
    count = len(references) // len(CASES)
    cases = tuple(case for case in CASES for _ in range(count))
    task = Task(
        split=None,
        protocol=PROTOCOL,
        spacing_mm=((1.0, 1.0),) * len(references),
        fused=None,
        masks=list(predictions),
        references=list(references),
    )
    rows = Rows(
        ids=tuple(f"{case}_z{i:03d}" for i, case in enumerate(cases)),
        cases=cases,
        patients=cases,
        diagonal_mm=(image_diagonal_mm(references.shape[1:]),) * len(cases),
        missing=np.zeros(len(cases), np.bool_),
    )
    scores = score_rows(task, range(len(references)))
    slices = segmentation_per_slice(scores, rows, PROTOCOL)
    return scores, rows, slices, segmentation_per_case(scores, slices, rows, PROTOCOL)


@pytest.mark.parametrize("submission", "ABCD")
def test_counts_of_a_case_are_golden(submission):
    scores, rows, _, _ = scored(submission)
    for case in CASES:
        here = [i for i, one in enumerate(rows.cases) if one == case]
        counts = scores.counts[here].sum(axis=0).tolist()
        for region, found in zip(REGIONS, counts, strict=True):
            golden = GOLDEN["per_case"][submission][case][region]
            assert found == [golden[name] for name in ("tp", "fp", "fn", "tn")]


@pytest.mark.parametrize("submission", "ABCD")
def test_overlap_of_a_case_is_golden(submission):
    *_, cases = scored(submission)
    for row, case in enumerate(CASES):
        for region in REGIONS:
            golden = GOLDEN["per_case"][submission][case][region]
            for key in KEYS:
                if golden.get(key) is not None:
                    found = cases.column(Measure("segmentation", region, key))[row]
                    assert found == pytest.approx(golden[key], rel=1e-12), (case, key)


@pytest.mark.parametrize("submission", "ABCD")
def test_means_per_case_and_per_slice_are_golden(submission):
    _, _, slices, cases = scored(submission)
    headline = by_region(summarise(cases, policy="brats", seed=0))
    secondary = by_region(summarise(slices, policy="brats", seed=0))
    for region, golden in GOLDEN["summary"][submission].items():
        found = headline[region]["dice"]
        assert found.mean == pytest.approx(golden["mean_case_dice"], rel=1e-12)
        assert found.median == pytest.approx(golden["median_case_dice"], rel=1e-12)
        assert found.sd == pytest.approx(golden["sd_case_dice_ddof1"], rel=1e-9)
        half = (found.t_high - found.t_low) / 2
        assert half == pytest.approx(golden["t95_half_width"], rel=1e-9)
        assert secondary[region]["dice"].mean == pytest.approx(
            golden["mean_slice_dice_all_empty1"], rel=1e-12
        )


def test_slices_and_cases_rank_two_submissions_differently():
    def means(submission):
        _, _, slices, cases = scored(submission)
        et = Measure("segmentation", "ET", "dice")
        return cases.column(et).mean(), slices.column(et).mean()

    (a_cases, a_slices), (b_cases, b_slices) = means("A"), means("B")
    assert a_cases > b_cases
    assert a_slices < b_slices


def test_the_policy_touched_the_case_without_enhancing_tumour():
    *_, cases = scored("A")
    score = by_region(summarise(cases, policy="brats", seed=0))["ET"]["dice"]
    assert score.n == len(CASES)
    assert score.n_policy == 1
