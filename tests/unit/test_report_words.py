"""What a report says in words: the same in the terminal and on the page."""

from dataclasses import replace

import pytest
from reports import evaluation, refused

from bratsfuse.metrics.empty_policy import POLICIES
from bratsfuse.report import render_page, to_text
from bratsfuse.report.records import Scores
from bratsfuse.report.remarks import policy_in_words


def test_scores_of_hidden_labels_are_for_the_organiser():
    banner = "scores of hidden labels: for the organiser only."
    hidden = evaluation(cases=4, slices=8, labels="key")
    assert banner in render_page(hidden)
    assert banner in " ".join(to_text(hidden.report).split())
    assert banner not in render_page(evaluation(cases=4, slices=8))


def test_a_page_on_fusion_explains_no_masks():
    legend = "tumour, but another label"
    assert legend in render_page(evaluation(cases=3, slices=6))
    alone = evaluation(cases=3, slices=6, tracks=("fusion",))
    assert legend not in render_page(alone)


def test_one_of_a_thing_is_in_the_singular():
    found = evaluation(cases=1, slices=1)
    for told in (render_page(found), to_text(found.report)):
        assert "1 slice set of 1 case, 1 patient" in told
        assert "expected 1 slice set = submitted 1 + missing 0; 1 of 1 case" in told
    report = refused().report
    one = replace(report, issues=report.issues[:1])
    assert "nothing was scored; 1 problem:" in to_text(one)


def test_a_label_that_few_releases_have_is_explained():
    found = evaluation(cases=3, slices=6)
    assert "paediatric" not in render_page(found)
    protocol = replace(found.report.protocol, regions={"WT": (1, 2, 3, 5)})
    report = replace(found.report, protocol=protocol)
    page = render_page(replace(found, report=report))
    assert "WT 1+2+3+5; 5 is the cystic component (CC), paediatric since 2024" in page


@pytest.mark.parametrize("policy", POLICIES)
def test_values_that_a_policy_leaves_out_are_counted(policy):
    whole = evaluation(cases=12, slices=40, missing=3)
    protocol = replace(whole.report.protocol, policy=policy)
    told = policy_in_words(replace(whole.report, protocol=protocol))
    assert told.startswith(POLICIES[policy].meaning)
    assert "values that it gave in cases: ET 1;" in told
    assert "values left undefined in cases: WT 1 TC 1 ET 1;" in told
    assert "values left undefined in slices: WT 1 TC 1 ET 1" in told
    untouched = replace(whole.report, scores=Scores())
    assert policy_in_words(untouched).endswith("it touched no value")
