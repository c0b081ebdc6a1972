"""The scores of a case as the evaluator of a BraTS challenge prints them."""

from collections.abc import Iterator, Sequence

import numpy as np

from bratsfuse.errors import InvalidInputError
from bratsfuse.metrics.of_segmentation._challenges import Challenge, find_challenge
from bratsfuse.metrics.of_segmentation._instance_scores import (
    Scores,
    f1_area,
    score_group,
)
from bratsfuse.metrics.of_segmentation._instances import Instances, find_instances
from bratsfuse.metrics.of_segmentation._masks import (
    LabelMap,
    as_volume,
    check_label_maps,
    check_spacing,
)
from bratsfuse.metrics.of_segmentation._script_scores import score_region


def challenge_scores(
    reference: LabelMap,
    prediction: LabelMap,
    challenge: str,
    spacing_mm: Sequence[float] | None = None,
) -> dict[str, Scores]:
    """Return the scores of a case under the names that a challenge's evaluator prints.

    Parameters
    ----------
    reference, prediction
        uint8 label maps of equal shape, (D, H, W), whose values are those of the
        challenge's own files: in paediatric ones 1 is enhancing tumour, in those of
        meningioma radiotherapy gross tumour volume. They are not modified.
    challenge
        ``brats2023-`` with gli, men, met, ped or ssa; ``brats2024-`` or ``brats2025-``
        with gli, men, men-rt, met, ped or ssa; ``brats2026-`` with gli, men, men-rt,
        met, ped or goat. No challenge scores slices; with ``-2d`` after its name its
        rules are carried over to them, (H, W), with 8 neighbours for 26, and the
        numbers compare with nothing official.
    spacing_mm
        Pixel size along each axis in millimetres; None is 1 mm.

    Returns
    -------
    dict
        Group (of the challenge, in its order) to scores by name. From 2023 to 2025 the
        row of the script: ``"LesionWise_Score_Dice"`` and so on, with its errors where
        ``docs/metrics_segmentation.md`` lists them. In 2026 what ``brats-evaluate``
        writes: ``tp``, ``fp``, ``fn``, ``rq`` (the lesion-wise F1), ``sq_dsc``,
        ``global_bin_dsc`` and so on, and ``"reference_instances"``, a list of the
        reference's lesions. Floats or integers; infinite and NaN as there; ``prec`` and
        ``rec``, which it leaves out where they are undefined, are NaN.

    Raises
    ------
    InvalidInputError
        If an array is not a uint8 label map, shapes differ, the challenge is unknown or
        scores arrays of another dimension, a label is not one of its files', or the
        spacing is not one positive number per axis.

    References
    ----------
    R. Saluja, BraTS-2023-Metrics and BraTS-2024-Metrics; the package BraTS-evaluation
    0.0.10; F. Kofler et al., "Panoptica: instance-wise evaluation of 3D semantic and
    instance segmentation maps", arXiv:2312.02608.

    Examples
    --------
    >>> import numpy as np
    >>> reference = np.zeros((9, 20, 20), np.uint8)
    >>> reference[2:7, 4:9, 4:9] = 3
    >>> scores = challenge_scores(reference, reference, "brats2026-goat")
    >>> scores["et"]["rq"], scores["et"]["sq_dsc"], scores["et"]["global_bin_hd95"]
    (1.0, 1.0, 0.0)
    """
    rules = find_challenge(challenge)
    spacing, volumes = _checked(reference, prediction, rules, spacing_mm)
    if rules.preset is None:
        return {
            group: score_group(instances, spacing)
            for group, instances in _groups(*volumes, rules)
        }
    return {
        group: {**score_region(*volumes, group, labels, spacing, rules.preset)}
        for group, labels in rules.groups.items()
    }


def area_under_f1(
    reference: LabelMap,
    prediction: LabelMap,
    challenge: str,
    spacing_mm: Sequence[float] | None = None,
    *,
    step: float = 0.1,
) -> dict[str, float]:
    """Return the area under the lesion-wise F1 over the least Dice of a match.

    Lesions are matched anew at every threshold from `step` to 1; below `step` the F1 is
    that at `step`. The area is that of the trapezoids.

    Parameters
    ----------
    reference, prediction, spacing_mm
        As `challenge_scores`.
    challenge
        One of 2026; the metastases are ranked by this area.
    step
        Between thresholds, in (0, 1).

    Returns
    -------
    dict
        Group to area in [0, 1], higher is better; NaN if neither mask has the group,
        for which panoptica says 0.

    Raises
    ------
    InvalidInputError
        As `challenge_scores`, or if the challenge is not one of 2026 or the step is not
        in (0, 1).

    Examples
    --------
    >>> import numpy as np
    >>> reference = np.zeros((9, 20, 20), np.uint8)
    >>> reference[2:7, 4:9, 4:9] = 1
    >>> area_under_f1(reference, reference, "brats2026-men-rt")
    {'gtv': 1.0}
    """
    rules = find_challenge(challenge)
    if rules.preset is not None:
        raise InvalidInputError(
            f"challenge: found {challenge!r}, expected one of 2026; lesions of earlier "
            "years have no least Dice: read LesionWise_Score_Dice of challenge_scores"
        )
    if not 0 < step < 1:
        raise InvalidInputError(
            f"step: found {step!r}, expected a number between 0 and 1, both left out; "
            "0.1 is usual"
        )
    _, volumes = _checked(reference, prediction, rules, spacing_mm)
    return {
        group: f1_area(instances, step) for group, instances in _groups(*volumes, rules)
    }


def _checked(
    reference: LabelMap,
    prediction: LabelMap,
    rules: Challenge,
    spacing_mm: Sequence[float] | None,
) -> tuple[tuple[float, ...], tuple[LabelMap, LabelMap]]:
    """Return the spacing and both maps as volumes, or refuse what cannot be scored."""
    reference, prediction = check_label_maps(reference, prediction)
    _check_dimensions(reference, rules)
    for name, label_map in (("reference", reference), ("prediction", prediction)):
        _check_labels(name, label_map, rules)
    spacing = check_spacing(spacing_mm, reference.ndim)
    return spacing, (as_volume(reference), as_volume(prediction))


def _check_dimensions(reference: LabelMap, rules: Challenge) -> None:
    if reference.ndim == rules.ndim:
        return
    other = rules.name.removesuffix("-2d") if rules.ndim == 2 else f"{rules.name}-2d"
    wanted = "slices, (H, W)" if rules.ndim == 2 else "volumes, (D, H, W)"
    raise InvalidInputError(
        f"reference: found shape {reference.shape}, expected {wanted} for "
        f"{rules.name}; {other} scores what you have"
    )


def _check_labels(name: str, label_map: LabelMap, rules: Challenge) -> None:
    if int(label_map.max()) <= max(rules.labels):
        return  # no challenge's coding has a gap
    present = np.flatnonzero(np.bincount(label_map.ravel(), minlength=256))
    foreign = sorted(set(present.tolist()) - rules.labels)
    if foreign:
        raise InvalidInputError(
            f"{name}: found label values {foreign}, expected those of {rules.name}, "
            f"{sorted(rules.labels)}; map them to the coding of the challenge's files"
        )


def _groups(
    reference: LabelMap, prediction: LabelMap, rules: Challenge
) -> Iterator[tuple[str, Instances]]:
    """Yield each group with its lesions in both maps."""
    found = find_instances(reference, prediction, rules.groups.values(), rules.ndim)
    yield from zip(rules.groups, found, strict=True)
