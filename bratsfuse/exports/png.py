"""``--format png``: a folder of pictures per split and column.

``datasets.load_dataset("imagefolder", data_dir=...)`` makes one image column of each
folder by ``metadata.csv``; any folder of it is a source for `bratsfuse score` and
`bratsfuse fuse`.
"""

import csv
from pathlib import Path
from typing import Final

from bratsfuse.exports._format import ExportFormat, Wish


def _write(wish: Wish) -> list[str]:
    from bratsfuse.exports._pictures import write_picture
    from bratsfuse.exports._slices import slice_sets
    from bratsfuse.place import new_result
    from bratsfuse.release.manifest import read_manifest
    from bratsfuse.release.parquet import EXPORT
    from bratsfuse.release.terms import MIND, write_terms
    from bratsfuse.release.volumes import chosen_columns
    from bratsfuse.wording import counted

    release = Path(wish.source)
    manifest = read_manifest(release)
    columns = chosen_columns(manifest.columns, wish.columns)
    tables: dict[str, list[dict[str, object]]] = {}
    with new_result(wish.target, EXPORT, outside=[release]) as new:
        for one in slice_sets(release, manifest, columns, wish.progress):
            files = {name: f"{name}/{one.id}.png" for name in one.images}
            for name, image in one.images.items():
                write_picture(new / one.split / files[name], image)
            row = {f"{name}_file_name": path for name, path in files.items()}
            ids = {"case_id": one.id.case, "patient_id": one.patient}
            row |= {"slice_id": str(one.id), **ids, "slice_index": str(one.id.z)}
            tables.setdefault(one.split, []).append({**row})
        for split, rows in tables.items():
            _write_table(new / split / "metadata.csv", rows)
        write_terms(new, release, manifest)
    shown = counted(manifest.slice_sets, "slice set")
    return [f"{wish.target}: {shown} as PNG: {', '.join(columns)}; {MIND}"]


def _write_table(path: Path, rows: list[dict[str, object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


FORMAT: Final = ExportFormat(
    summary="PNG files, a folder per split and column, with metadata.csv",
    write=_write,
    takes=frozenset({"columns"}),
)
