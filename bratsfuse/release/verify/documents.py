"""The documents of a release against its manifest and its rows.

Card, datasheet and Croissant description are written again from the manifest and
compared; index and patient lists are compared with what the split files contain.
"""

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bratsfuse import __version__
from bratsfuse.errors import ReleaseError
from bratsfuse.issues import Issue, error
from bratsfuse.records import SliceId
from bratsfuse.release.card import CARD_NAME, card, front_matter, read_front_matter
from bratsfuse.release.column import Column
from bratsfuse.release.croissant import CROISSANT_NAME, describe
from bratsfuse.release.datasheet import DATASHEET_NAME, datasheet
from bratsfuse.release.documents import INDEX_NAME, SPLITS_NAME
from bratsfuse.release.fingerprint import json_digest
from bratsfuse.release.manifest import Manifest
from bratsfuse.wording import some

UNREADABLE = (OSError, ValueError, LookupError, RecursionError, csv.Error)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRow:
    """What the documents say of a row, as its split file contains it."""

    split: str
    slice_id: SliceId
    patient: str
    grade: str
    digest: str


def document_issues(
    release: Path,
    manifest: Manifest,
    table: Sequence[Column],
    rows: Sequence[StoredRow],
) -> Iterator[Issue]:
    """Yield every way in which a document is not what manifest and rows make it."""
    yield from _card_issues(release, manifest, table)
    yield from _datasheet_issues(release, manifest, table)
    index = list(_index_issues(release, manifest, rows))
    yield from index
    yield from _croissant_issues(release, manifest, with_index=not index)
    yield from _splits_json_issues(release, rows)


def _is_ours(manifest: Manifest) -> bool:
    """Return whether this version wrote the documents: another may word them anew."""
    return manifest.bratsfuse == __version__


def _text(path: Path) -> str:
    """Return a text as it was written, line ends included."""
    return path.read_bytes().decode("utf-8")


def _card_issues(
    release: Path, manifest: Manifest, table: Sequence[Column]
) -> Iterator[Issue]:
    try:
        if _text(release / CARD_NAME) == card(manifest, table):
            return
        found = read_front_matter(release / CARD_NAME)
    except ReleaseError as problem:
        yield error(CARD_NAME, "stale-card", str(problem))
        return
    except UNREADABLE as problem:
        yield error(CARD_NAME, "stale-card", f"not readable ({problem!r})")
        return
    expected = front_matter(manifest, table)
    wrong = [
        key for key in ("configs", "dataset_info") if found.get(key) != expected[key]
    ]
    for key in wrong:
        text = (
            f"its {key} are not those of this release, so load_dataset may serve "
            "old data from its cache; build again"
        )
        yield error(CARD_NAME, "stale-card", text)
    if not wrong and _is_ours(manifest):
        text = "it does not say what the manifest says; build again"
        yield error(CARD_NAME, "stale-card", text)


def _datasheet_issues(
    release: Path, manifest: Manifest, table: Sequence[Column]
) -> Iterator[Issue]:
    try:
        found = _text(release / DATASHEET_NAME)
    except UNREADABLE as problem:
        yield error(DATASHEET_NAME, "stale-datasheet", f"not readable ({problem!r})")
        return
    if _is_ours(manifest) and found != datasheet(manifest.recipe, table, manifest):
        text = "it does not say what the manifest says; build again"
        yield error(DATASHEET_NAME, "stale-datasheet", text)


def _croissant_issues(
    release: Path, manifest: Manifest, *, with_index: bool
) -> Iterator[Issue]:
    """Compare the description; without its words on an index that is reported."""
    try:
        found = json.loads(_text(release / CROISSANT_NAME))
    except UNREADABLE as problem:
        yield error(CROISSANT_NAME, "stale-croissant", f"not readable ({problem!r})")
        return
    try:
        expected: object = describe(release, manifest)
    except (*UNREADABLE, StopIteration):
        return  # a file that it describes cannot be read, and was told of
    if not with_index:
        found, expected = _without_index(found), _without_index(expected)
    if _is_ours(manifest) and found != expected:
        text = "it does not say what manifest and files say; build again"
        yield error(CROISSANT_NAME, "stale-croissant", text)


def _without_index(content: object) -> object:
    if not isinstance(content, dict):
        return content
    files = content.get("distribution")
    if isinstance(files, list):
        files = [
            file
            for file in files
            if not (isinstance(file, dict) and file.get("@id") == INDEX_NAME)
        ]
    return {**content, "distribution": files, "recordSet": None}


def _index_issues(
    release: Path, manifest: Manifest, rows: Sequence[StoredRow]
) -> Iterator[Issue]:
    stored = [_index_line(manifest, row) for row in rows]
    names = list(stored[0]) if stored else ["slice_id"]
    try:
        with (release / INDEX_NAME).open(encoding="utf-8", newline="") as file:
            listed = [
                {name: line[name] for name in names} for line in csv.DictReader(file)
            ]
    except UNREADABLE as problem:
        yield error(INDEX_NAME, "stale-index", f"not readable ({problem!r})")
        return
    if listed != stored:
        there = {tuple(line.values()) for line in listed}
        here = {tuple(line.values()) for line in stored}
        wrong = sorted({str(line[0]) for line in there ^ here})
        text = f"{len(wrong)} slice sets differ from files and manifest: "
        text += some(wrong, 3)
        yield error(INDEX_NAME, "stale-index", text)


def _index_line(manifest: Manifest, row: StoredRow) -> Mapping[str, str]:
    """Return what the index says of a row, but for the areas."""
    source = manifest.source
    coding = " ".join(f"{value}>{name}" for value, name in source.label_map.items())
    case = manifest.cases.get(row.slice_id.case)
    files = case.sources if case else {}
    return {
        "slice_id": str(row.slice_id),
        "split": row.split,
        "case_id": row.slice_id.case,
        "patient_id": row.patient,
        "slice_index": str(row.slice_id.z),
        "grade": row.grade,
        "source_sha256": json_digest(
            {role: file.sha256 for role, file in files.items()}
        ),
        "row_sha256": row.digest,
        "layout": source.layout,
        "label_map": coding,
        "licence": source.licence,
    }


def _splits_json_issues(release: Path, rows: Sequence[StoredRow]) -> Iterator[Issue]:
    stored: dict[str, dict[str, list[str]]] = {}
    for row in rows:
        cases = stored.setdefault(row.split, {}).setdefault(row.patient, [])
        if row.slice_id.case not in cases:
            cases.append(row.slice_id.case)
    try:
        listed = json.loads(_text(release / SPLITS_NAME))
    except UNREADABLE as problem:
        yield error(SPLITS_NAME, "stale-splits", f"not readable ({problem})")
        return
    if listed != stored:
        text = "its patients and cases are not those of the files"
        yield error(SPLITS_NAME, "stale-splits", text)
