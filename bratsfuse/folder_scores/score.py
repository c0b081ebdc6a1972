"""Fusion metrics of folders of same-named images; no release is needed.

Everything is checked before anything is scored: every problem of every file is reported
at once. Images belong together by name, never by order, and none is dropped silently.
"""

import functools
import itertools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from bratsfuse.errors import InvalidInputError
from bratsfuse.folder_scores.columns import (
    BRAIN,
    REFERENCE,
    check_colour,
    colour_columns,
    source_names,
)
from bratsfuse.folder_scores.score_table import ScoreTable
from bratsfuse.folder_scores.survey import FusedJob, doubts, survey
from bratsfuse.image_files import (
    read_grey,
    read_mask,
)
from bratsfuse.issues import Issue, errors_in
from bratsfuse.luminance import Luminance
from bratsfuse.metrics import fusion
from bratsfuse.metrics.fusion import Convention
from bratsfuse.parallel import available_cores, in_order
from bratsfuse.progress import Progress, silent
from bratsfuse.wording import counted

_IMAGES_WORTH_A_PROCESS: Final = 64
"""About as many are scored in the second that a process takes to start."""


class UnscorableError(InvalidInputError):
    """The folders cannot be scored; `issues` contains every reason."""

    def __init__(self, issues: Sequence[Issue], what: str = "images") -> None:
        self.issues = tuple(issues)
        count = len(errors_in(self.issues))
        super().__init__(
            f"{counted(count, 'problem')} in the {what}; nothing was "
            "scored; correct what is listed"
        )


def score_folders(
    fused: Path,
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
    workers: int | None = None,
    progress: Progress = silent,
) -> ScoreTable:
    """Return the fusion metrics of every image that all folders have by that name.

    Parameters
    ----------
    fused
        Folder of fused images: PNG, TIFF, BMP or JPEG; 8 bits, grey or colour.
    sources
        Two or more folders of the images that were fused.
    reference
        Folder of masks: the metrics are also given where the mask is not zero.
    luminance
        How colour is turned into grey, see `bratsfuse.luminance`.
    metrics, convention, brain
        As in `fusion.evaluate`.
    per_source
        Whether to add every metric for each source alone, under the folder's name.
    colour
        The source, one of `sources`, whose colours the fused images should keep: adds
        the metrics of `bratsfuse.metrics.colour`.
    allow_missing
        Score what is complete and report the rest as warnings, where otherwise an image
        without all its partners refuses the folders.
    workers
        Processes to spread the images over; None takes as many as there are cores, and
        fewer for images that are scored before another process has started.
    progress
        Called with ``("score", done, all)`` after each image.

    Raises
    ------
    UnscorableError
        If a folder, a file or a partner is missing or unsuitable: all problems at once.
    InvalidInputError
        If there are fewer than two sources, the convention lacks a metric, or pixels
        cannot be decoded.
    UnknownNameError
        If a metric or the convention has no such name.
    """
    keys = check_choices(sources, metrics, convention)
    coloured = check_colour(colour, sources, convention)
    names, issues = named_sources(
        sources, keys, reference, brain=brain, per_source=per_source
    )
    jobs, found = survey(fused, sources, reference, allow_missing, coloured)
    issues += found
    if errors_in(issues):
        raise UnscorableError(issues)
    issues += doubts(jobs)
    rows = score_images(
        [(job,) for job in jobs],
        metrics=metrics,
        convention=convention,
        luminance=luminance,
        brain=brain,
        per_source=names,
        workers=workers,
        progress=progress,
    )
    alone = {name: scores for name, (scores,) in rows.items()}
    return ScoreTable(
        convention=convention,
        rows=alone,
        issues=tuple(issues),
        fused=fused,
        sources=tuple(sources),
        reference=reference,
        brain=brain,
        luminance=luminance,
        per_source=names,
        colour=colour,
    )


def check_choices(
    sources: Sequence[Path],
    metrics: str | Sequence[str] | None,
    convention: Convention,
) -> tuple[str, ...]:
    """Return the keys; refuse fewer than two sources and names that nobody knows."""
    if len(sources) < 2:
        raise InvalidInputError(
            f"sources: found {len(sources)} folder; expected two or more; "
            "repeat --source DIR for each"
        )
    real = [source.resolve() for source in sources]
    if len(set(real)) < len(real):
        twice = next(one for one in sources if real.count(one.resolve()) > 1)
        raise InvalidInputError(
            f"sources: {twice} is given twice; expected a folder for each source"
        )
    return fusion.check_names(metrics, convention)


def named_sources(
    sources: Sequence[Path],
    keys: Sequence[str],
    reference: Path | None,
    *,
    brain: bool,
    per_source: bool,
) -> tuple[tuple[str, ...], list[Issue]]:
    """Return what columns of single sources call them; nothing if not asked for."""
    if not per_source:
        return (), []
    regions = [BRAIN] * brain + [REFERENCE] * (reference is not None)
    return source_names(sources, keys, regions)


def score_images(
    jobs: Sequence[tuple[FusedJob, ...]],
    *,
    metrics: str | Sequence[str] | None,
    convention: Convention,
    luminance: Luminance,
    brain: bool,
    per_source: tuple[str, ...],
    workers: int | None,
    progress: Progress,
) -> dict[str, tuple[Mapping[str, float], ...]]:
    """Return name -> scores by each method; a job is one image, by every method."""
    work = functools.partial(
        _score,
        metrics=metrics,
        convention=convention,
        luminance=luminance,
        brain=brain,
        per_source=per_source,
    )
    rows: dict[str, tuple[Mapping[str, float], ...]] = {}
    if workers is None:
        workers = min(available_cores(), len(jobs) // _IMAGES_WORTH_A_PROCESS)
    # The first image is scored here: what it compiles, the other processes find.
    done = itertools.chain(map(work, jobs[:1]), in_order(work, jobs[1:], workers))
    for name, scores in done:
        rows[name] = scores
        progress("score", len(rows), len(jobs))
    return rows


def _score(
    jobs: tuple[FusedJob, ...],
    *,
    metrics: str | Sequence[str] | None,
    convention: Convention,
    luminance: Luminance,
    brain: bool,
    per_source: tuple[str, ...],
) -> tuple[str, tuple[Mapping[str, float], ...]]:
    """Return name and scores of one image; runs in a worker."""
    job = jobs[0]
    try:
        sources = np.stack([read_grey(path, luminance) for path in job.sources])
        fused = [read_grey(one.fused, luminance) for one in jobs]
        mask = None if job.reference is None else read_mask(job.reference)
    except OSError as problem:
        raise InvalidInputError(
            f"{job.name}: the pixels of one of its files cannot be decoded "
            f"({problem}); write the image again"
        ) from problem
    prepared = fusion.Sources(sources)  # its maps serve all methods
    regions = {} if mask is None else {REFERENCE: mask}
    scores = [
        fusion.evaluate(
            prepared,
            image,
            metrics,
            convention=convention,
            brain=brain,
            regions=regions,
            per_source=per_source or False,
        )
        for image in fused
    ]
    if job.colour is not None:
        masks = ({BRAIN: prepared.brain} if brain else {}) | regions
        for one, found in zip(jobs, scores, strict=True):
            found |= colour_columns(job.colour, one.fused, masks)
    return job.name, tuple(scores)
