"""One split file against the manifest: its attributes, its columns and every row."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bratsfuse.anatomy import Label, Modality
from bratsfuse.errors import ReleaseError
from bratsfuse.issues import Issue, error
from bratsfuse.records import Grade, SliceId, json_values
from bratsfuse.release.column import ROW_DIGEST, Column
from bratsfuse.release.columns import FUSION_PREFIX
from bratsfuse.release.described import DESCRIBED, described
from bratsfuse.release.fingerprint import part_digests, row_digest, split_digest
from bratsfuse.release.manifest import Manifest
from bratsfuse.release.manifest_parts import SplitRecord
from bratsfuse.release.split_file import SplitFile, rows_of
from bratsfuse.release.verify.documents import UNREADABLE, StoredRow


def refuse_changed_rows(release: Path, manifest: Manifest, split: str) -> None:
    """Refuse to score a split whose rows are not those that the manifest proves.

    Raises
    ------
    ReleaseError
        If the digest of its rows is another than the manifest's, or they cannot be
        read.
    """
    record = manifest.splits[split]
    table = manifest.columns_of(split, manifest.columns)
    with SplitFile(release / record.file) as file:
        digest = split_digest(row_digest(table, row) for row in rows_of(file, table))
    if digest != record.sha256:
        raise ReleaseError(
            f"{release / record.file}: its rows have the digest {digest}, the manifest "
            f"promises {record.sha256}; run bratsfuse verify, then build or copy the "
            "release again"
        )


def split_rows(
    release: Path,
    name: str,
    manifest: Manifest,
    issues: list[Issue],
    told: Callable[[int], None],
) -> list[StoredRow] | None:
    """Return the rows of a split, None if it cannot be read; add what is wrong."""
    record = manifest.splits[name]
    table = manifest.columns_of(name, manifest.columns)
    products = {f"{FUSION_PREFIX}{product}" for product in manifest.products}
    labels = manifest.source.labels
    rows: list[StoredRow] = []
    try:
        with SplitFile(release / record.file) as split:
            issues += _attribute_issues(release, split, name, manifest, table)
            damage = list(_column_issues(split, manifest, record, table))
            issues += damage
            if damage:
                return None
            for row in rows_of(split, table):
                rows.append(_stored(name, row, table))
                where = f"{record.file} > {rows[-1].slice_id}"
                if rows[-1].digest != row[ROW_DIGEST]:
                    issues.append(_digest_issue(where, rows[-1], row))
                issues += _pixel_issues(where, row, table, products, labels)
                told(len(rows))
    except ReleaseError as problem:
        issues.append(error(record.file, "broken-file", str(problem)))
        return None
    issues += _content_issues(rows, record)
    return rows


def _stored(split: str, row: Mapping[str, Any], table: Sequence[Column]) -> StoredRow:
    """Return what is kept of a row after its pixels have been looked at."""
    grade = int(row["grade"])
    return StoredRow(
        split=split,
        slice_id=SliceId(str(row["case_id"]), int(row["slice_index"])),
        patient=str(row["patient_id"]),
        grade=Grade(grade).name if grade in set(Grade) else str(grade),
        digest=row_digest(table, row),
    )


def _digest_issue(where: str, stored: StoredRow, row: Mapping[str, Any]) -> Issue:
    text = f"content digest {stored.digest}, stored {row[ROW_DIGEST]}"
    return error(where, "row-differs", text)


def _pixel_issues(
    where: str,
    row: Mapping[str, Any],
    table: Sequence[Column],
    products: Collection[str],
    known: frozenset[Label],
) -> Iterator[Issue]:
    """Yield values that no column of the kind may contain, whatever its digest says."""
    brain = np.any([row[modality] > 0 for modality in Modality], axis=0)
    for column in table:
        value, place = row[column.name], f"{where} > {column.name}"
        if column.kind == "mask":
            labels = sorted(int(label) for label in np.unique(value))
            unknown = [label for label in labels if label not in known]
            if unknown:
                names = ", ".join(f"{int(one)} {one.name}" for one in sorted(known))
                text = f"value {unknown[0]} is no label of the source; expected {names}"
                yield error(place, "unknown-labels", text)
        elif column.name in products and value[~brain].any():
            text = "not 0 where every modality is 0"
            yield error(place, "background-not-zero", text)


def _attribute_issues(
    release: Path,
    split: SplitFile,
    name: str,
    manifest: Manifest,
    table: Sequence[Column],
) -> Iterator[Issue]:
    record = manifest.splits[name]
    attributes = split.attributes
    if attributes.get("split") != name:
        text = f"is the {attributes.get('split')} split; expected {name}: swapped?"
        yield error(record.file, "swapped-file", text)
    elif attributes.get("fingerprint") != record.sha256:
        text = "belongs to another release: its fingerprint is not the manifest's"
        yield error(record.file, "swapped-file", text)
    expected = {
        "recipe": json_values(manifest.recipe),
        "layout": manifest.source.layout,
        "labels": {label.name: int(label) for label in Label},
        "added": manifest.added_to_json() or None,
    }
    for key, value in expected.items():
        if attributes.get(key) != value:
            text = f"its {key} is {attributes.get(key)}; expected {value}"
            yield error(record.file, "attributes-differ", text)
    yield from _scored_issues(attributes.get("scored"), manifest, record)
    yield from _described_issues(release, attributes.get(DESCRIBED), manifest, name)
    names = sorted(column.name for column in table)
    if split.names != names:
        text = f"columns {', '.join(split.names)}; expected {', '.join(names)}"
        yield error(record.file, "columns-differ", text)


def _scored_issues(
    stored: object, manifest: Manifest, record: SplitRecord
) -> Iterator[Issue]:
    """Yield what scoring reads and the manifest has otherwise than the split file."""
    digests = stored if isinstance(stored, Mapping) else {}
    expected = part_digests(manifest.scored)
    for name in dict.fromkeys([*expected, *digests]):
        if digests.get(name) != expected.get(name):
            text = (
                f"was built with another {name} than the manifest has, which scores "
                "depend on; build or copy the release again"
            )
            yield error(record.file, "attributes-differ", text)


def _described_issues(
    release: Path, stored: object, manifest: Manifest, split: str
) -> Iterator[Issue]:
    """Yield what the release says of itself otherwise than when it was built."""
    if stored is None:
        return  # built before split files had it
    digests = stored if isinstance(stored, Mapping) else {}
    try:
        expected = described(release, manifest, split)
    except UNREADABLE:
        return  # the index cannot be read, and is among the issues
    for name in dict.fromkeys([*expected, *digests]):
        if digests.get(name) != expected.get(name):
            text = f"was built with another {name} than the release has"
            text += ": it was edited; build or copy the release again"
            yield error(manifest.splits[split].file, "edited", text)


def _column_issues(
    split: SplitFile, manifest: Manifest, record: SplitRecord, table: Sequence[Column]
) -> Iterator[Issue]:
    """Yield why the columns cannot be read as rows; nothing if they can."""
    lengths = {}
    for column in table:
        form = split.form(column.name)
        shape = column.shape(manifest.image_shape)
        if form is None:
            text = f"{column.name} is no column of data"
            yield error(record.file, "columns-differ", text)
        elif form[0] != column.dtype or not form[1] or form[1][1:] != shape:
            text = (
                f"{column.name} contains {form[0]} of shape {form[1]}; "
                f"expected {column.dtype} and {shape} per row"
            )
            yield error(record.file, "columns-differ", text)
        else:
            lengths[column.name] = form[1][0]
    if len(set(lengths.values())) > 1:
        text = ", ".join(f"{name} {length}" for name, length in lengths.items())
        yield error(record.file, "columns-differ", f"rows per column: {text}")


def _content_issues(rows: Sequence[StoredRow], record: SplitRecord) -> Iterator[Issue]:
    counts = {
        "slice sets": (len(rows), record.slice_sets),
        "cases": (len({row.slice_id.case for row in rows}), record.cases),
        "patients": (len({row.patient for row in rows}), record.patients),
    }
    for what, (stored, promised) in counts.items():
        if stored != promised:
            code = "row-count" if what == "slice sets" else "count-differs"
            text = f"{stored} {what}; the manifest promises {promised}"
            yield error(record.file, code, text)
    ids = [row.slice_id for row in rows]
    if ids != sorted(set(ids)):
        text = (
            "slice ids repeat or are out of order; expected case by case, ascending z"
        )
        yield error(record.file, "row-order", text)
    digest = split_digest(row.digest for row in rows)
    if digest != record.sha256:
        text = f"its rows have the digest {digest}, the manifest promises "
        yield error(record.file, "content-differs", text + record.sha256)
