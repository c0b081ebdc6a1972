"""BraTS 2023 to 2026 metastases: ``BraTS-MET-00000-000/…-t1c.nii.gz``.

From 2025 on label 4 is the resection cavity, and most cases are in native space: their
shapes need ``--any-shape``.
"""

from typing import Final

from bratsfuse.anatomy.codings import CODINGS
from bratsfuse.builders._terms import (
    BRATS_TERMS,
    MOAWAD_2023,
    SYNAPSE_URL,
    TOKENS_FROM_2023,
)
from bratsfuse.raw.case_folders import CaseFolders
from bratsfuse.raw.layout import Layout

LAYOUT: Final = Layout(
    name="brats2023_met",
    title="BraTS 2023 to 2026 metastases",
    arrangement=CaseFolders(
        case=r"(?P<patient>BraTS-MET-\d{5})-\d{3}",
        separator="-",
        tokens=TOKENS_FROM_2023,
        mask="seg",
        phantom_case="BraTS-MET-9{:04d}-000",
    ),
    label_map=CODINGS["brats2023_met"],
    licence=BRATS_TERMS,
    licence_url=SYNAPSE_URL,
    citation=(MOAWAD_2023,),
)
