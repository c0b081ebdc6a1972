"""``--format monai``: PNG files and a datalist that names them, with folds."""

import json
from pathlib import Path
from typing import Final

from bratsfuse.exports._format import ExportFormat, Wish

DATALIST_NAME: Final = "datalist.json"

_LIST_OF: Final = {"train": "training", "validation": "validation", "test": "test"}
"""Split -> the list that MONAI calls it."""


def _write(wish: Wish) -> list[str]:
    from bratsfuse.anatomy import Modality
    from bratsfuse.exports._pictures import write_picture
    from bratsfuse.exports._slices import images_and_mask, slice_sets
    from bratsfuse.place import new_result
    from bratsfuse.release.columns import MASK
    from bratsfuse.release.folds import patient_folds
    from bratsfuse.release.manifest import read_manifest
    from bratsfuse.release.parquet import EXPORT
    from bratsfuse.release.terms import MIND, write_terms
    from bratsfuse.wording import counted

    release = Path(wish.source)
    manifest = read_manifest(release)
    channels = images_and_mask(manifest, wish.columns, tuple(Modality))
    folds = patient_folds(manifest)
    lists: dict[str, list[dict[str, object]]] = {
        _LIST_OF[split]: [] for split in manifest.splits
    }
    columns = (*channels, MASK)
    known = manifest.source.labels
    with new_result(wish.target, EXPORT, outside=[release]) as new:
        for one in slice_sets(release, manifest, columns, wish.progress):
            files = {name: f"{one.split}/{name}/{one.id}.png" for name in one.images}
            for name, image in one.images.items():
                write_picture(new / files[name], image)
            row: dict[str, object] = {"image": [files[name] for name in channels]}
            if MASK in files:
                row["label"] = files[MASK]
            row |= {"slice_id": str(one.id), "case_id": one.id.case}
            row |= {"patient_id": one.patient, "slice_index": one.id.z}
            if one.patient in folds:
                row["fold"] = folds[one.patient]
            lists[_LIST_OF[one.split]].append(row)
        content = {
            "name": manifest.source.title,
            "description": f"bratsfuse release, fingerprint {manifest.fingerprint}",
            "licence": f"{manifest.source.licence} ({manifest.source.licence_url})",
            "modality": {str(place): name for place, name in enumerate(channels)},
            "labels": {str(int(one)): one.meaning for one in sorted(known)},
            "numTraining": len(lists.get("training", ())),
            "numTest": len(lists.get("test", ())),
            **lists,
        }
        text = json.dumps(content, indent=1) + "\n"
        (new / DATALIST_NAME).write_text(text, encoding="utf-8")
        write_terms(new, release, manifest)
    shown = counted(manifest.slice_sets, "slice set")
    return [f"{wish.target / DATALIST_NAME}: {shown}, {len(channels)} channels; {MIND}"]


FORMAT: Final = ExportFormat(
    summary="PNG files and datalist.json with training, validation, test and folds",
    write=_write,
    takes=frozenset({"columns"}),
)
