"""What a raw folder contains and what is wrong with it, without writing anything."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from bratsfuse.building.measuring import duplicate_issues, survey_case
from bratsfuse.building.parts import Read
from bratsfuse.building.survey import Survey
from bratsfuse.building.surveying import survey_all
from bratsfuse.issues import Issue, errors_in
from bratsfuse.progress import Progress, silent
from bratsfuse.raw.layout import Layout
from bratsfuse.records import Case
from bratsfuse.release.recipe import Recipe


@dataclass(frozen=True, slots=True)
class Inspection:
    """A raw folder in numbers.

    Attributes
    ----------
    layout
        The dataset layout that its names fit.
    cases
        Its cases, sorted by id.
    surveys
        What each case contains.
    issues
        For each case, everything wrong or odd about it, duplicates included.
    recipe
        The recipe that usable slices were counted for.
    """

    layout: Layout
    cases: tuple[Case, ...]
    surveys: tuple[Survey, ...]
    issues: tuple[tuple[Issue, ...], ...]
    recipe: Recipe

    @property
    def usable(self) -> list[Case]:
        """Return the cases that may enter a release."""
        return [
            case
            for case, issues in zip(self.cases, self.issues, strict=True)
            if not errors_in(issues)
        ]

    def slices(self, survey: Survey) -> int:
        """Return how many slices of a case may enter a release."""
        return len(survey.tumour_slices(self.recipe.min_area, self.recipe.min_gap))

    def to_json(self) -> dict[str, Any]:
        """Return everything as JSON values."""
        return {
            "layout": self.layout.name,
            "title": self.layout.title,
            "cases": len(self.cases),
            "usable_cases": len(self.usable),
            "patients": len({case.patient for case in self.usable}),
            "usable_slices": sum(
                self.slices(survey)
                for survey, issues in zip(self.surveys, self.issues, strict=True)
                if not errors_in(issues)
            ),
            "details": [
                {
                    "case_id": case.id,
                    "patient_id": case.patient,
                    "grade": case.grade.name,
                    "usable": not errors_in(issues),
                    "slices": self.slices(survey),
                    "shape": survey.shape,
                    "spacing_mm": survey.spacing_mm,
                    "modality_iou": round(survey.modality_iou, 6),
                    "sources": {
                        role: {
                            "name": source.name,
                            "dtype": source.dtype,
                            "shape": source.shape,
                            "orientation": source.orientation,
                            "sha256": source.sha256,
                        }
                        for role, source in survey.sources.items()
                    },
                    "issues": [issue.to_json() for issue in issues],
                }
                for case, survey, issues in zip(
                    self.cases, self.surveys, self.issues, strict=True
                )
            ],
        }


def inspect_cases(
    layout: Layout,
    cases: Sequence[Case],
    recipe: Recipe,
    *,
    read: Read,
    workers: int = 1,
    progress: Progress = silent,
) -> Inspection:
    """Return what the cases of a raw folder contain and what is wrong with them.

    Every file is read to its end, as a build would read it.

    Parameters
    ----------
    layout, cases
        As found by names.
    recipe
        Decides which slices count as usable and which irregularities are allowed.
    read
        Reads a case; a module-level function, because workers import it.
    workers
        Processes.
    progress
        Called after every finished case.
    """
    work = partial(_survey, recipe=recipe, read=read)
    surveys = survey_all(
        work, cases, workers, lambda done: progress("inspect", done, len(cases))
    )
    duplicates = duplicate_issues([survey for survey in surveys if survey.usable])
    issues = tuple(
        (*survey.issues, *duplicates.get(case.id, []))
        for case, survey in zip(cases, surveys, strict=True)
    )
    return Inspection(layout, tuple(cases), tuple(surveys), issues, recipe)


def _survey(case: Case, *, recipe: Recipe, read: Read) -> Survey:
    return survey_case(
        case,
        read(case),
        clip_negatives=recipe.clip_negatives,
        any_shape=recipe.any_shape,
    )
