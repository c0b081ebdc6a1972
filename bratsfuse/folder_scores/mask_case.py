"""One case: its reference beside the prediction of every method, scored in a worker."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from bratsfuse.anatomy.codings import AMBIGUOUS, OURS, Coding, find_coding
from bratsfuse.arrays import Image
from bratsfuse.errors import RawDataError
from bratsfuse.evaluation.missing import worst_segmentation
from bratsfuse.folder_scores.challenge import (
    Groups,
    foreign_labels,
    in_file_order,
    score_challenge,
)
from bratsfuse.folder_scores.coding import recode, tissues_in
from bratsfuse.folder_scores.label_file import LabelFile, difference, read_labels
from bratsfuse.folder_scores.lesion_rows import (
    LesionRow,
    lesion_rows,
    wants_lesions,
)
from bratsfuse.folder_scores.mask_rules import MaskRules
from bratsfuse.folder_scores.mask_sample import marked, sample_of
from bratsfuse.issues import Issue, error, errors_in, warning
from bratsfuse.metrics import METRICS, PENALTY, segmentation
from bratsfuse.metrics.empty_policy import fill_undefined, image_diagonal_mm
from bratsfuse.raw.segment_names import CODE, read_by_names
from bratsfuse.results import Status

if TYPE_CHECKING:
    from bratsfuse.metrics.of_segmentation import RegionPair


@dataclass(frozen=True, slots=True)
class MaskJob:
    """The files of one case."""

    case: str
    reference: Path
    predictions: Mapping[str, Path | None]
    looked_at: int = 0
    """How many slices are handed back, to be looked at for what cannot be meant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodCase:
    """What one method scores in one case.

    Attributes
    ----------
    values, status
        Shape (regions, metrics).
    lesions
        Of all regions.
    labels
        Values that occur in the prediction.
    challenge
        The scores of the challenge's evaluator; empty if none was asked for.
    sample
        The slices of `MaskCase.sample`, of the prediction; empty if there is none.
    """

    values: npt.NDArray[np.float64]
    status: npt.NDArray[np.uint8]
    lesions: tuple[LesionRow, ...]
    labels: tuple[int, ...]
    challenge: Groups
    sample: tuple[Image, ...] = ()

    @property
    def is_missing(self) -> bool:
        """Return whether there was no prediction."""
        return bool((self.status == Status.MISSING).any())


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskCase:
    """One scored case, or why it cannot be scored.

    Attributes
    ----------
    case
        Its name.
    ndim, shape, spacing_mm
        Of the reference; ndim is 0 if it could not be read.
    has_spacing
        Whether the file says its pixel size.
    is_identity
        Whether its header is the identity matrix.
    labels
        Values that occur in the reference.
    sample
        Slices of the reference that have labels, spread over it, (H, W) each.
    methods
        By name; empty if there are errors.
    issues
        Every problem of its files.
    """

    case: str
    methods: Mapping[str, MethodCase]
    ndim: int = 0
    shape: tuple[int, ...] = ()
    spacing_mm: tuple[float, ...] = ()
    has_spacing: bool = True
    is_identity: bool = False
    labels: tuple[int, ...] = ()
    sample: tuple[Image, ...] = ()
    issues: tuple[Issue, ...] = ()


def score_mask_case(job: MaskJob, *, rules: MaskRules) -> MaskCase:
    """Return the scores of every method in one case; problems as issues."""
    issues: list[Issue] = []
    reference = _read(job.reference, rules.reference_coding, rules, issues)
    places = [] if reference is None else marked(reference.labels, job.looked_at)
    methods = {}
    for name, path in job.predictions.items():
        prediction = None
        if path is not None:
            prediction = _read(path, rules.codings[name], rules, issues)
            if prediction is not None and reference is not None:
                apart = difference(reference, prediction)
                if apart:
                    issues.append(error(str(path), "grid-differs", apart))
        # Once something is wrong nothing is scored: the rest is only looked through.
        if reference is not None and not errors_in(issues):
            scored = _score(reference, prediction, rules)
            if prediction is not None:
                slices = sample_of(prediction.labels, places)
                scored = replace(scored, sample=slices)
            methods[name] = scored
    if reference is None or errors_in(issues):
        return MaskCase(case=job.case, methods={}, issues=tuple(issues))
    return MaskCase(
        case=job.case,
        ndim=reference.labels.ndim,
        shape=reference.shape,
        spacing_mm=_spacing(reference, rules),
        has_spacing=reference.spacing_mm is not None,
        is_identity=reference.is_identity,
        labels=tuple(tissues_in(reference.labels)),
        sample=sample_of(reference.labels, places),
        methods=methods,
        issues=tuple(issues),
    )


def _read(
    path: Path, coding: Coding | None, rules: MaskRules, issues: list[Issue]
) -> LabelFile | None:
    try:
        file = read_labels(path)
    except RawDataError as problem:
        told = str(problem).removeprefix(f"{path}: ")
        issues.append(error(str(path), "unreadable", told))
        return None
    if not rules.as_stored:
        coding, told = _named(file, coding)
        if told:
            issues.append(warning(str(path), CODE, told))
        labels = recode(file.labels, coding)
        if isinstance(labels, str):
            issues.append(error(str(path), "unknown-labels", labels))
            return None
        file = replace(file, labels=labels)
    if rules.challenge:
        told = foreign_labels(file.labels, rules.challenge, as_stored=rules.as_stored)
        if told:
            issues.append(error(str(path), "unknown-labels", told))
    return file


def _named(file: LabelFile, coding: Coding | None) -> tuple[Coding | None, str]:
    """Return the coding of a file, by its own segment names if it has some."""
    meant = coding or find_coding(OURS)
    read = read_by_names(file.segments, meant.labels, meant.name)
    if read.by_name:
        return Coding("of its segment names", read.coding), read.warning
    if coding is None and AMBIGUOUS in file.segments and not read.warning:
        return meant, ""  # its name settles what 4 is
    return coding, read.warning


def _spacing(file: LabelFile, rules: MaskRules) -> tuple[float, ...]:
    return file.spacing_mm or rules.spacing_mm or (1.0,) * file.labels.ndim


def _score(
    reference: LabelFile, prediction: LabelFile | None, rules: MaskRules
) -> MethodCase:
    """Return the scores of one prediction; of none, the worst that there are."""
    truth = reference.labels
    found = np.zeros_like(truth) if prediction is None else prediction.labels
    spacing = _spacing(reference, rules)
    diagonal = image_diagonal_mm(truth.shape, spacing)
    pairs = segmentation.compare(
        truth, found, spacing, dict(rules.regions), preset=rules.preset
    )
    values, status = [], []
    lesions: list[LesionRow] = []
    for region, pair in pairs.items():
        raw = {key: pair.score(METRICS["segmentation"][key]) for key in rules.metrics}
        counts = pair.counts
        filled = fill_undefined(
            raw,
            reference_is_empty=counts.tp + counts.fn == 0,
            prediction_is_empty=counts.tp + counts.fp == 0,
            diagonal_mm=diagonal,
            policy=rules.policy,
        )
        if prediction is None:
            filled |= _worst(rules, diagonal, pair)
        values.append(list(filled.values()))
        status.append(
            [
                _status(raw[key], filled[key], missing=prediction is None)
                for key in rules.metrics
            ]
        )
        if wants_lesions(rules.metrics):
            lesions += lesion_rows(region, pair)
    return MethodCase(
        values=np.array(values, np.float64),
        status=np.array(status, np.uint8),
        lesions=tuple(lesions),
        labels=tuple(tissues_in(found)),
        challenge=_official(reference, found, spacing, rules),
    )


def _official(
    reference: LabelFile,
    prediction: npt.NDArray[np.uint8],
    spacing: tuple[float, ...],
    rules: MaskRules,
) -> Groups:
    if not rules.challenge:
        return {}
    truth = reference.labels
    if truth.ndim == 3:
        truth, prediction, spacing = in_file_order(
            truth, prediction, spacing, reference.orientation
        )
    return score_challenge(
        truth, prediction, spacing, rules.challenge, as_stored=rules.as_stored
    )


def _worst(
    rules: MaskRules, diagonal_mm: float, pair: "RegionPair"
) -> dict[str, float]:
    """Return what a prediction that is missing scores, by metrics that declare it."""
    worst: dict[str, float] = {}
    for key in rules.metrics:
        if METRICS["segmentation"][key].worst == PENALTY:  # a volume's is not a slice's
            worst[key] = pair.lesions.penalty_mm
            continue
        value = worst_segmentation(key, diagonal_mm=diagonal_mm, preset=rules.preset)
        if value is not None:
            worst[key] = value
    return worst


def _status(raw: float, filled: float, *, missing: bool) -> Status:
    if math.isnan(filled):
        return Status.UNDEFINED
    if missing:
        return Status.MISSING
    return Status.POLICY if math.isnan(raw) else Status.SCORED
