"""Segmentation metrics of folders of masks; no release is needed.

Names are matched before anything is read. Then each case is read once, scored for all
methods, and forgotten, so that memory does not grow with the number of cases. Whatever
is wrong with any file is reported at once, and nothing is written.
"""

import functools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bratsfuse.errors import InvalidInputError
from bratsfuse.folder_scores.mask_case import MaskCase, MaskJob, score_mask_case
from bratsfuse.folder_scores.mask_doubts import doubts
from bratsfuse.folder_scores.mask_rules import MaskRules, rules_of
from bratsfuse.folder_scores.mask_sample import implausible, looked_at
from bratsfuse.folder_scores.matching import Matching, match_cases
from bratsfuse.folder_scores.methods import Methods, compare_methods
from bratsfuse.folder_scores.partial_volumes import partial_volumes
from bratsfuse.folder_scores.patients import patients_of
from bratsfuse.folder_scores.places import find_place
from bratsfuse.folder_scores.score import UnscorableError
from bratsfuse.issues import Issue, errors_in
from bratsfuse.metrics import segmentation
from bratsfuse.parallel import available_cores, in_order
from bratsfuse.progress import Progress, silent
from bratsfuse.results import Measure, Results


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskScores:
    """What scoring folders of masks found.

    Attributes
    ----------
    rules
        How every case was scored.
    reference
        Where the references lie.
    affix
        What was taken off both ends of their names.
    methods
        The scores, by method.
    cases
        Every case, with its lesions.
    issues
        What the reader should know: warnings and notes.
    """

    rules: MaskRules
    reference: Path
    affix: tuple[str, str]
    methods: Methods
    cases: tuple[MaskCase, ...]
    issues: tuple[Issue, ...]


def score_masks(
    predictions: Mapping[str, Path],
    reference: Path,
    *,
    coding: str | None = None,
    reference_coding: str | None = None,
    regions: Iterable[str] | Mapping[str, Iterable[int]] | None = None,
    metrics: Iterable[str] | None = None,
    preset: str = segmentation.DEFAULT_PRESET,
    challenge: str = "",
    policy: str = "brats",
    spacing_mm: tuple[float, float] | None = None,
    allow_missing: bool = False,
    patients: Mapping[str, str] | None = None,
    seed: int = 0,
    workers: int | None = None,
    progress: Progress = silent,
) -> MaskScores:
    """Return the segmentation metrics of every case, for each method.

    Parameters
    ----------
    predictions
        Name of the method -> folder, list (.txt, .csv), pattern or file of masks:
        ``.nii.gz``, ``.nii``, ``.mha``, ``.nrrd``, PNG, TIFF or BMP.
    reference
        The same for the references. Every reference is a case.
    coding
        What the labels mean: ``bratsfuse`` or a dataset layout's name. None is what a
        file beside the masks says, ``dataset.json`` of nnU-Net or ``bratsfuse.json``;
        without one it is ours, and a mask with 4 and no 3 is refused as ambiguous.
    reference_coding
        That of the references, if it is another one.
    regions
        As in `segmentation.evaluate`. With label sets of your own, labels are what the
        files store, and no other coding than ours can be stated.
    metrics
        As in `segmentation.evaluate`. Without any lesion-wise one there are no rows of
        lesions.
    preset, policy
        Lesion-wise rules, one of `segmentation.PRESETS`; empty-mask policy.
    challenge
        One of `segmentation.CHALLENGES`, whose evaluator's scores are given, too.
    spacing_mm
        Pixel size of pictures, rows before columns; None is 1 mm. Volumes have theirs
        in the header.
    allow_missing
        Count a case without a prediction as the worst, where otherwise it is refused.
    patients
        Case -> patient; None reads it from the names.
    seed
        Of the bootstrap and of drawn tests.
    workers
        Processes to spread the cases over; None takes as many as there are cores.
    progress
        Called with ``("score masks", done, all)`` after each case.

    Raises
    ------
    UnscorableError
        If a partner is missing, a file cannot be read or is no label map, labels are
        not of the coding, or grids differ: all problems at once.
    InvalidInputError
        If a name among the options is unknown, or a place has no image.
    """
    if not predictions:
        raise InvalidInputError("predictions: found no method; name at least one place")
    place = find_place(reference)
    places = {name: find_place(path) for name, path in predictions.items()}
    rules, told = rules_of(
        place,
        places,
        coding=coding,
        reference_coding=reference_coding,
        regions=regions,
        metrics=metrics,
        preset=preset,
        challenge=challenge,
        policy=policy,
        spacing_mm=spacing_mm,
    )
    matching = match_cases(place, places, allow_missing=allow_missing)
    partial = list(partial_volumes({"reference": place, **places}))
    if errors_in([*matching.issues, *partial]):
        raise UnscorableError([*matching.issues, *partial], "masks")
    of = patients_of(list(matching.cases), patients)
    cases = list(_scored(matching, rules, workers, progress))
    issues = [
        *told,
        *matching.issues,
        *partial,
        *(issue for case in cases for issue in case.issues),
        *doubts(cases, rules),
    ]
    if errors_in(issues):
        raise UnscorableError(issues, "masks")
    issues += implausible(cases, rules)
    tables = {name: _table(name, cases, of, rules) for name in predictions}
    methods = compare_methods(
        tables,
        {name: (path, matching.affixes[name]) for name, path in predictions.items()},
        policy=policy,
        seed=seed,
    )
    return MaskScores(
        rules=rules,
        reference=reference,
        affix=matching.reference_affix,
        methods=methods,
        cases=tuple(cases),
        issues=(*issues, *methods.warnings),
    )


def _scored(
    matching: Matching, rules: MaskRules, workers: int | None, progress: Progress
) -> Iterator[MaskCase]:
    jobs = [
        MaskJob(case, reference, predictions, most)
        for (case, (reference, predictions)), most in zip(
            matching.cases.items(), looked_at(len(matching.cases)), strict=True
        )
    ]
    work = functools.partial(score_mask_case, rules=rules)
    # The first case is scored here: what it compiles, the other processes find.
    yield work(jobs[0])
    progress("score masks", 1, len(jobs))
    rest = in_order(work, jobs[1:], workers or available_cores())
    for done, case in enumerate(rest, start=2):
        yield case
        progress("score masks", done, len(jobs))


def _table(
    method: str, cases: Sequence[MaskCase], patients: tuple[str, ...], rules: MaskRules
) -> Results:
    """Return the scores of a method, one row a case."""
    found = [case.methods[method] for case in cases]
    names = tuple(case.case for case in cases)
    return Results(
        unit="case",
        ids=names,
        cases=names,
        patients=patients,
        measures=tuple(
            Measure("segmentation", region, key)
            for region in rules.regions
            for key in rules.metrics
        ),
        values=np.stack([one.values.ravel() for one in found]),
        status=np.stack([one.status.ravel() for one in found]),
    )
