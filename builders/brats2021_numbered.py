"""BraTS 2021 under other numbers: ``00000057_brain_flair.nii``, flat or in folders.

Copies in wide use lost the ids of the release: their patients cannot be matched.
Where folders still carry them, as ``BraTS2021_00714_flair.nii/``, `brats2021` reads
them.
"""

from typing import Final

from bratsfuse.anatomy import Modality
from bratsfuse.anatomy.codings import CODINGS
from bratsfuse.builders._terms import (
    BAID_2021,
    BAKAS_2017,
    BRATS_TERMS,
    MENZE_2015,
    SYNAPSE_URL,
)
from bratsfuse.raw.case_folders import CaseFolders
from bratsfuse.raw.layout import Layout, Patients

LAYOUT: Final = Layout(
    name="brats2021_numbered",
    title="BraTS 2021, numbered copy",
    arrangement=CaseFolders(
        case=r"\d{4,8}",
        tokens={
            Modality.T1: "brain_t1",
            Modality.T1CE: "brain_t1ce",
            Modality.T2: "brain_t2",
            Modality.FLAIR: "brain_flair",
        },
        mask="final_seg",
        phantom_case="9{:07d}",
    ),
    patients=Patients.ONE_PER_CASE,
    label_map=CODINGS["brats2021_numbered"],
    licence=BRATS_TERMS,
    licence_url=SYNAPSE_URL,
    citation=(BAID_2021, MENZE_2015, BAKAS_2017),
)
