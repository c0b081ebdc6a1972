"""Submissions made of true masks and damaged in known ways."""

import numpy as np
from scipy import ndimage

from bratsfuse.release import SplitFile, read_manifest
from bratsfuse.submission import SubmissionRecord, expected_of, write_submission


def masks_of(release, split):
    """Return slice id -> true mask, in storage order."""
    manifest = read_manifest(release)
    ids = expected_of(release, manifest, split).ids
    with SplitFile(release / manifest.splits[split].file) as file:
        return {one: file.pixels("mask", row) for row, one in enumerate(ids)}


def submit(target, name, release, masks):
    """Write masks as a submission for a release."""
    record = SubmissionRecord(name=name, tracks=("segmentation",))
    write_submission(target, record, list(masks), {"segmentation": masks.values()})


def _each(change):
    return lambda masks: {one: change(mask) for one, mask in masks.items()}


def _eroded(mask):
    return mask * ndimage.binary_erosion(mask > 0, iterations=2)


def _without_et(mask):
    return np.where(mask == 3, 0, mask).astype(np.uint8)


def _lesion_dropped(masks):
    """Drop the largest lesion of the first slice of every case."""
    seen = set()
    changed = {}
    for one, mask in masks.items():
        lesions, count = ndimage.label(mask > 0)
        if one.case not in seen and count:
            largest = 1 + np.bincount(lesions.ravel())[1:].argmax()
            mask = np.where(lesions == largest, 0, mask).astype(np.uint8)
        changed[one] = mask
        seen.add(one.case)
    return changed


PERTURBATIONS = {
    "shifted": _each(lambda mask: np.roll(mask, 3, axis=1)),
    "eroded": _each(_eroded),
    "without_et": _each(_without_et),
    "lesion_dropped": _lesion_dropped,
    "empty": _each(np.zeros_like),
}
