"""The comparisons that docs/experiment/plan.md planned, and what each outcome means."""

from dataclasses import dataclass, replace

import numpy as np
from answer_scores import REGIONS, by_patient
from scipy import stats

from bratsfuse.statistics.intervals import Interval, mean_interval
from bratsfuse.statistics.significance import holm, sign_flip_test

MARGIN = 0.05
LEVEL = 0.05
OUTCOMES = {"mean of WT, TC, ET": REGIONS, "ET": ("ET",)}
POWER = stats.norm.ppf(0.975) + stats.norm.ppf(0.8)

PLANNED = (
    ("unet_alternating", "unet_none", "does guidance by segmentation help?"),
    ("unet_alternating", "unet_joint", "does bi-level coupling do more than joint?"),
    ("unet_joint", "unet_none", "does joint training help?"),
    ("unet_joint", "fusion_maximum", "does it beat a classical image?"),
    ("unet_alternating", "fusion_maximum", "does it beat a classical image?"),
    ("unet_joint", "two_channels", "is one image enough?"),
    ("unet_alternating", "two_channels", "is one image enough?"),
    ("unet_joint", "t1ce", "does it beat a single sequence?"),
    ("unet_alternating", "t1ce", "does it beat a single sequence?"),
)

DESCRIBED = (
    ("unet_joint", "fusion_ifcnn"),
    ("unet_joint", "fusion_laplacian"),
    ("unet_joint", "fusion_average"),
    ("unet_joint", "flair"),
    ("unet_joint", "four_channels"),
    ("unet_none", "fusion_maximum"),
    ("unet_none", "two_channels"),
    ("four_channels", "two_channels"),
    ("fusion_maximum", "t1ce"),
)
"""Asked for after the plan: intervals, no tests."""


@dataclass(frozen=True)
class Comparison:
    """One row less another, patient by patient."""

    ours: str
    theirs: str
    question: str
    patients: int
    mean: Interval
    narrow: Interval  # 90 %
    seen: float  # smallest difference that is seen with power .8
    p: float
    corrected: float | None = None  # by Holm, of planned comparisons

    @property
    def alike(self):
        """Whether the two are equivalent by the plan's rule."""
        return self.narrow.low > -MARGIN and self.narrow.high < MARGIN

    @property
    def different(self):
        """Whether the corrected test says so."""
        return self.corrected is not None and self.corrected < LEVEL

    @property
    def verdict(self):
        """Return the outcome in the plan's words."""
        if self.different:
            sign = "better" if self.mean.mean > 0 else "worse"
            return sign + (f", by less than {MARGIN}" if self.alike else "")
        if self.alike:
            return f"alike: less than {MARGIN} apart"
        return f"open: {self.seen:.3f} would have been seen"


def compared(found, ours, theirs, question, regions):
    """Return one comparison over the patients that both rows are tested on."""
    first = by_patient(found[ours], regions)
    second = by_patient(found[theirs], regions)
    patients = sorted(first.keys() & second.keys())
    less = np.array([first[one] - second[one] for one in patients])
    return Comparison(
        ours,
        theirs,
        question,
        len(patients),
        mean_interval(less, patients),
        mean_interval(less, patients, confidence=0.9),
        float(POWER * less.std(ddof=1) / np.sqrt(len(less))),
        float(sign_flip_test(less[:, None]).two_sided[0]),
    )


def planned(found, regions):
    """Return the planned comparisons, with Holm's p over all nine."""
    done = [compared(found, *pair, regions) for pair in PLANNED]
    corrected = holm([one.p for one in done])
    return [
        replace(one, corrected=float(p)) for one, p in zip(done, corrected, strict=True)
    ]


def described(found, regions):
    """Return the comparisons that nobody planned."""
    return [compared(found, ours, theirs, "", regions) for ours, theirs in DESCRIBED]
