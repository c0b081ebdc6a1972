"""Scores of masks as CSV: a line for each value, and one for each lesion."""

import math

from bratsfuse.folder_scores.masks import MaskScores
from bratsfuse.folder_scores.methods import Methods
from bratsfuse.results import Status
from bratsfuse.wording import csv_text

_LESION_HEAD = (
    "method",
    "case_id",
    "patient_id",
    "region",
    "lesion",
    "status",
    "reference_size",
    "predicted_size",
    "unit",
    "dice",
    "hd95",
)


def cases_to_csv(methods: Methods) -> str:
    """Return every value in long form, with full digits and how it came about."""
    rows = []
    for name, method in methods.by_name.items():
        table = method.table
        for row, (case, patient) in enumerate(
            zip(table.ids, table.patients, strict=True)
        ):
            for measure, value, status in zip(
                table.measures,
                table.values[row].tolist(),
                table.status[row].tolist(),
                strict=True,
            ):
                place = (name, case, patient, measure.region, measure.key)
                how = Status(status).name.lower()
                rows.append((*place, "" if math.isnan(value) else repr(value), how))
    head = ("method", "case_id", "patient_id", "region", "metric", "value", "status")
    return csv_text([head, *rows])


def lesions_to_csv(scores: MaskScores) -> str:
    """Return every lesion of the references and every false positive, a line each.

    ``tp`` and ``fn`` are the lesions that count, ``fp`` what was predicted without one;
    sizes are in mm3, in a slice in mm2.
    """
    table = scores.methods.first
    patients = dict(zip(table.ids, table.patients, strict=True))
    rows = [
        (
            name,
            case.case,
            patients[case.case],
            lesion.region,
            lesion.number,
            lesion.status,
            repr(lesion.reference_size),
            repr(lesion.predicted_size),
            "mm3" if case.ndim == 3 else "mm2",
            repr(lesion.dice),
            repr(lesion.hd95),
        )
        for name in scores.methods.by_name
        for case in scores.cases
        for lesion in case.methods[name].lesions
    ]
    return csv_text([_LESION_HEAD, *rows])


def challenge_to_csv(scores: MaskScores) -> str:
    """Return what the challenge's evaluator prints of every case, in long form.

    A case without a prediction is scored with an empty one, and has status
    ``missing``. Infinite values are ``inf``, undefined ones are empty and have status
    ``undefined``; all others are ``scored``.
    """
    table = scores.methods.first
    patients = dict(zip(table.ids, table.patients, strict=True))
    rows = [
        (
            name,
            case.case,
            patients[case.case],
            group,
            key,
            "" if math.isnan(value) else repr(value),
            _status(value, missing=case.methods[name].is_missing),
        )
        for name in scores.methods.by_name
        for case in scores.cases
        for group, values in case.methods[name].challenge.items()
        for key, value in values.items()
    ]
    head = ("method", "case_id", "patient_id", "group", "score", "value", "status")
    return csv_text([head, *rows])


def _status(value: float, *, missing: bool) -> str:
    if math.isnan(value):
        return Status.UNDEFINED.name.lower()
    return (Status.MISSING if missing else Status.SCORED).name.lower()
