"""BraTS 2024 to 2026 generalisability (GoAT): ``BraTS-GoAT-00000/…-t1c.nii.gz``.

Cases of all other cohorts under new numbers, so that their patients cannot be matched
with those of any release, nor with each other.
"""

from typing import Final

from bratsfuse.anatomy.codings import CODINGS
from bratsfuse.builders._terms import (
    BRATS_TERMS,
    MENZE_2015,
    SYNAPSE_URL,
    TOKENS_FROM_2023,
)
from bratsfuse.raw.case_folders import CaseFolders
from bratsfuse.raw.layout import Layout, Patients

LAYOUT: Final = Layout(
    name="brats2024_goat",
    title="BraTS 2024 to 2026 generalisability across tumours (GoAT)",
    arrangement=CaseFolders(
        case=r"BraTS-GoAT-\d{5}",
        separator="-",
        tokens=TOKENS_FROM_2023,
        mask="seg",
        phantom_case="BraTS-GoAT-9{:04d}",
    ),
    patients=Patients.ONE_PER_CASE,
    label_map=CODINGS["brats2024_goat"],
    licence=BRATS_TERMS,
    licence_url=SYNAPSE_URL,
    citation=(MENZE_2015,),
)
