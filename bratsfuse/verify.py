"""A release against its own promises: every array, every file, every rule.

All problems are collected; none stops the search for the others, unless there is
nothing left to look at.
"""

import csv
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bratsfuse.anatomy import Label
from bratsfuse.assemble import INDEX_NAME, SPLITS_NAME
from bratsfuse.card import CARD_NAME, front_matter, read_front_matter
from bratsfuse.columns import FUSION_PREFIX, ROW_DIGEST, Column, columns
from bratsfuse.errors import ReleaseError
from bratsfuse.fingerprint import (
    file_digest,
    release_fingerprint,
    row_digest,
    split_digest,
)
from bratsfuse.issues import Issue, error
from bratsfuse.manifest import Manifest, SplitRecord, read_manifest
from bratsfuse.records import SliceId
from bratsfuse.store import SplitFile, rows_of

Progress = Callable[[str, int, int], None]


def _silent(step: str, done: int, total: int) -> None:
    """Report nothing."""


def verify(release: Path, progress: Progress = _silent) -> list[Issue]:
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
        All of them errors, in the order files, splits, patients, documents.

    Raises
    ------
    ReleaseError
        If the folder is no finished release, so that there is nothing to verify.
    """
    manifest = read_manifest(release)
    table = columns(manifest.recipe.fusers, manifest.recipe.sources)
    issues = list(_file_issues(release, manifest))
    found: dict[str, list[_Row]] = {}
    digests: dict[str, str] = {}
    done = 0
    for name, record in manifest.splits.items():
        try:
            with SplitFile(release / record.file) as split:
                issues += _attribute_issues(split, name, record, table)
                rows = []
                for row in rows_of(split, table):
                    rows.append(_Row(name, record, row, table))
                    done += 1
                    progress("verify", done, manifest.slice_sets)
        except ReleaseError as problem:
            issues.append(error(record.file, "broken-file", str(problem)))
            continue
        issues += [issue for row in rows for issue in row.issues]
        issues += _count_issues(rows, record)
        found[name] = rows
        digests[name] = split_digest(row.digest for row in rows)
        if digests[name] != record.sha256:
            text = (
                f"its rows have the digest {digests[name]}, the manifest promises "
                f"{record.sha256}"
            )
            issues.append(error(record.file, "content-differs", text))
    if len(digests) == len(manifest.splits):
        issues += _fingerprint_issues(manifest, digests)
    everything = [row for rows in found.values() for row in rows]
    issues += _patient_issues(everything)
    issues += _plan_issues(manifest, found)
    issues += _card_issues(release, manifest, table)
    issues += _index_issues(release, everything)
    issues += _splits_json_issues(release, everything)
    return issues


class _Row:
    """What is kept of a row after its pixels have been looked at."""

    __slots__ = ("case", "digest", "id", "issues", "patient", "split")

    def __init__(
        self,
        split: str,
        record: SplitRecord,
        row: Mapping[str, Any],
        table: Sequence[Column],
    ) -> None:
        self.split = split
        self.case = str(row["case_id"])
        self.id = str(SliceId(self.case, int(row["slice_index"])))
        self.patient = str(row["patient_id"])
        self.digest = row_digest(table, row)
        where = f"{record.file} > {self.id}"
        self.issues: list[Issue] = []
        if self.digest != row[ROW_DIGEST]:
            text = f"content digest {self.digest}, stored {row[ROW_DIGEST]}"
            self.issues.append(error(where, "row-differs", text))
        self.issues += _pixel_issues(where, row, table)


def _pixel_issues(
    where: str, row: Mapping[str, Any], table: Sequence[Column]
) -> Iterator[Issue]:
    labels = sorted(int(value) for value in np.unique(row["mask"]))
    unknown = [value for value in labels if value not in set(Label)]
    if unknown:
        text = f"value {unknown[0]} is not a label (0 to {max(Label)})"
        yield error(f"{where} > mask", "unknown-labels", text)
    originals = [
        c.name for c in table if c.kind == "pixels" and "originals" in c.configs
    ]
    brain = np.any([row[name] > 0 for name in originals if name != "mask"], axis=0)
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


def _attribute_issues(
    split: SplitFile, name: str, record: SplitRecord, table: Sequence[Column]
) -> Iterator[Issue]:
    attributes = split.attributes
    if attributes.get("split") != name:
        text = f"holds the {attributes.get('split')} split; expected {name}: swapped?"
        yield error(record.file, "swapped-file", text)
    elif attributes.get("fingerprint") != record.sha256:
        text = "belongs to another release: its fingerprint is not the manifest's"
        yield error(record.file, "swapped-file", text)
    expected = sorted(column.name for column in table)
    if split.names != expected:
        text = f"columns {', '.join(split.names)}; expected {', '.join(expected)}"
        yield error(record.file, "columns-differ", text)
    lengths = {column.name: split.length(column.name) for column in table}
    if len(set(lengths.values())) > 1:
        text = ", ".join(f"{column} {length}" for column, length in lengths.items())
        yield error(record.file, "columns-differ", f"rows per column: {text}")


def _count_issues(rows: Sequence[_Row], record: SplitRecord) -> Iterator[Issue]:
    if len(rows) != record.slice_sets:
        text = f"{len(rows)} slice sets; the manifest promises {record.slice_sets}"
        yield error(record.file, "row-count", text)
    ids = [row.id for row in rows]
    if ids != sorted(set(ids), key=SliceId.parse):
        text = (
            "slice ids repeat or are out of order; expected case by case, ascending z"
        )
        yield error(record.file, "row-order", text)


def _fingerprint_issues(
    manifest: Manifest, digests: Mapping[str, str]
) -> Iterator[Issue]:
    fingerprint = release_fingerprint(digests)
    if fingerprint != manifest.fingerprint:
        text = f"{fingerprint}, the manifest promises {manifest.fingerprint}"
        yield error("release", "fingerprint-differs", f"its content gives {text}")


def _patient_issues(rows: Sequence[_Row]) -> Iterator[Issue]:
    for kind in ("patient", "case"):
        splits: dict[str, set[str]] = {}
        for row in rows:
            splits.setdefault(getattr(row, kind), set()).add(row.split)
        for name, places in sorted(splits.items()):
            if len(places) > 1:
                text = f"{kind} in {' and '.join(sorted(places))}; expected one split"
                yield error(name, f"{kind}-in-two-splits", text)


def _plan_issues(
    manifest: Manifest, found: Mapping[str, Sequence[_Row]]
) -> Iterator[Issue]:
    """Yield what the manifest lists and the files lack, and the reverse."""
    for name, rows in found.items():
        listed = {
            str(SliceId(case, z))
            for case, record in manifest.cases.items()
            if record.split == name
            for z in record.slices
        }
        stored = {row.id for row in rows}
        where = manifest.splits[name].file
        for identifier in sorted(listed - stored):
            text = f"{identifier} is listed in the manifest and not stored"
            yield error(where, "missing-row", text)
        for identifier in sorted(stored - listed):
            text = f"{identifier} is stored and not listed in the manifest"
            yield error(where, "unexpected-row", text)


def _card_issues(
    release: Path, manifest: Manifest, table: Sequence[Column]
) -> Iterator[Issue]:
    try:
        found = read_front_matter(release / CARD_NAME)
    except ReleaseError as problem:
        yield error(CARD_NAME, "stale-card", str(problem))
        return
    expected = front_matter(manifest, table)
    for key in ("configs", "dataset_info"):
        if found.get(key) != expected[key]:
            text = (
                f"its {key} are not those of this release, so load_dataset may serve "
                "old data from its cache; build again"
            )
            yield error(CARD_NAME, "stale-card", text)


def _index_issues(release: Path, rows: Sequence[_Row]) -> Iterator[Issue]:
    try:
        with (release / INDEX_NAME).open(encoding="utf-8", newline="") as file:
            listed = [
                (
                    line["slice_id"],
                    line["split"],
                    line["patient_id"],
                    line["row_sha256"],
                )
                for line in csv.DictReader(file)
            ]
    except (OSError, KeyError, csv.Error) as problem:
        yield error(INDEX_NAME, "stale-index", f"not readable ({problem!r})")
        return
    stored = [(row.id, row.split, row.patient, row.digest) for row in rows]
    if listed != stored:
        wrong = sorted({a[0] for a in set(listed) ^ set(stored)})
        names = ", ".join(wrong[:3]) + (", ..." if len(wrong) > 3 else "")
        text = f"{len(wrong)} slice sets differ from the files: {names}"
        yield error(INDEX_NAME, "stale-index", text)


def _splits_json_issues(release: Path, rows: Sequence[_Row]) -> Iterator[Issue]:
    stored: dict[str, dict[str, list[str]]] = {}
    for row in rows:
        cases = stored.setdefault(row.split, {}).setdefault(row.patient, [])
        if row.case not in cases:
            cases.append(row.case)
    try:
        listed = json.loads((release / SPLITS_NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError) as problem:
        yield error(SPLITS_NAME, "stale-splits", f"not readable ({problem})")
        return
    if listed != stored:
        text = "its patients and cases are not those of the files"
        yield error(SPLITS_NAME, "stale-splits", text)
