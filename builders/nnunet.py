"""nnU-Net copies: ``imagesTr/<case>_0000.nii.gz``, all else said by dataset.json.

Every copy orders channels and codes labels in its own way; neither is ever guessed.
"""

import json
from pathlib import Path, PurePosixPath
from typing import Final

from bratsfuse.anatomy import Modality
from bratsfuse.anatomy.codings import CODINGS
from bratsfuse.builders._terms import BRATS_TERMS, ISENSEE_2021, MENZE_2015, SYNAPSE_URL
from bratsfuse.raw.image_folders import ImageFolders
from bratsfuse.raw.layout import Layout, Patients


def _write_dataset_json(
    layout: Layout, folder: Path, images: list[PurePosixPath]
) -> None:
    content = {
        "channel_names": {"0": "T1", "1": "T1ce", "2": "T2", "3": "Flair"},
        "labels": {
            "background": 0,
            "whole tumor": [1, 2, 3],
            "tumor core": [2, 3],
            "enhancing tumor": [3],
        },
        "regions_class_order": [1, 2, 3],
        "numTraining": len(images),
        "file_ending": ".nii.gz",
    }
    text = json.dumps(content, indent=2) + "\n"
    (folder / "dataset.json").write_text(text, encoding="utf-8")


LAYOUT: Final = Layout(
    name="nnunet",
    title="nnU-Net copy of a BraTS release",
    arrangement=ImageFolders(
        case=r"[A-Za-z0-9][A-Za-z0-9._-]*?",
        numbered=True,
        trust_json=True,
        phantom_case="PHANTOM_{:03d}",
    ),
    patients=Patients.AS_NAMED_ELSEWHERE,
    channels=(Modality.T1, Modality.T1CE, Modality.T2, Modality.FLAIR),
    # What phantoms are written with; a copy's own dataset.json decides when reading.
    label_map=CODINGS["nnunet"],
    licence=BRATS_TERMS,
    licence_url=SYNAPSE_URL,
    citation=(ISENSEE_2021, MENZE_2015),
    metadata=_write_dataset_json,
)
