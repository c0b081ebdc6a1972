"""BraTS 2021 and 2022: flat ``BraTS2021_00000/BraTS2021_00000_t1ce.nii.gz``."""

from typing import Final

from bratsfuse.anatomy.codings import CODINGS
from bratsfuse.builders._terms import (
    BAID_2021,
    BAKAS_2017,
    BRATS_TERMS,
    MENZE_2015,
    SYNAPSE_URL,
    TOKENS_TO_2021,
)
from bratsfuse.raw.case_folders import CaseFolders
from bratsfuse.raw.layout import Layout

LAYOUT: Final = Layout(
    name="brats2021",
    title="BraTS 2021",
    arrangement=CaseFolders(
        case=r"(?P<patient>BraTS2021_\d{5})",
        tokens=TOKENS_TO_2021,
        mask="seg",
        phantom_case="BraTS2021_9{:04d}",
    ),
    label_map=CODINGS["brats2021"],
    licence=BRATS_TERMS,
    licence_url=SYNAPSE_URL,
    citation=(BAID_2021, MENZE_2015, BAKAS_2017),
)
