"""A table of fusion scores as CSV, as JSON, and as text for a terminal."""

import csv
import io
import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Final

from bratsfuse import __version__
from bratsfuse.folder_scores.score import ScoreTable, Summary
from bratsfuse.metrics.fusion import METRICS, Convention, unit_of
from bratsfuse.place import FILE, new_result
from bratsfuse.wording import aligned

SCHEMA = 1

SCORES: Final = replace(FILE, name="table of scores")


def write_scores(table: ScoreTable, path: Path, *, overwrite: bool = False) -> None:
    """Write a table as CSV, or as JSON if the file's name ends in ``.json``.

    The file appears complete or not at all.

    Parameters
    ----------
    table
        The scores.
    path
        The file; CSV has a row for each image with full digits, ``nan`` where a metric
        is undefined. JSON adds the means, the definitions and the warnings.
    overwrite
        Replace an existing file.

    Raises
    ------
    InvalidInputError
        If the file exists, or its folder does not.
    """
    with new_result(path, SCORES, overwrite=overwrite) as new:
        text = to_json(table) if path.suffix.lower() == ".json" else to_csv(table)
        new.write_text(text, encoding="utf-8", newline="")


def to_csv(table: ScoreTable) -> str:
    """Return the table as CSV: a header, then name and scores of each image."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(["image", *table.keys])
    for name, row in table.rows.items():
        writer.writerow([name, *(repr(row[key]) for key in table.keys)])
    return stream.getvalue()


def to_json(table: ScoreTable) -> str:
    """Return the table as strict JSON: undefined is null, infinity the text "inf"."""
    content = {
        "schema": SCHEMA,
        "bratsfuse": __version__,
        "convention": table.convention,
        "luminance": table.luminance,
        "metrics": {
            key: {
                "title": METRICS[key].title,
                "unit": unit_of(key, table.convention),
                "higher_is_better": METRICS[key].higher_is_better,
                "undefined_when": METRICS[key].undefined_when,
                "source": METRICS[key].source,
            }
            for key in table.keys
            if key in METRICS
        },
        "summary": {
            key: {"mean": _plain(s.mean), "n": s.n, "n_undefined": s.n_undefined}
            for key, s in table.summary().items()
        },
        "images": [
            {"image": name, **{key: _plain(value) for key, value in row.items()}}
            for name, row in table.rows.items()
        ],
        "issues": [issue.to_json() for issue in table.issues],
    }
    return json.dumps(content, indent=1, allow_nan=False) + "\n"


def to_text(table: ScoreTable) -> str:
    """Return the means as a table for a terminal."""
    rows = [
        _cells(key, summary, table.convention)
        for key, summary in table.summary().items()
    ]
    head = ("metric", "mean", "unit", "better", "n", "undefined")
    return "\n".join(aligned([head, *rows], right={1, 4, 5}))  # the numbers


def _cells(key: str, summary: Summary, convention: Convention) -> tuple[str, ...]:
    base = key if key in METRICS else key.rpartition("_")[0]
    mean = "undefined" if math.isnan(summary.mean) else f"{summary.mean:.6g}"
    better = "higher" if METRICS[base].higher_is_better else "lower"
    counts = str(summary.n), str(summary.n_undefined)
    return key, mean, unit_of(base, convention), better, *counts


def _plain(value: float) -> float | str | None:
    if math.isnan(value):
        return None
    return value if math.isfinite(value) else str(value)
