"""BraTS 2023 Africa: ``BraTS-SSA-00000-000/BraTS-SSA-00000-000-t1c.nii.gz``."""

from typing import Final

from bratsfuse.anatomy.codings import CODINGS
from bratsfuse.builders._terms import (
    ADEWOLE_2023,
    BRATS_TERMS,
    SYNAPSE_URL,
    TOKENS_FROM_2023,
)
from bratsfuse.raw.case_folders import CaseFolders
from bratsfuse.raw.layout import Layout

LAYOUT: Final = Layout(
    name="brats2023_ssa",
    title="BraTS 2023 glioma in Sub-Saharan Africa",
    arrangement=CaseFolders(
        case=r"(?P<patient>BraTS-SSA-\d{5})-\d{3}",
        separator="-",
        tokens=TOKENS_FROM_2023,
        mask="seg",
        phantom_case="BraTS-SSA-9{:04d}-000",
    ),
    label_map=CODINGS["brats2023_ssa"],
    licence=BRATS_TERMS,
    licence_url=SYNAPSE_URL,
    citation=(ADEWOLE_2023,),
)
