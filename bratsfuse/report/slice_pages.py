"""The page beside a report that shows every scored slice."""

import math
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import quote

from bratsfuse import records
from bratsfuse.metrics import METRICS
from bratsfuse.pages.viewer import (
    INDEX_NAME,
    RECORD_NAME,
    Group,
    Numbers,
    render_viewer,
)
from bratsfuse.report.drawn import SliceFolder
from bratsfuse.report.records import Evaluation
from bratsfuse.results import Results
from bratsfuse.wording import counted

SLICES_NAME: Final = "slices"

ADDRESS: Final = f"figures/{SLICES_NAME}/{INDEX_NAME}"
"""Of the page, from that of the report."""


def address_of(name: str) -> str:
    """Return where the page shows a slice, or the first slice of a case."""
    return f"{ADDRESS}#{quote(name, safe='')}"


def write_slices(evaluation: Evaluation, shown: SliceFolder, folder: Path) -> None:
    """Write the crops of an evaluation and their page into a new folder."""
    shutil.copytree(shown.folder, folder)
    (folder / RECORD_NAME).write_text(records.to_json(shown.crops), encoding="utf-8")
    (folder / INDEX_NAME).write_text(_page(evaluation, shown), encoding="utf-8")


def _page(evaluation: Evaluation, shown: SliceFolder) -> str:
    report, crops = evaluation.report, shown.crops
    sources = [image.title for image in crops.images if image.role == "source"]
    others = [image.title for image in crops.images if image.role == "product"]
    lede = f"{counted(len(crops.slices), 'slice')}: {', '.join(sources)}"
    lede += f", {report.submission.name}" if "fusion" in report.coverage else ""
    lede += f", beside the release's {', '.join(others)}" if others else ""
    table = evaluation.per_slice
    return render_viewer(
        crops,
        title=report.submission.name,
        kicker=f"Slices of a report: {report.data.source}, {report.data.split}",
        lede=f"{lede}.",
        groups=[Group(title="case", values=[crop.case for crop in crops.slices])],
        numbers=[] if table is None else list(_numbers(table)),
        synthetic=report.data.synthetic,
        back=("../../report.html", "Report"),
        version=report.versions.get("bratsfuse", ""),
    )


def _numbers(table: Results) -> Iterator[Numbers]:
    """Yield the headline measures of every slice."""
    for place, measure in enumerate(table.measures):
        metric = METRICS[measure.track][measure.key]
        if metric.headline:
            values = table.values[:, place].tolist()
            yield Numbers(
                title=f"{measure.region} {metric.title}".strip().replace("^", " "),
                unit=metric.unit.replace("grey level", "grey"),
                values=[value if math.isfinite(value) else None for value in values],
                higher_is_better=metric.higher_is_better,
            )
