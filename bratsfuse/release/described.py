"""What a release says besides its rows and what a score reads, as digests.

The fingerprint covers what a score depends on. The rest, such as titles, issues, raw
files, areas and grids, is in documents that anybody can edit and renew. Every split
file carries digests of it, so that `bratsfuse verify` names what was changed.
"""

import csv
from collections.abc import Container
from pathlib import Path
from typing import Final

from bratsfuse.records import json_values
from bratsfuse.release.column import ROW_DIGEST
from bratsfuse.release.documents import INDEX_NAME
from bratsfuse.release.fingerprint import file_digest, part_digests
from bratsfuse.release.grids import GRIDS_NAME
from bratsfuse.release.manifest import Manifest

DESCRIBED: Final = "described"
"""The attribute; split files of earlier builds have none."""


_COMPARED: Final = {
    *("slice_id", "split", "case_id", "patient_id", "slice_index", "grade", "licence"),
    *("source_sha256", ROW_DIGEST, "layout", "label_map"),
}
"""Columns of the index that `verify` compares with rows and manifest."""


def described(release: Path, manifest: Manifest, split: str) -> dict[str, str]:
    """Return a digest of each thing that a release says of a split, by name.

    It depends on no other split, so that a split is the same whether another one has
    its labels or not.

    Parameters
    ----------
    release
        The folder, with its index and its grids.
    manifest
        Its manifest.
    split
        One of its splits.

    Raises
    ------
    OSError, ValueError
        If index or grids cannot be read.
    """
    source = manifest.source
    own = {name: c for name, c in manifest.cases.items() if c.split == split}
    cases = {name: json_values(case) for name, case in own.items()}
    others = manifest.cases.keys() - own.keys()
    issues = [one.to_json() for one in manifest.issues if one.where not in others]
    grids = release / GRIDS_NAME
    return part_digests(
        {
            "version": manifest.bratsfuse,
            "title": source.title,
            "licence": [source.licence, source.licence_url],
            "citation": list(source.citation),
            "issues": issues,
            "layouts": {name: case["layout"] for name, case in cases.items()},
            "shapes": {name: case["shape"] for name, case in cases.items()},
            "modality IoU": {
                name: case["modality_iou"] for name, case in cases.items()
            },
            "raw files": {name: case["sources"] for name, case in cases.items()},
            "index": _index(release / INDEX_NAME, own),
            "grids": file_digest(grids) if grids.exists() else "",
        }
    )


def _index(path: Path, cases: Container[str | None]) -> list[list[list[str]]]:
    """Return the cells of some cases in columns that nothing else is compared with."""
    with path.open(encoding="utf-8", newline="") as file:
        return [
            [
                [str(name), str(cell)]
                for name, cell in line.items()
                if name not in _COMPARED
            ]
            for line in csv.DictReader(file)
            if line.get("case_id") in cases
        ]
