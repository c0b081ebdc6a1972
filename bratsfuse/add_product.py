"""A release with one more fusion product: `bratsfuse fuse`.

Everything that is stored already is copied as it lies on disk; rows get the new image
and a new digest, and whatever tells of digests and columns is written anew.
"""

import csv
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from bratsfuse import __version__
from bratsfuse.anatomy import Modality
from bratsfuse.assemble import INDEX_NAME, document
from bratsfuse.baselines import Image
from bratsfuse.build import check_target, publish
from bratsfuse.card import CARD_NAME
from bratsfuse.columns import FUSION_PREFIX, ROW_DIGEST, Column, check_product_id
from bratsfuse.croissant import CROISSANT_NAME
from bratsfuse.datasheet import DATASHEET_NAME
from bratsfuse.errors import InvalidInputError, ReleaseError
from bratsfuse.fingerprint import (
    file_digest,
    release_fingerprint,
    row_digest,
    split_digest,
)
from bratsfuse.manifest import AddedProduct, Manifest, SplitRecord, read_manifest
from bratsfuse.methods import Method, cached_method, method
from bratsfuse.parallel import row_by_row
from bratsfuse.preview import PREVIEWS_NAME, write_previews
from bratsfuse.progress import Progress, silent
from bratsfuse.records import SliceId
from bratsfuse.store import WRITTEN_LAST, SplitFile, rows_of, widen


def add_product(
    name: str,
    release: Path,
    target: Path,
    *,
    product: str | None = None,
    sources: Sequence[Modality] | None = None,
    workers: int = 1,
    overwrite: bool = False,
    progress: Progress = silent,
) -> Manifest:
    """Return the manifest of a new release, with one more fusion product.

    Slice sets, splits and all other columns stay as they are. The new images are 0
    where every original is 0, as in every product, whatever the method gives there.

    Parameters
    ----------
    name
        A fuser or a baseline, see `bratsfuse.methods.method`.
    release
        The release that it is added to; it is not changed.
    target
        The folder of the new release; it appears in one rename.
    product
        What to call the product; None for the name of the method.
    sources
        The originals that the method is given; None for what it takes, or, where it
        takes any, for those of the release's own fusion images.
    workers
        Processes. The release is the same for any number.
    overwrite
        Replace a release that stands under the name.
    progress
        Told of every fused slice.

    Raises
    ------
    UnknownNameError, MissingExtraError, InvalidInputError
        If there is no such method, or it cannot do what is asked; if the product's
        name is taken or cannot name a column.
    ReleaseError
        If the release is not finished or not what it was built as, or if the target
        cannot be written or is taken.
    """
    manifest = read_manifest(release)
    chosen = method(name, manifest.recipe.sources, sources)
    new = _new_product(chosen, product or chosen.name, manifest)
    target = target.absolute()
    check_target(target, overwrite=overwrite)
    unfinished = target.with_name(f"{target.name}.partial")
    shutil.rmtree(unfinished, ignore_errors=True)
    work = partial(
        _fused,
        name=name,
        sources=chosen.sources,
        table=new.columns,
        product=f"{FUSION_PREFIX}{product or chosen.name}",
    )
    try:
        final = _write(release, unfinished / "release", new, work, workers, progress)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
    publish(unfinished / "release", target)
    shutil.rmtree(unfinished)
    return final


def _new_product(chosen: Method, product: str, manifest: Manifest) -> Manifest:
    """Return the manifest with the product on record, its digests still the old."""
    if "fusion" not in chosen.tracks:
        raise InvalidInputError(
            f"{chosen.name} predicts {', '.join(chosen.tracks)}; "
            "expected a method that fuses"
        )
    if ":" in product:  # the options of a method, which no column can be named by
        raise InvalidInputError(f"{product}: give the product a name with --name")
    check_product_id(product)
    if product in manifest.products:
        raise InvalidInputError(
            f"the release has a product {product!r} already; give another with --name"
        )
    record = AddedProduct(
        made_by=chosen.name,
        method=chosen.summary,
        sources=tuple(map(str, chosen.sources)),
        training_data=chosen.training_data,
        added_to=manifest.fingerprint,
    )
    return replace(
        manifest, bratsfuse=__version__, added={**manifest.added, product: record}
    )


def _write(
    release: Path,
    new_release: Path,
    manifest: Manifest,
    work: "partial[list[_Fused]]",
    workers: int,
    progress: Progress,
) -> Manifest:
    """Write the whole new release into a folder; return its manifest."""
    (new_release / "data").mkdir(parents=True)
    splits: dict[str, SplitRecord] = {}
    digests: dict[str, str] = {}
    for name, record in manifest.splits.items():
        with SplitFile(release / record.file) as file:
            rows = row_by_row(
                partial(work, file=file),
                len(file),
                workers,
                _told(progress, len(digests), manifest.slice_sets),
            )
            new = _write_split(new_release / record.file, file, manifest, name, rows)
        splits[name] = replace(record, sha256=split_digest(new.values()))
        digests |= new
    fingerprint = release_fingerprint({n: one.sha256 for n, one in splits.items()})
    manifest = replace(manifest, splits=splits, fingerprint=fingerprint)
    _copy_files(release, new_release, manifest)
    _write_index(new_release, digests)
    write_previews(new_release, manifest)
    return document(new_release, manifest, manifest.columns)


def _told(progress: Progress, before: int, total: int) -> Callable[[int], None]:
    """Return what to call with the rows done of a split, told as rows of all."""
    return lambda done: progress("fuse", before + done, total)


def _write_split(
    target: Path,
    file: SplitFile,
    manifest: Manifest,
    split: str,
    rows: "Iterator[_Fused]",
) -> dict[str, str]:
    """Write a split file with the new product; return slice id -> row digest."""
    product = f"{FUSION_PREFIX}{[*manifest.added][-1]}"
    names = {*file.names, product}
    before: list[str] = []
    digests: dict[str, str] = {}

    def values() -> Iterator[dict[str, Any]]:
        for row in rows:
            before.append(row.before)
            digests[row.slice_id] = row.digest
            yield {product: row.image, ROW_DIGEST: row.digest}

    def attributes() -> dict[str, object]:
        return {
            **{k: v for k, v in file.attributes.items() if k not in WRITTEN_LAST},
            "fingerprint": split_digest(digests.values()),
            "added": manifest.added_to_json(),
        }

    table = [column for column in manifest.columns if column.name in names]
    widen(file.path, target, table, values(), attributes)
    if split_digest(before) != manifest.splits[split].sha256:
        raise _changed(file.path)
    return digests


@dataclass(frozen=True, slots=True)
class _Fused:
    """What is new about a row.

    Attributes
    ----------
    slice_id
        Which row it is.
    image
        The new fusion image.
    before, digest
        The digest of the row as it is stored, and with the image.
    """

    slice_id: str
    image: Image
    before: str
    digest: str


def _fused(
    rows: range,
    *,
    name: str,
    sources: tuple[Modality, ...],
    table: Sequence[Column],
    product: str,
    file: SplitFile,
) -> list[_Fused]:
    """Return what is new about some rows of a split."""
    apply = cached_method(name, sources)
    names = {*file.names, product}
    new = [column for column in table if column.name in names]
    old = [column for column in new if column.name != product]
    fused = []
    for row in rows_of(file, old, rows):
        originals = {modality: np.asarray(row[modality]) for modality in Modality}
        image = apply(originals)["fusion"]
        brain = np.any(list(originals.values()), axis=0)
        image = np.where(brain, image, np.uint8(0))
        slice_id = SliceId(str(row["case_id"]), int(row["slice_index"]))
        before, digest = row_digest(old, row), row_digest(new, {**row, product: image})
        if before != row[ROW_DIGEST]:
            raise _changed(f"{file.path} > {slice_id}")
        fused.append(_Fused(str(slice_id), image, before, digest))
    return fused


def _changed(place: object) -> ReleaseError:
    return ReleaseError(
        f"{place}: not what was built; run bratsfuse verify, then build or copy the "
        "release again"
    )


def _copy_files(release: Path, new_release: Path, manifest: Manifest) -> None:
    """Copy what does not depend on the fusion products, and is what was built."""
    rewritten = {CARD_NAME, CROISSANT_NAME, DATASHEET_NAME}
    rewritten |= {record.file for record in manifest.splits.values()}
    for name, digest in manifest.files.items():
        if name in rewritten or name.startswith(f"{PREVIEWS_NAME}/"):
            continue
        if file_digest(release / name) != digest:
            raise _changed(release / name)
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
