"""A release against its own promises: every array, every file, every rule.

All problems are collected; none stops the search for the others, unless there is
nothing left to look at.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bratsfuse.anatomy import Label, Modality
from bratsfuse.errors import ReleaseError
from bratsfuse.issues import Issue, error
from bratsfuse.progress import Progress, silent
from bratsfuse.records import Grade, SliceId
from bratsfuse.release.columns import FUSION_PREFIX, MASK, ROW_DIGEST, Column
from bratsfuse.release.fingerprint import (
    file_digest,
    release_fingerprint,
    row_digest,
    split_digest,
)
from bratsfuse.release.manifest import (
    MANIFEST_NAME,
    Manifest,
    SplitRecord,
    read_manifest,
)
from bratsfuse.release.split_file import SplitFile, rows_of
from bratsfuse.release.verify.documents import StoredRow, document_issues
from bratsfuse.release.verify.withheld import withheld_issues


def verify(release: Path, progress: Progress = silent) -> list[Issue]:
    """Return every way in which a release is not what it promises; none if it is.

    Parameters
    ----------
    release
        The folder.
    progress
        Told of every verified row.

    Returns
    -------
    list of Issue
        All of them errors, in the order files, splits, patients, documents, withheld
        labels.

    Raises
    ------
    ReleaseError
        If the folder is no finished release, so that there is nothing to verify.
    """
    manifest = read_manifest(release)
    table = manifest.columns
    issues = list(_file_issues(release, manifest))
    found: dict[str, list[StoredRow]] = {}
    for name in manifest.splits:
        done = sum(map(len, found.values()))

        def told(row: int, done: int = done) -> None:
            progress("verify", done + row, manifest.slice_sets)

        rows = _split_rows(release, name, manifest, issues, told)
        if rows is not None:
            found[name] = rows
    everything = [row for rows in found.values() for row in rows]
    issues += _fingerprint_issues(manifest, found)
    issues += _patient_issues(everything)
    issues += _plan_issues(manifest, found)
    issues += _case_issues(manifest, found)
    issues += document_issues(release, manifest, table, everything)
    issues += withheld_issues(release, manifest)
    return issues


def _split_rows(
    release: Path,
    name: str,
    manifest: Manifest,
    issues: list[Issue],
    told: Callable[[int], None],
) -> list[StoredRow] | None:
    """Return the rows of a split, None if it cannot be read; add what is wrong."""
    record = manifest.splits[name]
    table = manifest.columns_of(name, manifest.columns)
    rows: list[StoredRow] = []
    try:
        with SplitFile(release / record.file) as split:
            issues += _attribute_issues(split, name, manifest, table)
            damage = list(_column_issues(split, manifest, record, table))
            issues += damage
            if damage:
                return None
            for row in rows_of(split, table):
                rows.append(_stored(name, row, table))
                issues += _row_issues(record, rows[-1], row, table)
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


def _row_issues(
    record: SplitRecord,
    stored: StoredRow,
    row: Mapping[str, Any],
    table: Sequence[Column],
) -> Iterator[Issue]:
    where = f"{record.file} > {stored.slice_id}"
    if stored.digest != row[ROW_DIGEST]:
        text = f"content digest {stored.digest}, stored {row[ROW_DIGEST]}"
        yield error(where, "row-differs", text)
    yield from _pixel_issues(where, row, table)


def _pixel_issues(
    where: str, row: Mapping[str, Any], table: Sequence[Column]
) -> Iterator[Issue]:
    labels = sorted(int(value) for value in np.unique(row.get(MASK, 0)))
    unknown = [value for value in labels if value not in set(Label)]
    if unknown:
        text = f"value {unknown[0]} is not a label (0 to {max(Label)})"
        yield error(f"{where} > mask", "unknown-labels", text)
    originals = [
        c.name for c in table if c.kind == "pixels" and "originals" in c.configs
    ]
    brain = np.any([row[name] > 0 for name in originals if name != MASK], axis=0)
    for column in table:
        if column.name.startswith(FUSION_PREFIX) and row[column.name][~brain].any():
            text = "not 0 where every original is 0"
            yield error(f"{where} > {column.name}", "background-not-zero", text)


def _file_issues(release: Path, manifest: Manifest) -> Iterator[Issue]:
    for name, digest in manifest.files.items():
        path = release / name
        if not path.is_file():
            yield error(name, "file-missing", "the manifest lists it; build again")
        elif file_digest(path) != digest:
            text = "its bytes are not those that were built; build or copy it again"
            yield error(name, "file-changed", text)
    for name, record in manifest.splits.items():
        if record.file not in manifest.files:
            yield error(record.file, "file-missing", f"the file of the {name} split")
    for path in sorted(release.rglob("*")):
        name = path.relative_to(release).as_posix()
        known = name == MANIFEST_NAME or name in manifest.files
        if not known and (path.is_symlink() or not path.is_dir()):
            text = "the manifest does not list it; remove it, or build again"
            yield error(name, "unexpected-file", text)


def _attribute_issues(
    split: SplitFile, name: str, manifest: Manifest, table: Sequence[Column]
) -> Iterator[Issue]:
    record = manifest.splits[name]
    attributes = split.attributes
    if attributes.get("split") != name:
        text = f"holds the {attributes.get('split')} split; expected {name}: swapped?"
        yield error(record.file, "swapped-file", text)
    elif attributes.get("fingerprint") != record.sha256:
        text = "belongs to another release: its fingerprint is not the manifest's"
        yield error(record.file, "swapped-file", text)
    expected = {
        "recipe": manifest.recipe.to_json(),
        "layout": manifest.source.layout,
        "labels": {label.name: int(label) for label in Label},
        "added": manifest.added_to_json() or None,
    }
    for key, value in expected.items():
        if attributes.get(key) != value:
            text = f"its {key} is {attributes.get(key)}; expected {value}"
            yield error(record.file, "attributes-differ", text)
    names = sorted(column.name for column in table)
    if split.names != names:
        text = f"columns {', '.join(split.names)}; expected {', '.join(names)}"
        yield error(record.file, "columns-differ", text)


def _column_issues(
    split: SplitFile, manifest: Manifest, record: SplitRecord, table: Sequence[Column]
) -> Iterator[Issue]:
    """Yield why the columns cannot be read as rows; nothing if they can."""
    lengths = {}
    for column in table:
        form = split.form(column.name)
        shape = {"pixels": manifest.image_shape, "vector": (len(Modality),)}.get(
            column.kind, ()
        )
        if form is None:
            text = f"{column.name} is no column of data"
            yield error(record.file, "columns-differ", text)
        elif form[0] != column.dtype or not form[1] or form[1][1:] != shape:
            text = (
                f"{column.name} holds {form[0]} of shape {form[1]}; "
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


def _fingerprint_issues(
    manifest: Manifest, found: Mapping[str, Sequence[StoredRow]]
) -> Iterator[Issue]:
    if len(found) < len(manifest.splits):
        return  # a split that cannot be read was told of
    fingerprint = release_fingerprint(
        {name: split_digest(row.digest for row in rows) for name, rows in found.items()}
    )
    if fingerprint != manifest.fingerprint:
        text = f"{fingerprint}, the manifest promises {manifest.fingerprint}"
        yield error("release", "fingerprint-differs", f"its content gives {text}")


def _patient_issues(rows: Sequence[StoredRow]) -> Iterator[Issue]:
    splits: dict[tuple[str, str], set[str]] = {}
    for row in rows:
        splits.setdefault(("patient", row.patient), set()).add(row.split)
        splits.setdefault(("case", row.slice_id.case), set()).add(row.split)
    for (kind, name), places in sorted(splits.items()):
        if len(places) > 1:
            text = f"{kind} in {' and '.join(sorted(places))}; expected one split"
            yield error(name, f"{kind}-in-two-splits", text)


def _plan_issues(
    manifest: Manifest, found: Mapping[str, Sequence[StoredRow]]
) -> Iterator[Issue]:
    """Yield what the manifest lists and the files lack, and the reverse."""
    for name, rows in found.items():
        listed = {
            SliceId(case, z)
            for case, record in manifest.cases.items()
            if record.split == name
            for z in record.slices
        }
        stored = {row.slice_id for row in rows}
        where = manifest.splits[name].file
        for identifier in sorted(listed - stored):
            text = f"{identifier} is listed in the manifest and not stored"
            yield error(where, "missing-row", text)
        for identifier in sorted(stored - listed):
            text = f"{identifier} is stored and not listed in the manifest"
            yield error(where, "unexpected-row", text)


def _case_issues(
    manifest: Manifest, found: Mapping[str, Sequence[StoredRow]]
) -> Iterator[Issue]:
    """Yield the cases of the manifest that are not told as the rows tell them."""
    facts: dict[str, set[tuple[str, str, str]]] = {}
    for rows in found.values():
        for row in rows:
            fact = (row.split, row.patient, row.grade)
            facts.setdefault(row.slice_id.case, set()).add(fact)
    for case, record in manifest.cases.items():
        if record.split in manifest.splits and record.split not in found:
            continue  # its file cannot be read, and was told of
        promised = (record.split, record.patient, record.grade)
        stored = facts.get(case, set())
        if stored != {promised}:
            told = "; ".join(" ".join(fact) for fact in sorted(stored)) or "no row"
            text = f"the manifest says {' '.join(promised)}, the files {told}"
            yield error(case, "case-differs", text)
        if sorted(set(record.slices)) != list(record.slices):
            text = "its slices repeat or are out of order in the manifest"
            yield error(case, "case-differs", text)
