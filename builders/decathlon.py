"""Medical Segmentation Decathlon, Task01_BrainTumour: 4D images, labels of its own.

It is BraTS 2016 and 2017 renamed, so that its patients cannot be distinguished from
theirs.
"""

import json
from pathlib import Path, PurePosixPath
from typing import Final

from bratsfuse.anatomy import Modality
from bratsfuse.anatomy.codings import CODINGS
from bratsfuse.builders._terms import ANTONELLI_2022, BAKAS_2017, MENZE_2015
from bratsfuse.raw.image_folders import ImageFolders
from bratsfuse.raw.layout import Layout, Patients


def _write_dataset_json(
    layout: Layout, folder: Path, images: list[PurePosixPath]
) -> None:
    content = {
        "name": "BRATS",
        "description": "phantom cases in the layout of the Decathlon",
        "modality": {"0": "FLAIR", "1": "T1w", "2": "t1gd", "3": "T2w"},
        "labels": {
            "0": "background",
            "1": "edema",
            "2": "non-enhancing tumor",
            "3": "enhancing tumour",
        },
        "numTraining": len(images),
    }
    text = json.dumps(content, indent=2) + "\n"
    (folder / "dataset.json").write_text(text, encoding="utf-8")


LAYOUT: Final = Layout(
    name="decathlon",
    title="Medical Segmentation Decathlon Task01",
    arrangement=ImageFolders(
        case=r"BRATS_\d{3}",
        numbered=False,
        trust_json=False,
        phantom_case="BRATS_9{:02d}",
    ),
    patients=Patients.ONE_PER_CASE,
    channels=(Modality.FLAIR, Modality.T1, Modality.T1CE, Modality.T2),
    label_map=CODINGS["decathlon"],
    licence="CC BY-SA 4.0",
    licence_url="https://creativecommons.org/licenses/by-sa/4.0/",
    citation=(ANTONELLI_2022, MENZE_2015, BAKAS_2017),
    metadata=_write_dataset_json,
)
