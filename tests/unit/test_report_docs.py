"""``docs/evaluating.md`` names every option, file, column and policy that there is."""

import re
from pathlib import Path

import pytest

from bratsfuse.cli.evaluate import command
from bratsfuse.metrics.empty_policy import POLICIES
from bratsfuse.metrics.segmentation import DEFAULT_PRESET, METRICS
from bratsfuse.report import write
from bratsfuse.report.counts import ACCOUNT, COUNTS

DOCUMENT = Path(__file__).parents[2] / "docs" / "evaluating.md"
TEXT = DOCUMENT.read_text(encoding="utf-8")


def first_cells(heading):
    """Return the first cell of each row of the table below a heading."""
    below = TEXT[TEXT.index(f"| {heading} |") :].split("\n\n")[0]
    return [line.split(" | ")[0].strip("| ") for line in below.splitlines()[2:]]


def test_every_option_is_told():
    options = {
        name for one in command.params for name in one.opts if name.startswith("--")
    }
    told = re.findall(r"--[a-z-]+", " ".join(first_cells("option")))
    assert sorted(told) == sorted(options)
    assert f"`{DEFAULT_PRESET}`, the default" in TEXT


def test_every_file_column_and_policy_is_told():
    files = " ".join(first_cells("in REPORT")).replace("`", "").replace(",", "")
    assert {name.strip("/") for name in files.split()} == set(write.OURS)
    assert first_cells("column") == list(COUNTS)
    assert ACCOUNT in TEXT
    assert [cell.strip("`") for cell in first_cells("`--policy`")] == list(POLICIES)
    for meaning in COUNTS.values():
        assert meaning in TEXT


POOLED = {
    "pixel counts": "one ratio of pixel counts that are summed over the slices",
    "slice mean": "the mean over those slices in which reference or prediction has the",
    "lesion counts": "counted over all slices",
    "lesion mean": "the mean over all lesions, true-positive, false-negative or",
}


@pytest.mark.parametrize("pooled", POOLED)
def test_how_each_metric_is_pooled_is_told(pooled):
    row = next(line for line in TEXT.splitlines() if POOLED[pooled] in line)
    told = re.findall(r"`(\w+)`", row)
    assert told
    for key in told:
        metric = METRICS[key]
        counts = metric.pooling == "counts"
        assert pooled == (metric.shared if counts else metric.pooling)


def test_every_family_is_told():
    cells = " ".join(first_cells("metrics"))
    assert {METRICS[key].family for key in re.findall(r"`(\w+)`", cells)} == {
        metric.family for metric in METRICS.values()
    }


def test_links_lead_somewhere():
    for target in re.findall(r"\]\(([^)#]+)\)", TEXT):
        assert (DOCUMENT.parent / target).is_file(), target
    heads = [head.lower().replace(" ", "-") for head in re.findall(r"#+ (.*)", TEXT)]
    for anchor in re.findall(r"\]\(#([^)]+)\)", TEXT):
        assert anchor in heads
