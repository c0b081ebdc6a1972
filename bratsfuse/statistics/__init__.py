"""Honest statistics of scores: intervals, rankings and what they can tell apart.

`bratsfuse.statistics.intervals` gives a mean its interval, and
`bratsfuse.statistics.comparison` ranks submissions. The patient is the unit throughout:
slices and cases of one patient resemble each other, so they are resampled and flipped
together. ``docs/statistics.md`` explains every number to a reader of a report.
"""
