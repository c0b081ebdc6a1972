"""Fusion metrics of one or several methods on the same sources, with statistics."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bratsfuse.errors import InvalidInputError
from bratsfuse.folder_scores.columns import check_colour
from bratsfuse.folder_scores.image_rows import to_results
from bratsfuse.folder_scores.methods import Methods, compare_methods
from bratsfuse.folder_scores.score import (
    UnscorableError,
    check_choices,
    named_sources,
    score_images,
)
from bratsfuse.folder_scores.score_table import ScoreTable
from bratsfuse.folder_scores.survey import FusedJob, doubts, survey
from bratsfuse.issues import Issue, errors_in, warning
from bratsfuse.luminance import Luminance
from bratsfuse.metrics.fusion import Convention
from bratsfuse.progress import Progress, silent


@dataclass(frozen=True, slots=True, kw_only=True)
class FusedScores:
    """What scoring folders of fused images found.

    Attributes
    ----------
    tables
        Method -> the scores of its images; all have the same images.
    methods
        The same with intervals, SD and, of several, their comparison.
    issues
        What the reader should know, each once.
    """

    tables: Mapping[str, ScoreTable]
    methods: Methods
    issues: tuple[Issue, ...]


def score_fused(
    fused: Mapping[str, Path],
    sources: Sequence[Path],
    reference: Path | None = None,
    *,
    metrics: str | Sequence[str] | None = None,
    convention: Convention = "bratsfuse",
    luminance: Luminance = "pillow",
    brain: bool = False,
    per_source: bool = False,
    colour: Path | None = None,
    allow_missing: bool = False,
    patients: Mapping[str, str] | None = None,
    seed: int = 0,
    workers: int | None = None,
    progress: Progress = silent,
) -> FusedScores:
    """Return the fusion metrics of every image of every method.

    Parameters
    ----------
    fused
        Name of the method -> folder of its fused images.
    sources, reference, metrics, convention, luminance, brain, per_source, colour
        As of `score_folders`.
    allow_missing
        Score the images that all methods, sources and references have.
    patients
        Case or image -> patient; None reads it from the names.
    seed
        Of the bootstrap and of drawn tests.
    workers, progress
        As of `score_folders`.

    Raises
    ------
    UnscorableError, InvalidInputError, UnknownNameError
        As of `score_folders`; the problems of all methods at once.
    """
    if not fused:
        raise InvalidInputError("fused: found no method; name at least one folder")
    keys = check_choices(sources, metrics, convention)
    coloured = check_colour(colour, sources, convention)
    names, told = named_sources(
        sources, keys, reference, brain=brain, per_source=per_source
    )
    jobs: dict[str, list[FusedJob]] = {}
    issues: dict[Issue, None] = dict.fromkeys(told)
    for name, folder in fused.items():
        jobs[name], found = survey(folder, sources, reference, allow_missing, coloured)
        issues |= dict.fromkeys(found)
    if errors_in(issues):
        raise UnscorableError(list(issues))
    for images in jobs.values():
        issues |= dict.fromkeys(doubts(images))
    rows = score_images(
        _joined(jobs, issues),
        metrics=metrics,
        convention=convention,
        luminance=luminance,
        brain=brain,
        per_source=names,
        workers=workers,
        progress=progress,
    )
    tables = {
        method: ScoreTable(
            convention=convention,
            rows={name: scores[place] for name, scores in rows.items()},
            issues=tuple(issues),
            fused=folder,
            sources=tuple(sources),
            reference=reference,
            brain=brain,
            luminance=luminance,
            per_source=names,
            colour=colour,
        )
        for place, (method, folder) in enumerate(fused.items())
    }
    methods = compare_methods(
        {name: to_results(one, patients) for name, one in tables.items()},
        {name: (folder, ("", "")) for name, folder in fused.items()},
        policy="skip",
        seed=seed,
    )
    return FusedScores(
        tables=tables, methods=methods, issues=(*issues, *methods.warnings)
    )


def _joined(
    jobs: Mapping[str, Sequence[FusedJob]], issues: dict[Issue, None]
) -> list[tuple[FusedJob, ...]]:
    """Return each image with its job by every method; what one lacks is left out."""
    by_name = [{job.name: job for job in found} for found in jobs.values()]
    common = set.intersection(*map(set, by_name))
    if not common:
        raise InvalidInputError(
            "fused: no image is common to all methods; give folders of the same images"
        )
    for name in sorted(set.union(*map(set, by_name)) - common):
        told = "is left out of all methods, since one of them lacks it"
        issues[warning(name, "not-of-all-methods", told)] = None
    return [tuple(one[name] for one in by_name) for name in sorted(common)]
