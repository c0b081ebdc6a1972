"""``--format nnunet``: a raw data set of nnU-Net v2, 2D, with splits by patient."""

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bratsfuse.exports._format import ExportFormat, Wish

if TYPE_CHECKING:
    from bratsfuse.release.manifest import Manifest

USUAL_NAME: Final = "Dataset501_BraTSFuse"
SPLITS_FINAL: Final = "splits_final.json"

_NAMED: Final = re.compile(r"Dataset\d{3}_\w+", re.ASCII)
_CHANNELS: Final = {"t1": "T1", "t1ce": "T1ce", "t2": "T2", "flair": "FLAIR"}
_READER: Final = "NaturalImage2DIO"


def _write(wish: Wish) -> list[str]:
    import numpy as np

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
    _check(manifest)
    channels = images_and_mask(manifest, wish.columns, tuple(Modality))
    values = label_values(manifest)
    recoded = np.arange(256, dtype=np.uint8)
    recoded[list(values)] = list(values.values())
    patients: dict[str, str] = {}
    with new_result(wish.target, EXPORT, outside=[release]) as new:
        named = _NAMED.fullmatch(wish.target.name)
        folder = new if named else new / USUAL_NAME
        folder.mkdir(exist_ok=True)
        for one in slice_sets(release, manifest, (*channels, MASK), wish.progress):
            end = "Ts" if one.split == "test" else "Tr"
            for channel, name in enumerate(channels):
                path = folder / f"images{end}" / f"{one.id}_{channel:04d}.png"
                write_picture(path, one.images[name])
            if MASK in one.images:
                path = folder / f"labels{end}" / f"{one.id}.png"
                write_picture(path, recoded[one.images[MASK]])
            if end == "Tr":
                patients[str(one.id)] = one.patient
        folds = splits_final(patients, patient_folds(manifest))
        described = describe(manifest, channels, values, len(patients))
        for name, content in (("dataset.json", described), (SPLITS_FINAL, folds)):
            text = json.dumps(content, indent=1) + "\n"
            (folder / name).write_text(text, encoding="utf-8")
        write_terms(folder, release, manifest)
    place = wish.target if named else wish.target / USUAL_NAME
    preprocessed = f"$nnUNet_preprocessed/{place.name}/"
    return [
        f"{place}: {counted(len(patients), 'training case')} of nnU-Net, "
        f"{counted(len(folds), 'fold')} by patient; {MIND}",
        f"after nnUNetv2_plan_and_preprocess: cp {place / SPLITS_FINAL} {preprocessed}",
    ]


def _check(manifest: "Manifest") -> None:
    from bratsfuse.errors import InvalidInputError

    hidden = [s for s in ("train", "validation") if s in manifest.withheld]
    if hidden:
        raise InvalidInputError(
            f"the masks of {' and '.join(hidden)} are hidden, and nnU-Net trains on "
            "masks; expected a release that hides those of test at most"
        )


def label_values(manifest: "Manifest") -> dict[int, int]:
    """Return our label -> the value of it in the data set, 0, 1, 2 ... without a gap.

    nnU-Net refuses a gap. Only paediatric releases, which have CC and no RC, have one.
    """
    return {int(label): n for n, label in enumerate(sorted(manifest.source.labels))}


def describe(
    manifest: "Manifest",
    channels: Sequence[str],
    values: Mapping[int, int],
    training: int,
) -> dict[str, object]:
    """Return ``dataset.json``: channels, and the regions or labels to learn.

    Where labels can express all three regions these are learned, as nnU-Net does for
    BraTS; the values that it predicts are those of the labels all the same.
    """
    from bratsfuse.anatomy import REGIONS, Label, Region

    known = manifest.source.labels
    labels: dict[str, object] = {"background": 0}
    order: list[int] = []
    if set(manifest.source.regions) == set(Region) and len(known) > 3:
        names = ("whole tumor", "tumor core", "enhancing tumor")
        for name, region in zip(names, Region, strict=True):
            labels[name] = sorted(values[one] for one in REGIONS[region] & known)
        order = [values[one] for one in (Label.ED, Label.NCR, Label.ET)]
        extra = {Label.RC: "resection cavity", Label.CC: "cystic component"}
        for label, name in extra.items():
            if label in known:
                labels[name] = [values[label]]
                order.append(values[label])
    else:
        labels |= {one.name: values[one] for one in sorted(known) if one}
    source = manifest.source
    return {
        "channel_names": {
            str(place): _CHANNELS.get(name, name) for place, name in enumerate(channels)
        },
        "labels": labels,
        **({"regions_class_order": order} if order else {}),
        "numTraining": training,
        "file_ending": ".png",
        "overwrite_image_reader_writer": _READER,
        "name": f"BraTS-Fuse from {source.title}",
        "reference": source.licence_url,
        "licence": source.licence,
        "description": f"bratsfuse release, fingerprint {manifest.fingerprint}",
    }


def splits_final(
    patients: Mapping[str, str], folds: Mapping[str, int]
) -> list[dict[str, list[str]]]:
    """Return ``splits_final.json``: who trains and who is validated in each fold.

    Parameters
    ----------
    patients
        Slice id -> patient, of train and validation.
    folds
        Patient -> the fold that validates it.
    """
    ids = sorted(patients)
    return [
        {
            "train": [one for one in ids if folds[patients[one]] != fold],
            "val": [one for one in ids if folds[patients[one]] == fold],
        }
        for fold in sorted(set(folds.values()))
    ]


FORMAT: Final = ExportFormat(
    summary="a raw data set of nnU-Net v2 with dataset.json and splits_final.json",
    write=_write,
    takes=frozenset({"columns"}),
)
