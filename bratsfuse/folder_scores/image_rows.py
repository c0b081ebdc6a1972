"""Scores of images as rows that know their patients, for statistics."""

from collections.abc import Mapping

import numpy as np

from bratsfuse.evaluation.summary import summarise
from bratsfuse.folder_scores.patients import patients_of
from bratsfuse.folder_scores.score_table import ScoreTable
from bratsfuse.report.scores import Score
from bratsfuse.results import Measure, Results, Status


def to_results(table: ScoreTable, patients: Mapping[str, str] | None = None) -> Results:
    """Return the scores of images as a table, one row an image.

    Parameters
    ----------
    table
        The scores.
    patients
        As of `patients_of`.
    """
    names = tuple(table.rows)
    values = np.array([list(row.values()) for row in table.rows.values()], np.float64)
    status = np.where(np.isnan(values), Status.UNDEFINED, Status.SCORED)
    return Results(
        unit="case",
        ids=names,
        cases=names,
        patients=patients_of(names, patients),
        measures=tuple(Measure("fusion", "", key) for key in table.keys),
        values=values,
        status=status.astype(np.uint8),
    )


def statistics_of(table: ScoreTable, seed: int = 0) -> Mapping[str, Score]:
    """Return key -> mean, intervals, median and SD over the images of a table."""
    scores = summarise(to_results(table), policy="skip", seed=seed)
    return {measure.key: score for measure, score in scores.items()}
