"""Finished parts to a complete release: split files, index, documents, manifest."""

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from bratsfuse import __version__
from bratsfuse.anatomy import Label
from bratsfuse.building.parts import Choice, Part, common_image_shape
from bratsfuse.building.source_release import source_release
from bratsfuse.issues import Issue
from bratsfuse.raw.layout import Layout
from bratsfuse.records import SliceId, SourceFile, json_values
from bratsfuse.release.column import Column
from bratsfuse.release.columns import columns, without_labels
from bratsfuse.release.described import DESCRIBED, described
from bratsfuse.release.documents import INDEX_NAME, SPLITS_NAME, document
from bratsfuse.release.fingerprint import json_digest, part_digests, split_digest
from bratsfuse.release.grids import write_grids
from bratsfuse.release.label_key import write_key
from bratsfuse.release.manifest import Manifest
from bratsfuse.release.manifest_parts import CaseRecord, SplitRecord
from bratsfuse.release.preview import write_previews
from bratsfuse.release.recipe import Recipe
from bratsfuse.release.store import merge
from bratsfuse.release.withhold import public_issues, public_sources


def assemble(
    release: Path,
    layout: Layout,
    recipe: Recipe,
    chosen: Sequence[Choice],
    parts: Sequence[Part],
    issues: Sequence[Issue],
    *,
    key: Path,
) -> Manifest:
    """Return the manifest of a release that is written completely into a folder.

    Parameters
    ----------
    release
        An empty folder.
    layout, recipe
        Where the cases come from and what was chosen.
    chosen, parts
        The cases in storage order, and the finished rows of each.
    issues
        What the manifest keeps on record.
    key
        Where the answer key is written if labels are hidden.

    Raises
    ------
    OSError
        If something cannot be written.
    """
    (release / "data").mkdir()
    table = columns(recipe.fusers, recipe.sources)
    manifest = Manifest(
        bratsfuse=__version__,
        fingerprint="",
        recipe=recipe,
        source=source_release(layout, chosen[0].case),
        image_shape=common_image_shape([choice.survey for choice in chosen]),
        splits={},
        cases={choice.case.id: _case_record(choice) for choice in chosen},
        issues=_public(issues, chosen),
        files={},
    )
    _write_index(release / INDEX_NAME, manifest, chosen, parts)
    _write_patients(release / SPLITS_NAME, chosen)
    affines = {one.case.id: one.survey.affine for one in chosen}
    write_grids(release, {case: rows for case, rows in affines.items() if rows})
    splits = _write_splits(release, manifest, table, chosen, parts)
    manifest = replace(manifest, splits=splits).proven()
    labels = [part.labels for part in parts if part.labels is not None]
    if labels:
        manifest = replace(
            manifest, withheld=write_key(key, table, labels, manifest.fingerprint)
        )
    write_previews(release, manifest)
    return document(release, manifest, table)


def _public(issues: Sequence[Issue], chosen: Sequence[Choice]) -> tuple[Issue, ...]:
    """Return the issues that may be published: no trace of a hidden label."""
    if not any(choice.withheld for choice in chosen):
        return tuple(issues)
    labelled = {choice.case.id for choice in chosen if not choice.withheld}
    return tuple(public_issues(issues, labelled))


def _write_splits(
    release: Path,
    manifest: Manifest,
    table: Sequence[Column],
    chosen: Sequence[Choice],
    parts: Sequence[Part],
) -> dict[str, SplitRecord]:
    splits = {}
    for name in dict.fromkeys(choice.split for choice in chosen):
        members = [
            (choice, part)
            for choice, part in zip(chosen, parts, strict=True)
            if choice.split == name
        ]
        digests = [digest for _, part in members for digest in part.row_digests]
        record = SplitRecord(
            file=f"data/{name}.h5",
            slice_sets=len(digests),
            cases=len(members),
            patients=len({choice.case.patient for choice, _ in members}),
            sha256=split_digest(digests),
        )
        attributes = {
            "split": name,
            "fingerprint": record.sha256,
            "recipe": json_values(manifest.recipe),
            "layout": manifest.source.layout,
            "labels": {label.name: int(label) for label in Label},
            "scored": part_digests(manifest.scored),
            DESCRIBED: described(release, manifest, name),
        }
        withheld = any(choice.withheld for choice, _ in members)
        stored = without_labels(table) if withheld else table
        paths = [part.path for _, part in members]
        merge(paths, release / record.file, stored, attributes)
        splits[name] = record
    return splits


def _case_record(choice: Choice) -> CaseRecord:
    survey = choice.survey
    return CaseRecord(
        patient=choice.case.patient,
        split=choice.split,
        grade=choice.case.grade.name,
        layout=choice.case.layout,
        slices=choice.slices,
        shape=survey.shape,
        spacing_mm=survey.spacing_mm,
        modality_iou=round(survey.modality_iou, 6),
        sources=_sources(choice),
    )


def _sources(choice: Choice) -> Mapping[str, SourceFile]:
    """Return the raw files that the release lists."""
    files = choice.survey.sources
    return public_sources(files) if choice.withheld else files


def _write_index(
    path: Path, manifest: Manifest, chosen: Sequence[Choice], parts: Sequence[Part]
) -> None:
    """Write one line per slice set: what it is, its areas, where it came from."""
    source = manifest.source
    coding = " ".join(f"{value}>{name}" for value, name in source.label_map.items())
    rows = [
        {
            **_index_row(choice, z),
            "row_sha256": digest,
            "layout": source.layout,
            "label_map": coding,
            "licence": source.licence,
        }
        for choice, part in zip(chosen, parts, strict=True)
        for z, digest in zip(choice.slices, part.row_digests, strict=True)
    ]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def _index_row(choice: Choice, z: int) -> Mapping[str, Any]:
    case, survey = choice.case, choice.survey
    areas = {
        f"area_{label.name.lower()}": (
            "" if choice.withheld else survey.areas[label.name][z]
        )
        for label in sorted(set(case.label_map.values()))
    }
    return {
        "slice_id": str(SliceId(case.id, z)),
        "split": choice.split,
        "case_id": case.id,
        "patient_id": case.patient,
        "slice_index": z,
        "grade": case.grade.name,
        **areas,
        "area_brain": survey.brain_area[z],
        "source_sha256": json_digest(
            {role: file.sha256 for role, file in _sources(choice).items()}
        ),
    }


def _write_patients(path: Path, chosen: Sequence[Choice]) -> None:
    splits: dict[str, dict[str, list[str]]] = {}
    for choice in chosen:
        patients = splits.setdefault(choice.split, {})
        patients.setdefault(choice.case.patient, []).append(choice.case.id)
    text = json.dumps(splits, indent=1, sort_keys=True) + "\n"
    path.write_text(text, encoding="utf-8")
