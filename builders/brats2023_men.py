"""BraTS 2023 meningioma: ``BraTS-MEN-00000-000/BraTS-MEN-00000-000-t1c.nii.gz``."""

from typing import Final

from bratsfuse.anatomy.codings import CODINGS
from bratsfuse.builders._terms import (
    BRATS_TERMS,
    LABELLA_2023,
    SYNAPSE_URL,
    TOKENS_FROM_2023,
)
from bratsfuse.raw.case_folders import CaseFolders
from bratsfuse.raw.layout import Layout

LAYOUT: Final = Layout(
    name="brats2023_men",
    title="BraTS 2023 meningioma",
    arrangement=CaseFolders(
        case=r"(?P<patient>BraTS-MEN-\d{5})-\d{3}",
        separator="-",
        tokens=TOKENS_FROM_2023,
        mask="seg",
        phantom_case="BraTS-MEN-9{:04d}-000",
    ),
    label_map=CODINGS["brats2023_men"],
    licence=BRATS_TERMS,
    licence_url=SYNAPSE_URL,
    citation=(LABELLA_2023,),
)
