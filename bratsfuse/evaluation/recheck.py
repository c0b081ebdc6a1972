"""Whether a submission, scored again, gives the numbers of an earlier report."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from typing import Final

from bratsfuse.evaluation.settings import Settings
from bratsfuse.report.records import Report

_RELATIVE: Final = 1e-9
"""Of two numbers that count as equal: processors add up in different orders."""

_COMPARED: Final = (
    "status",
    "submission",
    "submission_sha256",
    "data",
    "protocol",
    "coverage",
    "scores",
    "fusers",
)


def settings_of(report: Report, settings: Settings) -> Settings:
    """Return settings with the choices that an earlier report was made by."""
    return replace(
        settings,
        split=report.data.split,
        policy=report.protocol.policy,
        preset=report.protocol.preset,
        seed=report.seed,
        allow_missing=any(not part.complete for part in report.coverage.values()),
    )


def differences(earlier: Report, now: Report) -> list[str]:
    """Return a line for every number or stamp that differs; none if it is the same.

    Versions, command and time may differ: they tell how, not what.
    """
    left, right = asdict(earlier), asdict(now)
    return [
        line for name in _COMPARED for line in _differing(name, left[name], right[name])
    ]


def _differing(place: str, earlier: object, now: object) -> Iterator[str]:
    if isinstance(earlier, Mapping) and isinstance(now, Mapping):
        for name in dict.fromkeys([*earlier, *now]):
            yield from _differing(f"{place}.{name}", earlier.get(name), now.get(name))
    elif not _equal(earlier, now):
        yield f"{place}: the report says {earlier!r}, scoring again gives {now!r}"


def _equal(earlier: object, now: object) -> bool:
    if isinstance(earlier, float) and isinstance(now, float):
        return math.isclose(earlier, now, rel_tol=_RELATIVE, abs_tol=_RELATIVE)
    return earlier == now
