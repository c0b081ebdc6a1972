"""A case in numbers: one pass over its voxels, and everything odd about them."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from bratsfuse.anatomy import Label
from bratsfuse.building.foreground import foreground
from bratsfuse.building.scaling import robust_window
from bratsfuse.building.survey import Survey
from bratsfuse.errors import InvalidInputError
from bratsfuse.issues import Issue, Severity, error, warning
from bratsfuse.records import Case, SourceFile, Volume

PARTIAL_BELOW: Final = 0.995
"""Modality-mask IoU below which a case is flagged; whole BraTS cases reach 0.999."""


def survey_case(
    case: Case, volume: Volume, *, clip_negatives: bool, any_shape: bool
) -> Survey:
    """Return a case in numbers, with all its issues.

    Parameters
    ----------
    case
        As its builder found it.
    volume
        As it was read.
    clip_negatives, any_shape
        The two irregularities that a recipe may allow; their issues become notes.

    Returns
    -------
    Survey
        Complete if the case is usable; otherwise it contains what could be measured.
    """
    allowed = {
        code
        for code, yes in (
            ("negative-values", clip_negatives),
            ("unexpected-shape", any_shape),
        )
        if yes
    }
    issues = [
        replace(issue, severity=Severity.NOTE) if issue.code in allowed else issue
        for issue in (*case.issues, *volume.issues)
    ]
    shapes = {data.shape for data in volume.images.values()}
    if len(shapes) != 1 or (
        volume.mask is not None and volume.mask.shape not in shapes
    ):
        return unmeasured(case, issues, volume.spacing_mm, volume.sources)
    return _measured(case, volume, issues)


def unmeasured(
    case: Case,
    issues: Sequence[Issue],
    spacing_mm: tuple[float, float, float] = (1.0, 1.0, 1.0),
    sources: Mapping[str, SourceFile] | None = None,
) -> Survey:
    """Return the statistics of a case that cannot be used: none, and why."""
    return Survey(
        case_id=case.id,
        shape=(0, 0, 0),
        spacing_mm=spacing_mm,
        windows={},
        areas={},
        brain_area=(),
        incomplete=(),
        modality_iou=0.0,
        digests={},
        sources=sources or {},
        issues=tuple(issues),
    )


def _measured(case: Case, volume: Volume, issues: list[Issue]) -> Survey:
    windows, digests, covered, present = {}, {}, {}, []
    unstripped: list[str] = []
    any_brain: npt.NDArray[np.bool_] | None = None
    all_brain: npt.NDArray[np.bool_] | None = None
    for modality, data in volume.images.items():
        # Transposed, the arrays of most files are contiguous: (Z, Y, X).
        stored = data.T
        brain, is_stripped = foreground(stored)
        voxels = stored[brain]
        digests[str(modality)] = voxel_digest(
            voxels if is_stripped else stored[stored > 0]
        )
        if not is_stripped:
            unstripped.append(str(modality))
        try:
            windows[str(modality)] = robust_window(voxels)
        except InvalidInputError as problem:
            text = f"{modality}: {problem}"
            issues.append(error(case.id, "no-contrast", text))
        present.append(_areas_of(brain) > 0)
        covered[str(modality)] = len(voxels)
        if any_brain is None or all_brain is None:
            any_brain, all_brain = brain, brain.copy()
        else:  # in place: a new array costs more than what is done with it
            any_brain |= brain
            all_brain &= brain
    if any_brain is None or all_brain is None:  # the caller found one shape
        raise InvalidInputError(f"{case.id}: no modality; expected at least one")
    brain_area = _areas_of(any_brain)
    in_any = max(int(brain_area.sum()), 1)
    iou = int(np.count_nonzero(all_brain)) / in_any
    incomplete = np.any(present, axis=0) & ~np.all(present, axis=0)
    issues += _same_voxels(case, digests)
    shares = {modality: count / in_any for modality, count in covered.items()}
    issues += (
        _unstripped_issues(case, unstripped)
        if unstripped
        else _coverage_issues(case, iou, shares)
    )
    issues += _mask_issues(case, volume.mask, any_brain)
    x, y, z = next(iter(volume.images.values())).shape
    return Survey(
        case_id=case.id,
        shape=(x, y, z),
        spacing_mm=volume.spacing_mm,
        windows=windows,
        areas=_areas(volume.mask),
        brain_area=tuple(brain_area.tolist()),
        incomplete=tuple(np.flatnonzero(incomplete).tolist()),
        modality_iou=iou,
        digests=digests,
        sources=volume.sources,
        issues=tuple(issues),
        affine=_rows(volume.affine),
    )


def _rows(affine: npt.NDArray[np.float64] | None) -> tuple[tuple[float, ...], ...]:
    """Return the upper three rows of an affine, without the sign of zeros."""
    return () if affine is None else tuple(map(tuple, (affine[:3] + 0.0).tolist()))


def _areas_of(stored: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    """Return the number of true pixels of each slice."""
    return np.array([np.count_nonzero(one) for one in stored], dtype=np.int64)


def voxel_digest(voxels: npt.NDArray[Any]) -> str:
    """Return the SHA-256 of voxel values, equal however they were stored.

    Values are hashed as little-endian float32, so that an int16 volume and its float
    copy give the same digest.
    """
    return hashlib.sha256(voxels.astype("<f4").tobytes()).hexdigest()


def _areas(mask: npt.NDArray[np.uint8] | None) -> dict[str, tuple[int, ...]]:
    if mask is None:
        return {}
    stored = mask.T
    tumour = np.flatnonzero(stored.any(axis=(1, 2)))
    areas = {label: np.zeros(len(stored), dtype=np.int64) for label in Label if label}
    for z in tumour:
        counts = np.bincount(stored[z].ravel(), minlength=len(Label))
        for label, area in areas.items():
            area[z] = counts[label]
    return {label.name: tuple(area.tolist()) for label, area in areas.items()}


def _same_voxels(case: Case, digests: Mapping[str, str]) -> list[Issue]:
    issues = []
    first_of: dict[str, str] = {}
    for modality, digest in digests.items():
        if digest in first_of:
            text = (
                f"{first_of[digest]} and {modality} contain the same voxels; "
                "expected different sequences: fetch the case again"
            )
            issues.append(error(case.id, "same-modality-twice", text))
        first_of.setdefault(digest, modality)
    return issues


def _coverage_issues(
    case: Case, iou: float, shares: Mapping[str, float]
) -> list[Issue]:
    if iou >= PARTIAL_BELOW:
        return []
    least = min(shares, key=lambda modality: shares[modality])
    text = (
        f"modality masks agree to an IoU of {iou:.3f}: {least} covers "
        f"{shares[least]:.1%} of the brain; slices that it misses are never chosen"
    )
    return [warning(case.id, "partial-modality", text)]


def _unstripped_issues(case: Case, modalities: Sequence[str]) -> list[Issue]:
    text = (
        f"the background of {', '.join(modalities)} is not 0: not skull-stripped; the "
        "intensity window and the area of a slice are those of the head"
    )
    return [warning(case.id, "not-skull-stripped", text)]


def _mask_issues(
    case: Case,
    mask: npt.NDArray[np.uint8] | None,
    brain: npt.NDArray[np.bool_],
) -> list[Issue]:
    if mask is None:
        return []
    if not mask.any():
        text = "the mask is empty; expected a tumour: is it a placeholder?"
        return [warning(case.id, "empty-mask", text)]
    outside = sum(
        int(np.count_nonzero(labels[~there]))
        for labels, there in zip(mask.T, brain, strict=True)
        if labels.any()  # most slices hold no tumour
    )
    if not outside:
        return []
    text = f"{outside} mask voxels lie where every modality is 0; kept as they are"
    return [warning(case.id, "mask-outside-brain", text)]


def duplicate_issues(surveys: Sequence[Survey]) -> dict[str, list[Issue]]:
    """Return case id -> issues, for cases that contain the voxels of an earlier one.

    The first case in the order given counts as the first scan. Different releases and
    different patient ids make no difference: equal voxels are the same scan.
    """
    first_of: dict[str, str] = {}
    found: dict[str, list[Issue]] = {}
    for survey in surveys:
        twins = {
            first_of[digest]: modality
            for modality, digest in survey.digests.items()
            if digest in first_of and first_of[digest] != survey.case_id
        }
        for original, modality in twins.items():
            text = (
                f"its {modality} contains the voxels of {original}: the same scan "
                "under another name; keep one (--skip-bad keeps the first)"
            )
            issue = error(survey.case_id, "duplicate-voxels", text)
            found.setdefault(survey.case_id, []).append(issue)
        for digest in survey.digests.values():
            first_of.setdefault(digest, survey.case_id)
    return found
