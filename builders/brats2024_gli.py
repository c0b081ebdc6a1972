"""BraTS 2024 and 2025 post-treatment glioma: ``BraTS-GLI-02063-105/…-t1c.nii.gz``.

Time points are 100 and up; label 4 is the resection cavity, which lies outside WT.
"""

from typing import Final

from bratsfuse.anatomy.codings import CODINGS
from bratsfuse.builders._terms import (
    DEVERDIER_2024,
    SYNAPSE_URL,
    TOKENS_FROM_2023,
)
from bratsfuse.raw.case_folders import CaseFolders
from bratsfuse.raw.layout import Layout

LAYOUT: Final = Layout(
    name="brats2024_gli",
    title="BraTS 2024 and 2025 post-treatment glioma",
    arrangement=CaseFolders(
        case=r"(?P<patient>BraTS-GLI-\d{5})-1\d{2}",
        separator="-",
        tokens=TOKENS_FROM_2023,
        mask="seg",
        phantom_case="BraTS-GLI-9{:04d}-100",
    ),
    label_map=CODINGS["brats2024_gli"],
    shapes=((182, 218, 182),),
    orientation="LAS",
    licence="CC BY-NC 4.0",
    licence_url=SYNAPSE_URL,
    citation=(DEVERDIER_2024,),
)
