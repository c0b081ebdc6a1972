"""What a release says besides its rows and what a score reads, as digests.

The fingerprint covers what a score depends on. The rest, such as titles, issues, raw
files, areas and grids, is in documents that anybody can edit and renew. Every split
file carries digests of it, so that `bratsfuse verify` names what was changed.
"""

import csv
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


def described(release: Path, manifest: Manifest) -> dict[str, str]:
    """Return a digest of each thing that a release says of itself, by name.

    Parameters
    ----------
    release
        The folder, with its index and its grids.
    manifest
        Its manifest.

    Raises
    ------
    OSError, ValueError
        If index or grids cannot be read.
    """
    source = manifest.source
    cases = {name: json_values(case) for name, case in manifest.cases.items()}
    grids = release / GRIDS_NAME
    return part_digests(
        {
            "version": manifest.bratsfuse,
            "title": source.title,
            "licence": [source.licence, source.licence_url],
            "citation": list(source.citation),
            "issues": [issue.to_json() for issue in manifest.issues],
            "layouts": {name: case["layout"] for name, case in cases.items()},
            "shapes": {name: case["shape"] for name, case in cases.items()},
            "modality IoU": {
                name: case["modality_iou"] for name, case in cases.items()
            },
            "raw files": {name: case["sources"] for name, case in cases.items()},
            "index": _index(release / INDEX_NAME),
            "grids": file_digest(grids) if grids.exists() else "",
        }
    )


def _index(path: Path) -> list[list[list[str]]]:
    """Return the cells of an index; products change the digests of rows only."""
    with path.open(encoding="utf-8", newline="") as file:
        return [
            [
                [str(name), str(cell)]
                for name, cell in line.items()
                if name != ROW_DIGEST
            ]
            for line in csv.DictReader(file)
        ]
