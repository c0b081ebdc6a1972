"""Tables of fusion scores as CSV, as JSON, and as text for a terminal."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from bratsfuse import __version__
from bratsfuse.folder_scores.columns import is_plain, metric_of, unit_of_column
from bratsfuse.folder_scores.image_rows import statistics_of
from bratsfuse.folder_scores.score_table import ScoreTable, Summary
from bratsfuse.issues import Issue, lines_of
from bratsfuse.metrics.fusion import Convention
from bratsfuse.place import FILE, new_result
from bratsfuse.report.scores import Score
from bratsfuse.terminal.tables import aligned
from bratsfuse.wording import csv_text

SCHEMA = 1

SCORES: Final = replace(FILE, name="table of scores")


def write_scores(
    table: ScoreTable | Mapping[str, ScoreTable],
    path: Path,
    *,
    overwrite: bool = False,
) -> None:
    """Write a table as CSV, or as JSON if the file's name ends in ``.json``.

    The file appears complete or not at all.

    Parameters
    ----------
    table
        The scores; of several methods, by their names.
    path
        The file; CSV has a row for each image with full digits, ``nan`` where a metric
        is undefined, and a first column ``method`` if there are several. JSON adds the
        means with intervals and SD, sources, definitions and warnings.
    overwrite
        Replace an existing file.

    Raises
    ------
    InvalidInputError
        If the file exists, or its folder does not.
    """
    with new_result(path, SCORES, overwrite=overwrite) as new:
        as_json = path.suffix.lower() == ".json"
        if isinstance(table, ScoreTable):
            text = to_json(table) if as_json else to_csv(table)
        else:
            text = methods_to_json(table) if as_json else methods_to_csv(table)
        new.write_text(text, encoding="utf-8", newline="")


def to_csv(table: ScoreTable) -> str:
    """Return the table as CSV: a header, then name and scores of each image."""
    rows = (
        [name, *(repr(row[key]) for key in table.keys)]
        for name, row in table.rows.items()
    )
    return csv_text([["image", *table.keys], *rows])


def methods_to_csv(tables: Mapping[str, ScoreTable]) -> str:
    """Return the tables of several methods as one, the method in the first column."""
    rows = (
        [method, name, *(repr(row[key]) for key in table.keys)]
        for method, table in tables.items()
        for name, row in table.rows.items()
    )
    head = ["method", "image", *next(iter(tables.values())).keys]
    return csv_text([head, *rows])


def to_json(table: ScoreTable) -> str:
    """Return the table as strict JSON: undefined is null, infinity the text "inf"."""
    return _as_text({**_head(table), **_scores(table), **_issues(table)})


def methods_to_json(tables: Mapping[str, ScoreTable]) -> str:
    """Return the tables of several methods as strict JSON."""
    first = next(iter(tables.values()))
    head = _head(first)
    del head["fused"]
    methods = {
        name: {"fused": str(table.fused), **_scores(table)}
        for name, table in tables.items()
    }
    return _as_text({**head, "methods": methods, **_issues(first)})


def _as_text(content: Mapping[str, Any]) -> str:
    return json.dumps(content, indent=1, allow_nan=False) + "\n"


def _head(table: ScoreTable) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "bratsfuse": __version__,
        "convention": table.convention,
        "fused": str(table.fused),
        "sources": [str(source) for source in table.sources],
        "reference": None if table.reference is None else str(table.reference),
        "luminance": table.luminance,
        "colour": None if table.colour is None else str(table.colour),
        "per_source": list(table.per_source),
        "metrics": {
            key: _definition(key, table.convention)
            for key in table.keys
            if is_plain(key)
        },
    }


def _definition(key: str, convention: Convention) -> dict[str, Any]:
    record, _ = metric_of(key)
    return {
        "title": record.title,
        "unit": unit_of_column(key, convention),
        "higher_is_better": record.higher_is_better,
        "undefined_when": record.undefined_when,
        "source": record.source,
    }


def _scores(table: ScoreTable) -> dict[str, Any]:
    spread = statistics_of(table)
    return {
        "summary": {
            key: {
                "mean": _plain(one.mean),
                "low": spread[key].low,
                "high": spread[key].high,
                "t_low": spread[key].t_low,
                "t_high": spread[key].t_high,
                "median": spread[key].median,
                "sd": spread[key].sd,
                "n": one.n,
                "n_undefined": one.n_undefined,
            }
            for key, one in table.summary().items()
        },
        "images": [
            {"image": name, **{key: _plain(value) for key, value in row.items()}}
            for name, row in table.rows.items()
        ],
    }


def _issues(table: ScoreTable) -> dict[str, Any]:
    return {"issues": [issue.to_json() for issue in table.issues]}


def to_text(table: ScoreTable) -> str:
    """Return means, intervals and SD as a table for a terminal."""
    spread = statistics_of(table)
    rows = [
        _cells(key, summary, spread[key], table.convention)
        for key, summary in table.summary().items()
    ]
    head = ("metric", "mean", "95 % interval", "SD", "unit", "better", "n", "undefined")
    return "\n".join(aligned([head, *rows], right={1, 2, 3, 6, 7}))  # the numbers


def _cells(
    key: str, summary: Summary, spread: Score, convention: Convention
) -> tuple[str, ...]:
    mean = "undefined" if math.isnan(summary.mean) else f"{summary.mean:.6g}"
    ends = "-"
    if spread.low is not None and spread.high is not None:
        ends = f"[{spread.low:.4g}, {spread.high:.4g}]"
    sd = "-" if spread.sd is None else f"{spread.sd:.4g}"
    better = "higher" if metric_of(key)[0].higher_is_better else "lower"
    counts = str(summary.n), str(summary.n_undefined)
    return key, mean, ends, sd, unit_of_column(key, convention), better, *counts


def warnings_in(issues: Sequence[Issue]) -> list[str]:
    """Return warnings and notes as lines, equal ones counted.

    A thousand JPEG files give one line, not a thousand.
    """
    return lines_of(issues, most=1)


def _plain(value: float) -> float | str | None:
    if math.isnan(value):
        return None
    return value if math.isfinite(value) else str(value)
