"""The documents of a release, written last, when everything else is in place."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from bratsfuse.release.card import write_card
from bratsfuse.release.column import Column
from bratsfuse.release.croissant import write_croissant
from bratsfuse.release.datasheet import write_datasheet
from bratsfuse.release.fingerprint import file_digest
from bratsfuse.release.manifest import Manifest
from bratsfuse.release.scored import MANIFEST_NAME

INDEX_NAME: Final = "index.csv"
SPLITS_NAME: Final = "splits.json"


def document(release: Path, manifest: Manifest, table: Sequence[Column]) -> Manifest:
    """Write card, datasheet, Croissant and manifest; return the final manifest."""
    write_datasheet(release, manifest, table)
    write_croissant(release, manifest)
    write_card(release, manifest, table)
    files = {
        path.relative_to(release).as_posix(): file_digest(path)
        for path in sorted(release.rglob("*"))
        if path.is_file() and path.name != MANIFEST_NAME
    }
    final = replace(manifest, files=files)
    final.write(release)
    return final
