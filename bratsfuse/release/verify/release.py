"""A release against its own promises: every array, every file, every rule.

All problems are collected; none stops the search for the others, unless there is
nothing left to look at.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from bratsfuse.issues import Issue, error
from bratsfuse.progress import Progress, silent
from bratsfuse.records import SliceId
from bratsfuse.release.fingerprint import (
    file_digest,
    release_fingerprint,
    split_digest,
)
from bratsfuse.release.manifest import Manifest, read_manifest
from bratsfuse.release.scored import MANIFEST_NAME
from bratsfuse.release.verify.documents import StoredRow, document_issues
from bratsfuse.release.verify.previews import preview_issues
from bratsfuse.release.verify.split_rows import split_rows
from bratsfuse.release.verify.withheld import withheld_issues


def verify(release: Path, progress: Progress = silent) -> list[Issue]:
    """Return every way in which a release is not what it promises; none if it is.

    Parameters
    ----------
    release
        The folder.
    progress
        Called after every verified row.

    Returns
    -------
    list of Issue
        All of them errors, in the order files, splits, patients, documents, hidden
        labels.

    Raises
    ------
    ReleaseError
        If the folder is no finished release, so that there is nothing to verify.
    """
    manifest = read_manifest(release, check=False)
    table = manifest.columns
    issues = list(_file_issues(release, manifest))
    found: dict[str, list[StoredRow]] = {}
    for name in manifest.splits:
        done = sum(map(len, found.values()))

        def told(row: int, done: int = done) -> None:
            progress("verify", done + row, manifest.slice_sets)

        rows = split_rows(release, name, manifest, issues, told)
        if rows is not None:
            found[name] = rows
    everything = [row for rows in found.values() for row in rows]
    issues += _fingerprint_issues(manifest, found)
    issues += _patient_issues(everything)
    issues += _plan_issues(manifest, found)
    issues += _case_issues(manifest, found)
    issues += document_issues(release, manifest, table, everything)
    issues += withheld_issues(release, manifest)
    issues += preview_issues(release, manifest, found)
    return issues


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


def _fingerprint_issues(
    manifest: Manifest, found: Mapping[str, Sequence[StoredRow]]
) -> Iterator[Issue]:
    if len(found) < len(manifest.splits):
        return  # a split that cannot be read was told of
    digests = {
        name: split_digest(row.digest for row in rows) for name, rows in found.items()
    }
    fingerprint = release_fingerprint(digests, manifest.scored)
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
    """Yield the cases of the manifest that differ from what the rows say."""
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
