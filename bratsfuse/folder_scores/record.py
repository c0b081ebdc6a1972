"""What every record of folder scores says: methods, statistics, software, digests."""

import datetime
import math
import shlex
import sys
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from bratsfuse.evaluation.stamps import versions
from bratsfuse.folder_scores.methods import Methods, record_of
from bratsfuse.results import Measure
from bratsfuse.statistics import Comparison
from bratsfuse.statistics.paired import Paired


def made_by() -> dict[str, Any]:
    """Return with which software, by which command and when a record was made."""
    now = datetime.datetime.now(datetime.UTC)
    return {
        "versions": versions(),
        "command": shlex.join(["bratsfuse", *sys.argv[1:]]),
        "created": now.isoformat(timespec="seconds"),
    }


def of_methods(methods: Methods) -> dict[str, Any]:
    """Return the scores of all methods and how they compare, as JSON values."""
    return {
        "metrics": {one.key: _metric(one) for one in methods.measures},
        "methods": {
            name: {
                "place": str(method.place),
                "taken_off": list(method.affix),
                "scores": _by_region(
                    {one: asdict(score) for one, score in method.scores.items()}
                ),
            }
            for name, method in methods.by_name.items()
        },
        "differences": [_paired(one) for one in methods.paired],
        "ranking": _ranking(methods.comparison),
        "seed": methods.seed,
    }


def plain(value: float) -> float | str | None:
    """Return a number for strict JSON: undefined is null, infinity a text."""
    if math.isnan(value):
        return None
    return value if math.isfinite(value) else str(value)


def _metric(measure: Measure) -> dict[str, Any]:
    record = record_of(measure)
    return {
        "title": record.title,
        "unit": record.unit,
        "higher_is_better": record.higher_is_better,
        "undefined_when": record.undefined_when,
        "source": record.source,
    }


def _by_region(scores: Mapping[Measure, dict[str, Any]]) -> dict[str, Any]:
    """Return scores as region -> key -> score; as key -> score of whole images."""
    nested: dict[str, Any] = {}
    for measure, score in scores.items():
        place = nested.setdefault(measure.region, {}) if measure.region else nested
        place[measure.key] = score
    return nested


def _paired(row: Paired) -> dict[str, Any]:
    return {
        "first": row.first,
        "second": row.second,
        "region": row.measure.region,
        "metric": row.measure.key,
        "difference": plain(row.difference),
        "low": plain(row.low),
        "high": plain(row.high),
        "n": row.n,
        "better": row.better,
        "p": plain(row.p),
        "p_holm": plain(row.p_holm),
        "wilcoxon": plain(row.wilcoxon),
        "wilcoxon_holm": plain(row.wilcoxon_holm),
    }


def _ranking(comparison: Comparison | None) -> list[dict[str, Any]]:
    if comparison is None:
        return []
    return [
        {
            "name": one.name,
            "rank": one.by_case.rank,
            "mean_rank": one.by_case.mean_rank,
            "rank_low": one.by_case.low,
            "rank_high": one.by_case.high,
            "rank_of_means": one.by_mean.rank,
            "group": one.letters,
        }
        for one in comparison.standings
    ]
