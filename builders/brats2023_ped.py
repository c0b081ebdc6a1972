"""BraTS 2023 paediatric: ``BraTS-PED-00000-000/BraTS-PED-00000-000-t1c.nii.gz``.

2024 kept the names and changed the labels: a folder that does not name its year is
refused until the layout is named.
"""

from typing import Final

from bratsfuse.anatomy.codings import CODINGS
from bratsfuse.builders._terms import (
    BRATS_TERMS,
    KAZEROONI_2023,
    SYNAPSE_URL,
    TOKENS_FROM_2023,
)
from bratsfuse.raw.case_folders import CaseFolders
from bratsfuse.raw.layout import Layout

LAYOUT: Final = Layout(
    name="brats2023_ped",
    title="BraTS 2023 paediatric",
    arrangement=CaseFolders(
        case=r"(?P<patient>BraTS-PED-\d{5})-\d{3}",
        separator="-",
        tokens=TOKENS_FROM_2023,
        mask="seg",
        phantom_case="BraTS-PED-9{:04d}-000",
    ),
    label_map=CODINGS["brats2023_ped"],
    year_hint=r"(?i)brats.*2023",
    licence=BRATS_TERMS,
    licence_url=SYNAPSE_URL,
    citation=(KAZEROONI_2023,),
)
