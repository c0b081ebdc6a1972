"""BraTS 2023 adult glioma: ``BraTS-GLI-00000-000/BraTS-GLI-00000-000-t1c.nii.gz``.

The pre-treatment set of 2025 has the same names.
Time points from 100 on are post-treatment and belong to `brats2024_gli`.
"""

from typing import Final

from bratsfuse.anatomy.codings import CODINGS
from bratsfuse.builders._terms import (
    BAID_2021,
    BAKAS_2017,
    BRATS_TERMS,
    MENZE_2015,
    SYNAPSE_URL,
    TOKENS_FROM_2023,
)
from bratsfuse.raw.case_folders import CaseFolders
from bratsfuse.raw.layout import Layout

LAYOUT: Final = Layout(
    name="brats2023_gli",
    title="BraTS 2023 adult glioma",
    arrangement=CaseFolders(
        case=r"(?P<patient>BraTS-GLI-\d{5})-0\d{2}",
        separator="-",
        tokens=TOKENS_FROM_2023,
        mask="seg",
        phantom_case="BraTS-GLI-9{:04d}-000",
    ),
    label_map=CODINGS["brats2023_gli"],
    licence=BRATS_TERMS,
    licence_url=SYNAPSE_URL,
    citation=(BAID_2021, MENZE_2015, BAKAS_2017),
)
