"""The page of a report: one HTML file with everything in it."""

from collections.abc import Mapping
from typing import Any, Final

from bratsfuse.anatomy import Label
from bratsfuse.issues import Severity, folded
from bratsfuse.metrics import METRICS
from bratsfuse.pages import environment
from bratsfuse.pages.numbers import digits
from bratsfuse.report.counts import ACCOUNT, COUNTS, all_scored, counts_of, telling
from bratsfuse.report.drawing.slices import strips
from bratsfuse.report.figures import Plate, draw
from bratsfuse.report.headline import keys_of
from bratsfuse.report.records import Evaluation, Report
from bratsfuse.report.remarks import (
    HD95_MEANING,
    PER_SLICE_MEANING,
    accounting,
    policy_in_words,
    remarks,
)
from bratsfuse.report.slice_pages import ADDRESS, address_of
from bratsfuse.report.text import range_of
from bratsfuse.report.words import (
    REFERENCE_MEANING,
    extent,
    floor_in_words,
    labels_in_words,
    sampled,
    seeds_in_words,
)

_BADGES: Final = {
    Severity.ERROR: "bad",
    Severity.WARNING: "warning",
    Severity.NOTE: "plain",
}


def render_page(evaluation: Evaluation, plates: tuple[Plate, ...] | None = None) -> str:
    """Return the page of a report, or of a refusal, as HTML.

    Parameters
    ----------
    evaluation
        What scoring found.
    plates
        Its figures, if they are drawn already.
    """
    report = evaluation.report
    pages = environment("bratsfuse.report")
    if report.status == "refused":
        template = pages.get_template("refusal.html")
        return template.render(
            report=report,
            issues=folded(report.issues),
            badges=_BADGES,
            facts=_provenance(report),
        )
    by_region = report.scores.segmentation.values()
    rows = [score for scores in by_region for score in scores.values()]
    return pages.get_template("report.html").render(
        report=report,
        issues=folded(report.issues),
        badges=_BADGES,
        facts=_provenance(report),
        protocol=_protocol(report),
        remarks=remarks(report),
        accounting=accounting,
        account=ACCOUNT,
        counts=COUNTS,
        fusion_counts={name: COUNTS[name] for name in COUNTS if name != "policy"},
        counts_of=counts_of,
        telling=telling,
        all_scored=all_scored,
        segmentation_scores=rows,
        segmentation_counts=telling(rows, COUNTS),
        policy=policy_in_words(report),
        extent=extent(report.data),
        sampled=sampled(report.data),
        metrics=METRICS,
        digits=digits,
        range_of=range_of,
        headline=keys_of(evaluation),
        hd95_meaning=HD95_MEANING,
        per_slice_meaning=PER_SLICE_MEANING,
        plates=draw(evaluation) if plates is None else plates,
        strips=strips(evaluation),
        slices=evaluation.slices and evaluation.slices.crops,
        address_of=address_of,
        slices_address=ADDRESS,
        cases=_cases(evaluation),
        reference_meaning=REFERENCE_MEANING,
        seeds=seeds_in_words(report.downstream) if report.downstream else "",
        floor=floor_in_words(report.downstream) if report.downstream else "",
    )


def _cases(evaluation: Evaluation) -> list[dict[str, Any]]:
    """Return every case with its headline values, one per region and metric."""
    table = evaluation.per_case
    if table is None:
        return []
    keys = keys_of(evaluation)
    wanted = [
        (place, digits(METRICS["segmentation"][measure.key]))
        for place, measure in enumerate(table.measures)
        if measure.track == "segmentation" and measure.key in keys
    ]
    wanted.sort(key=lambda pair: keys.index(table.measures[pair[0]].key))
    return [
        {
            "id": id_,
            "patient": table.patients[row],
            "values": [(float(table.values[row, p]), d) for p, d in wanted],
        }
        for row, id_ in enumerate(table.ids)
    ]


def _provenance(report: Report) -> list[tuple[str, str]]:
    data = report.data
    facts = {
        "Data": data.source,
        "Release fingerprint": data.fingerprint,
        "Split": f"{data.split}: {extent(data)}",
        "Split digest": data.split_sha256,
        "Masks": labels_in_words(data),
        "Submission digest": report.submission_sha256,
        "Seed": str(report.seed),
        "Versions": _listed(report.versions),
        "Command": report.command,
        "Created": report.created,
    }
    digests = {f"Digest of {name}": digest for name, digest in report.files.items()}
    return list((facts | digests).items())


def _protocol(report: Report) -> list[tuple[str, str]]:
    protocol = report.protocol
    regions = _listed(
        {name: "+".join(map(str, labels)) for name, labels in protocol.regions.items()}
    )
    if any(Label.CC in labels for labels in protocol.regions.values()):
        regions += f"; {int(Label.CC)} is the {Label.CC.meaning}"
    return [
        ("Protocol version", str(protocol.version)),
        ("Empty-mask policy", protocol.policy),
        ("Lesion-wise preset", protocol.preset),
        ("Regions (labels)", regions),
        ("Segmentation metrics", " ".join(protocol.segmentation)),
        ("Fusion metrics", " ".join(protocol.fusion)),
        ("Fusion is compared with", " + ".join(protocol.sources)),
    ]


def _listed(pairs: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {text}" for name, text in pairs.items())
