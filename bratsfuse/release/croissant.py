"""Croissant metadata: a machine-readable description of a release.

Croissant (MLCommons, version 1.0) has no HDF5 reader, so the files are described with
their digests and the records are those of the index.
"""

import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from bratsfuse.release.column import Column
from bratsfuse.release.column_table import type_in_words
from bratsfuse.release.fingerprint import file_digest
from bratsfuse.release.manifest import Manifest
from bratsfuse.release.withhold import masks_withheld
from bratsfuse.wording import counted

CROISSANT_NAME: Final = "croissant.json"

_CONTEXT: Final = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "fileProperty": "cr:fileProperty",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}


def write_croissant(release: Path, manifest: Manifest) -> None:
    """Write the Croissant description of a release into its folder.

    The split files and ``index.csv`` must be there already.
    """
    text = json.dumps(describe(release, manifest), indent=1) + "\n"
    (release / CROISSANT_NAME).write_text(text, encoding="utf-8")


def describe(release: Path, manifest: Manifest) -> dict[str, Any]:
    """Return the Croissant description of a release as JSON values.

    The split files and ``index.csv`` must be there: their digests are part of it.
    """
    source, table = manifest.source, manifest.columns
    hidden = manifest.withheld
    withheld = f"{masks_withheld(hidden)}. " if hidden else ""
    files = [
        {
            **_file(release, record.file, "application/x-hdf5"),
            "description": _columns_in_words(manifest.columns_of(split, table)),
        }
        for split, record in manifest.splits.items()
    ]
    return {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": f"brats-fuse-{source.layout}",
        "description": (
            f"{counted(manifest.slice_sets, 'paired slice set')} of brain tumour MRI "
            f"from {source.title}: four modalities, fusion images, tumour mask. "
            f"{withheld}Fingerprint {manifest.fingerprint}."
        ),
        "license": source.licence_url,
        "url": source.licence_url,
        "citeAs": " ".join(source.citation) or "bratsfuse phantom cases",
        "version": "1.0.0",
        "distribution": [*files, _file(release, "index.csv", "text/csv")],
        "recordSet": [_records(release, table)],
    }


def _file(release: Path, name: str, media_type: str) -> dict[str, Any]:
    path = release / name
    return {
        "@type": "cr:FileObject",
        "@id": name,
        "name": name,
        "contentUrl": name,
        "contentSize": f"{path.stat().st_size} B",
        "encodingFormat": media_type,
        "sha256": file_digest(path),
    }


def _columns_in_words(table: Sequence[Column]) -> str:
    """Return what an HDF5 file contains: no field of a record set can point into it."""
    cells = [f"{c.name} ({type_in_words(c)}): {c.meaning}" for c in table]
    return f"One HDF5 dataset per column. {'; '.join(cells)}."


def _records(release: Path, table: Sequence[Column]) -> dict[str, Any]:
    integers = {c.name for c in table if c.kind == "integer" and not c.classes}
    with (release / "index.csv").open(encoding="utf-8", newline="") as file:
        names = next(csv.reader(file))
    return {
        "@type": "cr:RecordSet",
        "@id": "index",
        "name": "index",
        "description": "One record per slice set.",
        "field": [
            {
                "@type": "cr:Field",
                "@id": f"index/{name}",
                "name": name,
                "dataType": (
                    "sc:Integer"
                    if name in integers or name.startswith("area_")
                    else "sc:Text"
                ),
                "source": {
                    "fileObject": {"@id": "index.csv"},
                    "extract": {"column": name},
                },
            }
            for name in names
        ],
    }
