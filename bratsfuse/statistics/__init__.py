"""Honest statistics of scores: intervals, rankings and what they can distinguish.

The patient is the unit throughout: slices and cases of one patient resemble each other,
so they are resampled and flipped together. ``docs/statistics.md`` explains every number
to a reader of a report. Read it in this order:

- `intervals`: a mean and how far it could be off;
- `significance`: whether a difference could be chance;
- `ranking`, `stability`: ranks by two schemes, and how they would scatter;
- `paired`: two methods case by case, measure by measure;
- `comparison`: all of it for several submissions, as the records of `records`;
- `letters`: who cannot be distinguished, as letters.
"""

from typing import TYPE_CHECKING

import lazy_loader

if TYPE_CHECKING:
    from bratsfuse.statistics._tables import Criterion as Criterion
    from bratsfuse.statistics.comparison import compare as compare
    from bratsfuse.statistics.intervals import Interval as Interval
    from bratsfuse.statistics.intervals import mean_interval as mean_interval
    from bratsfuse.statistics.intervals import mean_intervals as mean_intervals
    from bratsfuse.statistics.paired import Paired as Paired
    from bratsfuse.statistics.paired import paired_differences as paired_differences
    from bratsfuse.statistics.records import Comparison as Comparison
    from bratsfuse.statistics.significance import holm as holm
    from bratsfuse.statistics.significance import sign_flip_test as sign_flip_test
    from bratsfuse.statistics.significance import wilcoxon_test as wilcoxon_test

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "_tables": ["Criterion"],
        "comparison": ["compare"],
        "intervals": ["Interval", "mean_interval", "mean_intervals"],
        "paired": ["Paired", "paired_differences"],
        "records": ["Comparison"],
        "significance": ["holm", "sign_flip_test", "wilcoxon_test"],
    },
)
