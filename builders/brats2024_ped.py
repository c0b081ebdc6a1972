"""BraTS 2024 to 2026 paediatric: the names of 2023, labels of their own.

From 2025 on the images are defaced, not skull-stripped.

A folder that does not name its year is refused until the layout is named.
"""

from typing import Final

from bratsfuse.anatomy.codings import CODINGS
from bratsfuse.builders._terms import (
    KAZEROONI_2024,
    SYNAPSE_URL,
    TOKENS_FROM_2023,
)
from bratsfuse.raw.case_folders import CaseFolders
from bratsfuse.raw.layout import Layout

LAYOUT: Final = Layout(
    name="brats2024_ped",
    title="BraTS 2024 to 2026 paediatric",
    arrangement=CaseFolders(
        case=r"(?P<patient>BraTS-PED-\d{5})-\d{3}",
        separator="-",
        tokens=TOKENS_FROM_2023,
        mask="seg",
        phantom_case="BraTS-PED-9{:04d}-000",
    ),
    label_map=CODINGS["brats2024_ped"],
    year_hint=r"(?i)brats.*202[456]",
    licence="CC BY-NC 4.0",
    licence_url=SYNAPSE_URL,
    citation=(KAZEROONI_2024,),
)
