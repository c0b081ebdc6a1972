"""The answer of the experiment is that of its JSON, and says what the plan says."""

import re
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "benchmarks"))

import answer  # noqa: E402
import answer_comparisons as rules  # noqa: E402
import answer_figures as figures  # noqa: E402
from answer_reruns import largest_difference, pairs  # noqa: E402
from answer_scores import all_images, outcomes  # noqa: E402

from bratsfuse.experiments.outcome import Outcome  # noqa: E402


@pytest.fixture(scope="module")
def found():
    return outcomes()


def as_printed():
    return (ROOT / "docs/experiment/answer.md").read_text(encoding="utf-8")


def test_the_page_is_that_of_the_results(found):
    assert answer.document(found, all_images(found)) == as_printed()
    for name in (figures.LIKENESS_NAME, figures.PREDICTORS_NAME):
        assert (ROOT / "docs/experiment" / name).is_file()


@pytest.mark.parametrize(
    ("path", "first", "last"),
    [
        ("README.md", "What it says so far", "## What a release is"),
        ("baselines/fuse4seg/MODEL_CARD.md", "On 43 patients", "On 21 BraTS"),
    ],
)
def test_what_other_pages_quote_stands_in_the_answer(path, first, last):
    text = (ROOT / path).read_text(encoding="utf-8")
    quoted = set(re.findall(r"\.\d{3}", text[text.index(first) : text.index(last)]))
    assert len(quoted) > 10
    assert not quoted - set(re.findall(r"\.\d{3}", as_printed()))


def test_every_patient_is_tested_once_in_every_row(found):
    for folds in found.values():
        patients = [case.patient for one in folds.values() for case in one.cases]
        assert len(patients) == len(set(patients)) == 43


@pytest.mark.parametrize(
    ("shift", "spread", "verdict"),
    [
        (0.2, 0.01, "better"),
        (-0.2, 0.01, "worse"),
        (0.02, 0.01, "better, by less than 0.05"),
        (0.0, 0.01, "alike: less than 0.05 apart"),
        (0.0, 0.5, "open: "),
    ],
)
def test_an_outcome_has_the_words_of_the_plan(shift, spread, verdict, monkeypatch):
    patients = [f"p{i}" for i in range(12)]
    noise = np.linspace(-spread, spread, 12)
    dice = {
        "ours": dict(zip(patients, 0.5 + shift + noise, strict=True)),
        "theirs": dict.fromkeys(patients, 0.5),
    }
    monkeypatch.setattr(rules, "by_patient", lambda row, regions: dice[row])
    rows = {name: name for name in dice}
    monkeypatch.setattr(rules, "PLANNED", (("ours", "theirs", "?"),))
    (one,) = rules.planned(rows, ("ET",))
    assert one.verdict.startswith(verdict)
    assert (one.verdict == verdict) or verdict == "open: "


def test_the_planned_comparisons_are_those_of_the_plan():
    plan = (ROOT / "docs/experiment/plan.md").read_text(encoding="utf-8")
    assert "over all nine of each outcome" in " ".join(plan.split())
    assert len(set(rules.PLANNED)) == 9
    assert f"±{rules.MARGIN:.2f}".replace("0.", ".") in plan


@pytest.mark.parametrize(("methods", "limit"), [(5, 1.0), (6, 0.886), (7, 0.786)])
def test_a_rank_correlation_is_rare_where_the_tables_say(methods, limit):
    """As in Journal of the American Statistical Association 67, 578, 1972."""
    assert figures.smallest_significant(methods) == pytest.approx(limit, abs=5e-4)


def test_the_front_has_the_rows_that_none_beats_in_both():
    values, use = {"a": 1, "b": 2, "c": 3}, {"a": 0.9, "b": 0.2, "c": 0.5}
    assert figures.front(values, use) == ["a", "c"]


def test_a_rerun_is_compared_case_by_case():
    ((_, _, again, first),) = pairs()
    assert isinstance(again, Outcome)
    assert largest_difference(again, first) == 0
    first.cases[0].dice["WT"] += 0.25
    assert largest_difference(again, first) == pytest.approx(0.25)
