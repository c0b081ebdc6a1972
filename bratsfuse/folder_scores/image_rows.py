"""Scores of images as rows that know their patients, for statistics."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from bratsfuse.builders import BUILDERS
from bratsfuse.evaluation.summary import summarise
from bratsfuse.folder_scores.score import ScoreTable
from bratsfuse.raw.layout import Layout
from bratsfuse.raw.patients import patient_key
from bratsfuse.report.scores import Score
from bratsfuse.results import Measure, Results, Status

_SLICE: Final = re.compile(r"(.+)_z\d+")
"""Name of a slice, ``<case id>_z077``; slices of a case are of one patient."""


def to_results(table: ScoreTable) -> Results:
    """Return the scores of images as a table, one row an image.

    The patient of an image is read from its name, as a slice id or a case id of any
    dataset layout; an image with another name is a patient of its own.
    """
    layouts = [layout for _, layout in BUILDERS.usable()]
    names = tuple(table.rows)
    values = np.array([list(row.values()) for row in table.rows.values()], np.float64)
    status = np.where(np.isnan(values), Status.UNDEFINED, Status.SCORED)
    return Results(
        unit="case",
        ids=names,
        cases=names,
        patients=tuple(_patient(name, layouts) for name in names),
        measures=tuple(Measure("fusion", "", key) for key in table.keys),
        values=values,
        status=status.astype(np.uint8),
    )


def _patient(name: str, layouts: Sequence[Layout]) -> str:
    match = _SLICE.fullmatch(name)
    return patient_key(match[1] if match else name, layouts)


def statistics_of(table: ScoreTable, seed: int = 0) -> Mapping[str, Score]:
    """Return key -> mean, intervals, median and SD over the images of a table."""
    scores = summarise(to_results(table), policy="skip", seed=seed)
    return {measure.key: score for measure, score in scores.items()}
