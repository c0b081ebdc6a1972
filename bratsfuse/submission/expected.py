"""What a complete submission has to hold, as the release tells it."""

from dataclasses import dataclass
from pathlib import Path

from bratsfuse.errors import ReleaseError
from bratsfuse.records import SliceId
from bratsfuse.release.manifest import Manifest
from bratsfuse.release.split_file import SplitFile


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """The slice sets that a submission is for.

    Attributes
    ----------
    split
        The name of the split.
    fingerprint
        Of the release.
    ids
        One per slice set, in the order of the split's file.
    patients
        The patient of each.
    image_shape
        Rows and columns of every image and mask.
    labels
        The values that a mask may hold, background included.
    """

    split: str
    fingerprint: str
    ids: tuple[SliceId, ...]
    patients: tuple[str, ...]
    image_shape: tuple[int, int]
    labels: frozenset[int]

    def __len__(self) -> int:
        return len(self.ids)


def expected_of(release: Path, manifest: Manifest, split: str) -> Expected:
    """Return what a submission for a split of a release has to hold.

    Raises
    ------
    ReleaseError
        If the release has no such split, or its file is broken.
    """
    if split not in manifest.splits:
        raise ReleaseError(
            f"{release}: no split {split!r}; it has {', '.join(manifest.splits)}"
        )
    with SplitFile(release / manifest.splits[split].file) as rows:
        cases = rows.texts("case_id")
        indices = rows.array("slice_index").tolist()
        patients = rows.texts("patient_id")
    return Expected(
        split=split,
        fingerprint=manifest.fingerprint,
        ids=tuple(map(SliceId, cases, indices)),
        patients=tuple(patients),
        image_shape=manifest.image_shape,
        labels=frozenset(map(int, manifest.source.labels)),
    )
