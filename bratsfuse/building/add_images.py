"""A release with given images as one more fusion product.

Everything that is stored already is copied as it lies on disk; rows get the new image
and a new digest, and every document with digests or columns is written anew.
"""

import csv
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from bratsfuse import __version__
from bratsfuse.anatomy import Modality
from bratsfuse.arrays import Image, zero_background
from bratsfuse.errors import InvalidInputError, ReleaseError
from bratsfuse.parallel import row_by_row
from bratsfuse.place import check_target, new_result
from bratsfuse.progress import Progress, silent
from bratsfuse.records import SliceId
from bratsfuse.release.card import CARD_NAME
from bratsfuse.release.column import ROW_DIGEST, Column
from bratsfuse.release.columns import FUSION_PREFIX, check_product_id
from bratsfuse.release.croissant import CROISSANT_NAME
from bratsfuse.release.datasheet import DATASHEET_NAME
from bratsfuse.release.described import DESCRIBED, described
from bratsfuse.release.documents import INDEX_NAME, document
from bratsfuse.release.fingerprint import file_digest, row_digest, split_digest
from bratsfuse.release.manifest import RELEASE, Manifest, read_manifest
from bratsfuse.release.manifest_parts import AddedProduct, SplitRecord
from bratsfuse.release.preview import PREVIEWS_NAME, write_previews
from bratsfuse.release.split_file import SplitFile, rows_of
from bratsfuse.release.store import WRITTEN_LAST, widen

ImageOf = Callable[[SliceId, Mapping[Modality, Image]], Image]
"""A slice id and the modalities of the slice to its fused image."""


def add_images(
    image_of: ImageOf,
    product: str,
    record: AddedProduct,
    release: Path,
    target: Path,
    *,
    workers: int = 1,
    overwrite: bool = False,
    progress: Progress = silent,
) -> Manifest:
    """Return the manifest of a new release, with given images as one more product.

    Parameters
    ----------
    image_of
        Picklable; returns the new image of a slice.
    product
        What to call the product.
    record
        How it was made.
    release
        The release that it is added to; it is not changed.
    target
        The folder of the new release; it appears in one rename.
    workers
        Processes. The release is the same for any number.
    overwrite
        Replace a release that already exists.
    progress
        Called after every added image.

    Raises
    ------
    InvalidInputError, ReleaseError
        As of `check_addition`.
    """
    check_addition(product, record, release, target, overwrite=overwrite)
    work = partial(_fused, image_of=image_of, product=FUSION_PREFIX + product)
    with new_result(target, RELEASE, overwrite=overwrite) as new:
        # Again, now that no other process replaces the release under this one.
        manifest = check_addition(product, record, release, target, overwrite=overwrite)
        return _write(release, new, manifest, work, workers, progress)


def check_addition(
    product: str, record: AddedProduct, release: Path, target: Path, *, overwrite: bool
) -> Manifest:
    """Return the manifest with the product on record, its digests still the old.

    Raises
    ------
    InvalidInputError
        If the product's name already exists or cannot name a column.
    ReleaseError
        If the release is not finished or not what it was built as, or if the target
        cannot be written or already exists.
    """
    manifest = read_manifest(release)
    if ":" in product:  # the options of a method, which no column can be named by
        raise InvalidInputError(f"{product}: give the product a name with --name")
    check_product_id(product)
    if product in manifest.products:
        raise InvalidInputError(
            f"the release has a product {product!r} already; give another with --name"
        )
    itself = target.resolve() == release.resolve()  # which may be replaced
    outside = () if itself else (release,)
    check_target(target, RELEASE, overwrite=overwrite, outside=outside)
    _check_files(release, manifest)
    return replace(
        manifest, bratsfuse=__version__, added={**manifest.added, product: record}
    )


def _check_files(release: Path, manifest: Manifest) -> None:
    """Refuse a release that is not what it was built as: new digests would hide it."""
    for name in {*manifest.files, *(split.file for split in manifest.splits.values())}:
        path = release / name
        if not path.is_file() or file_digest(path) != manifest.files.get(name):
            raise ReleaseError(
                f"{path}: not what was built; run bratsfuse verify, then build or copy "
                "the release again"
            )


@dataclass(frozen=True, slots=True)
class _Fused:
    """What is new about a row: its fusion image, and the digest of the whole row."""

    slice_id: str
    image: Image
    digest: str


def _fused(
    rows: range,
    *,
    image_of: ImageOf,
    product: str,
    table: Sequence[Column],
    file: SplitFile,
) -> list[_Fused]:
    """Return what is new about some rows of a split, whose new columns are `table`."""
    stored = [column for column in table if column.name not in (product, ROW_DIGEST)]
    fused = []
    for row in rows_of(file, stored, rows):
        originals = {modality: row[modality] for modality in Modality}
        slice_id = SliceId(row["case_id"], int(row["slice_index"]))
        image = zero_background(image_of(slice_id, originals), originals.values())
        digest = row_digest(table, {**row, product: image})
        fused.append(_Fused(str(slice_id), image, digest))
    return fused


def _write(
    release: Path,
    new_release: Path,
    manifest: Manifest,
    work: "partial[list[_Fused]]",
    workers: int,
    progress: Progress,
) -> Manifest:
    """Write the complete new release into a folder; return its manifest."""
    (new_release / "data").mkdir()
    splits: dict[str, SplitRecord] = {}
    digests: dict[str, str] = {}
    for name, record in manifest.splits.items():
        table = manifest.columns_of(name, manifest.columns)
        with SplitFile(release / record.file) as file:
            rows = row_by_row(
                partial(work, table=table, file=file),
                len(file),
                workers,
                _told(progress, len(digests), manifest.slice_sets),
            )
            path = new_release / record.file
            told = described(release, manifest, name)
            new = _write_split(file, path, manifest, table, rows, told)
        splits[name] = replace(record, sha256=split_digest(new.values()))
        digests |= new
    manifest = replace(manifest, splits=splits).proven()
    _copy_files(release, new_release, manifest)
    _write_index(new_release, digests)
    write_previews(new_release, manifest)
    return document(new_release, manifest, manifest.columns)


def _told(progress: Progress, before: int, total: int) -> Callable[[int], None]:
    """Return what to call with the rows done of a split, counted as rows of all."""
    return lambda done: progress("fuse", before + done, total)


def _write_split(
    file: SplitFile,
    target: Path,
    manifest: Manifest,
    table: Sequence[Column],
    rows: Iterator[_Fused],
    told: Mapping[str, str],
) -> dict[str, str]:
    """Write a split file with the new product; return slice id -> row digest."""
    product = FUSION_PREFIX + [*manifest.added][-1]
    digests: dict[str, str] = {}

    def values() -> Iterator[dict[str, Any]]:
        for row in rows:
            digests[row.slice_id] = row.digest
            yield {product: row.image, ROW_DIGEST: row.digest}

    def attributes() -> dict[str, object]:
        return {
            **{k: v for k, v in file.attributes.items() if k not in WRITTEN_LAST},
            "fingerprint": split_digest(digests.values()),
            "added": manifest.added_to_json(),
            DESCRIBED: dict(told),
        }

    widen(file.path, target, table, values(), attributes)
    return digests


def _copy_files(release: Path, new_release: Path, manifest: Manifest) -> None:
    """Copy the files that do not depend on the fusion products, and the index."""
    rewritten = {CARD_NAME, CROISSANT_NAME, DATASHEET_NAME}
    rewritten |= {record.file for record in manifest.splits.values()}
    for name in manifest.files:
        if name not in rewritten and not name.startswith(f"{PREVIEWS_NAME}/"):
            (new_release / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(release / name, new_release / name)


def _write_index(new_release: Path, digests: Mapping[str, str]) -> None:
    """Write the new row digests into the copied index."""
    path = new_release / INDEX_NAME
    with path.open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    for line in lines:
        line[ROW_DIGEST] = digests[line["slice_id"]]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(lines[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(lines)
