"""What a reader must know before the numbers, in the terminal and on the page."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from bratsfuse.issues import Severity
from bratsfuse.metrics.empty_policy import POLICIES
from bratsfuse.report.records import Coverage, Report
from bratsfuse.report.scores import Score
from bratsfuse.wording import counted, some

FEW_PATIENTS: Final = 20
"""With fewer, intervals come out too narrow, by whatever method."""

HD95_MEANING: Final = "2D slice HD95, surfel; not comparable with 3D HD95"

PER_SLICE_MEANING: Final = (
    "Secondary: a mean over slices counts small slices like large ones and rewards "
    "empty predictions of empty slices, so it can reverse a ranking; do not compare "
    "it with means over cases."
)


@dataclass(frozen=True, slots=True)
class Remark:
    """A sentence to a reader, and how much it matters.

    Attributes
    ----------
    kind
        ``bad`` if the scores cannot be taken at face value, else ``warning``.
    text
        What it is, and what follows.
    """

    kind: Literal["bad", "warning"]
    text: str


def remarks(report: Report) -> tuple[Remark, ...]:
    """Return what limits the meaning of a scored report, the gravest first."""
    found = [
        *_about_data(report),
        *_about_coverage(report),
        *_about_patients(report),
        *_about_seen_patients(report),
    ]
    count = sum(issue.severity is not Severity.NOTE for issue in report.issues)
    if count:
        told = (
            f"{counted(count, 'problem')} found in the submission; see the list below."
        )
        found.append(Remark("warning", told))
    return tuple(sorted(found, key=lambda remark: remark.kind != "bad"))


def accounting(coverage: Coverage) -> str:
    """Return where every expected slice set went, in one line.

    Examples
    --------
    >>> accounting(Coverage(expected=9, scored=8, missing=1, cases=3, cases_complete=2))
    'expected 9 slice sets = submitted 8 + missing 1; 2 of 3 cases complete'
    """
    return (
        f"expected {counted(coverage.expected, 'slice set')} = submitted "
        f"{coverage.scored} + missing {coverage.missing}; {coverage.cases_complete} of "
        f"{counted(coverage.cases, 'case')} complete"
    )


def policy_in_words(report: Report) -> str:
    """Return what the empty-mask policy does, and how many values it touched.

    Of each region, the metric that it touched most often is named; the slices are
    beside the cases, since a value left out of a slice is in no count of cases.
    """
    policy = report.protocol.policy
    known = POLICIES.get(policy)
    meaning = known.meaning if known else "see the protocol"
    told = [
        f"{what} in {unit}: {counts}"
        for what, count in (
            ("values that it gave", lambda score: score.n_policy),
            ("values left undefined", lambda score: score.n_undefined),
        )
        for unit, scores in (
            ("cases", report.scores.segmentation),
            ("slices", report.scores.segmentation_per_slice),
        )
        if (counts := _most_by_region(scores, count))
    ]
    return f"{meaning}; {'; '.join(told) or 'it touched no value'}"


def every_score(report: Report) -> Iterator[Score]:
    """Yield every headline score of a report."""
    for scores in report.scores.segmentation.values():
        yield from scores.values()
    yield from report.scores.fusion.values()


def _most_by_region(
    by_region: Mapping[str, Mapping[str, Score]], count: Callable[[Score], int]
) -> str:
    """Return the largest count of each region that has one above zero, in words."""
    most = {
        region: max(map(count, scores.values()), default=0)
        for region, scores in by_region.items()
    }
    return " ".join(f"{region} {n}" for region, n in most.items() if n)


def _about_data(report: Report) -> Iterator[Remark]:
    if report.data.synthetic:
        yield Remark(
            "bad",
            "Synthetic data: the cases are phantoms made of noise. The numbers show "
            "that the software works; they say nothing about patients.",
        )
    if report.data.labels == "key":
        yield Remark(
            "bad",
            "Contains per-slice and per-case scores of hidden labels: for the "
            "organiser only. There are no pictures, which would leak the masks.",
        )


def _about_coverage(report: Report) -> Iterator[Remark]:
    gone = [
        f"{coverage.missing} of {counted(coverage.expected, 'slice set')} in {track}"
        for track, coverage in report.coverage.items()
        if not coverage.complete
    ]
    if gone:
        yield Remark(
            "bad",
            f"Incomplete, so not ranked: {', '.join(gone)} missing; what is missing "
            "counts as the worst value of each metric that has one.",
        )


def _about_patients(report: Report) -> Iterator[Remark]:
    patients = report.data.patients
    if patients < 2:
        yield Remark("warning", "One patient: there is no interval, and no conclusion.")
    elif patients < FEW_PATIENTS:
        yield Remark(
            "warning",
            f"Only {patients} patients: the intervals are rough, and narrower than "
            "they should be.",
        )
    gone = sum(score.mean is None for score in every_score(report))
    if gone:
        found = f"{counted(gone, 'measure')} {'has' if gone == 1 else 'have'}"
        yield Remark("warning", f"{found} no value at all, and so no mean.")


def _about_seen_patients(report: Report) -> Iterator[Remark]:
    """Yield what a network has learned from the patients that it is scored on."""
    seen = report.submission.seen_patients
    if report.unseen is not None:
        rest = report.unseen.segmentation or report.unseen.fusion
        told = f"The method has learned from {_named(seen, report)}"
        yield Remark(
            "bad",
            f"{told}; report.json has the scores without them (unseen)."
            if rest
            else f"{told}: all of the split. The scores say nothing about others.",
        )
    reference = report.reference_segmenter
    if reference is not None and reference.seen_patients:
        named = _named(reference.seen_patients, report)
        yield Remark(
            "warning",
            f"The reference segmenter has learned from {named}; read its scores "
            "without them.",
        )
    if reference is not None and not reference.is_certain:
        yield Remark(
            "warning",
            "The names of the patients cannot say whether the reference segmenter has "
            "learned from them: build the release with the name mapping of its year.",
        )


def _named(patients: Sequence[str], report: Report) -> str:
    count = f"{len(patients)} of the {report.data.patients} scored patients"
    return f"{count} ({some(patients)})"
