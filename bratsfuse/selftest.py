"""Prove on this computer that the metrics give their golden values.

Every chapter of metrics brings its vectors and yields a `Check` for each value. The
vectors are packaged with bratsfuse, so an installed copy can be tested anywhere.
"""

import json
import math
import platform
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import resources
from importlib.metadata import version
from typing import Any

import numpy as np
import numpy.typing as npt

from bratsfuse import __version__

LIBRARIES = ("numpy", "scipy", "numba")


@dataclass(frozen=True, slots=True)
class Check:
    """One value beside the golden one.

    Attributes
    ----------
    chapter, case, key
        Which metrics, which images, which metric.
    expected, found
        The golden value and the one computed here.
    tolerance
        The largest difference that is accepted.
    """

    chapter: str
    case: str
    key: str
    expected: float
    found: float
    tolerance: float

    @property
    def difference(self) -> float:
        """How far the value is off; 0 where both are undefined, else inf."""
        if math.isnan(self.expected) or math.isnan(self.found):
            both = math.isnan(self.expected) and math.isnan(self.found)
            return 0.0 if both else math.inf
        if self.expected == self.found:  # also where both are infinite
            return 0.0
        return abs(self.expected - self.found)

    @property
    def passed(self) -> bool:
        """Whether the value is close enough."""
        return self.difference <= self.tolerance


@dataclass(frozen=True, slots=True)
class Agreement:
    """One metric over all of its checks."""

    chapter: str
    key: str
    checks: int
    largest_difference: float
    tolerance: float
    passed: bool


def selftest() -> list[Check]:
    """Return every check of every chapter, in order."""
    return [check for chapter in CHAPTERS for check in chapter()]


def fusion_checks() -> Iterator[Check]:
    """Yield every fusion metric on a brain slice and on a photograph."""
    from bratsfuse.metrics import fusion

    values, arrays = read_golden("fusion")
    for case, expected in values["values"].items():
        sources = np.stack([arrays[f"{case}__A"], arrays[f"{case}__B"]])
        found = fusion.evaluate(sources, arrays[f"{case}__F"], list(expected))
        for key, value in expected.items():
            yield Check("fusion", case, key, value, found[key], values["tolerance"])


def segmentation_checks() -> Iterator[Check]:
    """Yield every segmentation metric on slices and on small volumes."""
    from bratsfuse.metrics import segmentation

    values, arrays = read_golden("segmentation")
    for case, expected in values["values"].items():
        found = segmentation.evaluate(
            arrays[f"{case}__reference"],
            arrays[f"{case}__prediction"],
            values["spacing_mm"][case],
            {"mask": {1}},
            metrics=list(expected),
        )["mask"]
        for key, value in expected.items():
            golden = math.nan if value is None else float(value)
            tolerance = values["tolerance"][segmentation.METRICS[key].unit]
            yield Check("segmentation", case, key, golden, found[key], tolerance)


CHAPTERS: tuple[Callable[[], Iterator[Check]], ...] = (
    fusion_checks,
    segmentation_checks,
)
"""What `selftest` runs. A new chapter is a generator of checks and a line here."""


def read_golden(name: str) -> tuple[dict[str, Any], dict[str, npt.NDArray[Any]]]:
    """Return the values and the arrays of a packaged golden file."""
    folder = resources.files("bratsfuse.metrics.golden")
    values = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
    with (folder / f"{name}.npz").open("rb") as file, np.load(file) as arrays:
        return values, {key: arrays[key] for key in arrays.files}


def agreements(checks: list[Check]) -> list[Agreement]:
    """Return the worst agreement of each metric, in the order of the checks."""
    groups: dict[tuple[str, str], list[Check]] = {}
    for check in checks:
        groups.setdefault((check.chapter, check.key), []).append(check)
    return [
        Agreement(
            chapter,
            key,
            len(same),
            max(check.difference for check in same),
            max(check.tolerance for check in same),
            all(check.passed for check in same),
        )
        for (chapter, key), same in groups.items()
    ]


def versions() -> dict[str, str]:
    """Return the versions that the values depend on."""
    own = {"bratsfuse": __version__, "python": platform.python_version()}
    return own | {library: version(library) for library in LIBRARIES}


def to_text(checks: list[Check]) -> str:
    """Return the agreement of each metric, the versions and the verdict as lines."""
    lines = [
        f"{a.chapter:<12}  {a.key:<14} {'agrees' if a.passed else 'DIFFERS'}  "
        f"largest difference {a.largest_difference:.1e}  (accepted {a.tolerance:.0e}, "
        f"{a.checks} values)"
        for a in agreements(checks)
    ]
    lines.append(", ".join(f"{name} {number}" for name, number in versions().items()))
    failed = sum(not check.passed for check in checks)
    lines.append(
        f"{failed} of {len(checks)} values differ: report it with these lines"
        if failed
        else f"all {len(checks)} values agree"
    )
    return "\n".join(lines)
