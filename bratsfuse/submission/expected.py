"""What a complete submission has to contain, as the release defines it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bratsfuse.errors import InvalidInputError, ReleaseError
from bratsfuse.records import SliceId
from bratsfuse.release.manifest import Manifest
from bratsfuse.release.split_file import SplitFile

ALL_SPLITS: Final = "all"
"""Instead of the name of a split: every slice set of a release."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """The slice sets that a submission is for.

    Attributes
    ----------
    split
        The name of the split, or `ALL_SPLITS`.
    fingerprint
        Of the release.
    ids
        One per slice set, in the order of the split's file.
    patients
        The patient of each.
    image_shape
        Rows and columns of every image and mask.
    labels
        The values that a mask may contain, background included.
    elsewhere
        The slice sets of the release's other splits. A submission may contain them,
        so that one for all splits can be scored on each.
    """

    split: str
    fingerprint: str
    ids: tuple[SliceId, ...]
    patients: tuple[str, ...]
    image_shape: tuple[int, int]
    labels: frozenset[int]
    elsewhere: tuple[SliceId, ...] = ()

    def __len__(self) -> int:
        return len(self.ids)


def refuse_all_splits(split: str) -> None:
    """Refuse `ALL_SPLITS` where one split is checked or scored.

    Raises
    ------
    InvalidInputError
        With what to do with a submission that contains every split.
    """
    if split == ALL_SPLITS:
        raise InvalidInputError(
            f"{split!r} is not a split; a submission of every split is checked and "
            "scored split by split: run it with --split test, then with --split "
            "validation; bratsfuse downstream takes it as it is"
        )


def expected_of_one(release: Path, manifest: Manifest, split: str) -> Expected:
    """Return what a submission for one split has to contain; `ALL_SPLITS` is refused.

    Raises
    ------
    ReleaseError
        If the release has no such split, or its file is broken.
    """
    try:
        refuse_all_splits(split)
    except InvalidInputError as problem:
        raise ReleaseError(f"{release}: {problem}") from problem
    return expected_of(release, manifest, split)


def expected_of(release: Path, manifest: Manifest, split: str) -> Expected:
    """Return what a submission for a split of a release has to contain.

    Parameters
    ----------
    release, manifest
        The release.
    split
        The name of a split, or `ALL_SPLITS` for every slice set in the order of the
        manifest's splits.

    Raises
    ------
    ReleaseError
        If the release has no such split, or its file is broken.
    """
    if split not in (*manifest.splits, ALL_SPLITS):
        raise ReleaseError(
            f"{release}: no split {split!r}; it has {', '.join(manifest.splits)}"
        )
    ids: list[SliceId] = []
    patients: list[str] = []
    for name, record in manifest.splits.items():
        if split not in (name, ALL_SPLITS):
            continue  # its file is not needed, and need not be there
        with SplitFile(release / record.file) as rows:
            cases = rows.texts("case_id")
            ids += map(SliceId, cases, rows.array("slice_index").tolist())
            patients += rows.texts("patient_id")
    elsewhere = [
        SliceId(name, z)
        for name, case in sorted(manifest.cases.items())
        if split not in (case.split, ALL_SPLITS)
        for z in case.slices
    ]
    return Expected(
        split=split,
        fingerprint=manifest.fingerprint,
        ids=tuple(ids),
        patients=tuple(patients),
        image_shape=manifest.image_shape,
        labels=frozenset(map(int, manifest.source.labels)),
        elsewhere=tuple(elsewhere),
    )
