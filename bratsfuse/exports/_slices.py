"""The slice sets of a release, one after the other, as export formats want them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bratsfuse.arrays import Image
from bratsfuse.errors import InvalidInputError
from bratsfuse.progress import Progress
from bratsfuse.records import SliceId
from bratsfuse.release.columns import MASK
from bratsfuse.release.manifest import Manifest
from bratsfuse.release.masks import read_pixels
from bratsfuse.release.split_file import SplitFile
from bratsfuse.release.volumes import chosen_columns


@dataclass(frozen=True, slots=True, kw_only=True)
class SliceSet:
    """One slice set of a release.

    Attributes
    ----------
    split, id, patient
        Where it is, which it is and whose.
    images
        Column -> uint8 (H, W): of the chosen columns those that its split stores, so
        that the mask is missing where labels are hidden.
    """

    split: str
    id: SliceId
    patient: str
    images: Mapping[str, Image]


def slice_sets(
    release: Path, manifest: Manifest, columns: Sequence[str], progress: Progress
) -> Iterator[SliceSet]:
    """Yield the slice sets of a release in its order, split by split.

    Parameters
    ----------
    release, manifest
        The release.
    columns
        Of images and masks.
    progress
        Called after every slice set.

    Raises
    ------
    ReleaseError
        If the release is broken, or a mask has a value without a meaning.
    """
    labels = manifest.source.labels
    done = 0
    for split, record in manifest.splits.items():
        with SplitFile(release / record.file) as rows:
            stored = [name for name in columns if name in rows.names]
            cases, zs = rows.texts("case_id"), rows.array("slice_index").tolist()
            for row, (case, z) in enumerate(zip(cases, zs, strict=True)):
                yield SliceSet(
                    split=split,
                    id=SliceId(case, z),
                    patient=manifest.case(case).patient,
                    images={n: read_pixels(rows, n, row, labels) for n in stored},
                )
                done += 1
                progress("export", done, manifest.slice_sets)


def images_and_mask(
    manifest: Manifest, columns: Sequence[str], default: Sequence[str]
) -> tuple[str, ...]:
    """Return the images that are to be channels of an input whose target is the mask.

    Parameters
    ----------
    manifest
        Of the release.
    columns
        As they were asked for; `default` if none were. The mask need not be named: it
        comes along wherever the release has it.

    Raises
    ------
    InvalidInputError
        If there is no such column, or no image is named.
    """
    named = [
        n for n in chosen_columns(manifest.columns, columns or default) if n != MASK
    ]
    if not named:
        raise InvalidInputError(
            "no image to export: the mask is exported as the target of others; name "
            f"at least one image, such as --column {default[0]}"
        )
    return tuple(named)
