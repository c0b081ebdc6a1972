"""Whether a network has learned from what it is about to predict.

A network is good at the patients that it has seen, and a score on them says nothing.
BraTS gives a patient other names in other years, so that three things are compared: the
keys of the patients, which name mappings join across releases; the pixels of the
slices; and whether the keys are of a kind that would show it.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from bratsfuse.release.manifest import Manifest
from bratsfuse.release.split_file import SplitFile
from bratsfuse.training.digests import pixel_digests
from bratsfuse.training.run import RunRecord
from bratsfuse.wording import counted, some


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """The patients of a split that a network has learned from.

    Attributes
    ----------
    patients
        Their keys, sorted.
    of
        All patients of the split.
    by_pixels
        Those of them whose names alone would not have shown it.
    is_certain
        Whether the names of the others are of a kind that would have shown it.
    """

    patients: tuple[str, ...]
    of: int
    by_pixels: tuple[str, ...] = ()
    is_certain: bool = True

    def __str__(self) -> str:
        """Return in words what there is to warn of; empty if nothing."""
        told = []
        if self.patients:
            told.append(
                f"{len(self.patients)} of {counted(self.of, 'patient')} of the split "
                f"were in the training: {some(self.patients)}; scores without them "
                "stand beside the others"
            )
        if not self.is_certain:
            told.append(
                "the names of the patients cannot say whether others were in the "
                "training; build the release with the name mapping of its year "
                "(--name-mapping)"
            )
        return "; ".join(told)


def seen_in(record: RunRecord, release: Path, manifest: Manifest, split: str) -> Seen:
    """Return which patients of a split a run has learned from.

    Parameters
    ----------
    record
        Of the run.
    release, manifest
        The release that is to be predicted.
    split
        Its split.
    """
    learned = {key for part in record.patients.values() for key in part}
    images = set(record.images)
    with SplitFile(release / manifest.splits[split].file) as file:
        keys = file.texts("patient_id")
        same = {
            key
            for key, digest in zip(keys, pixel_digests(file), strict=True)
            if digest in images
        }
    by_name = learned & set(keys)
    rest = set(keys) - by_name - same
    return Seen(
        patients=tuple(sorted(by_name | same)),
        of=len(set(keys)),
        by_pixels=tuple(sorted(same - by_name)),
        is_certain=not rest
        or manifest.source.synthetic  # phantoms are nobody, whatever they are called
        or record.release.layout == manifest.source.layout
        or bool(_families(rest) & _families(learned)),
    )


def _families(keys: Iterable[str]) -> set[str]:
    """Return the kinds of patient keys: what stands before their last part."""
    return {re.sub(r"[_-]?[^_-]*$", "", key) for key in keys}
