"""BraTS 2018: ``HGG/Brats18_TCIA.._201_1/…_t1ce.nii.gz`` below grade folders."""

from typing import Final

from bratsfuse.anatomy.codings import CODINGS
from bratsfuse.builders._terms import (
    BAKAS_2017,
    BAKAS_2018,
    BRATS_TERMS,
    CBICA_URL,
    MENZE_2015,
    TOKENS_TO_2021,
)
from bratsfuse.raw.case_folders import CaseFolders
from bratsfuse.raw.layout import Layout

LAYOUT: Final = Layout(
    name="brats2018",
    title="BraTS 2018",
    arrangement=CaseFolders(
        case=r"(?P<patient>Brats18_[A-Za-z0-9]+_[A-Za-z0-9]+)_\d+",
        tokens=TOKENS_TO_2021,
        mask="seg",
        phantom_case="Brats18_PHANTOM_{:03d}_1",
        grade_folders=True,
    ),
    label_map=CODINGS["brats2018"],
    licence=BRATS_TERMS,
    licence_url=CBICA_URL,
    citation=(MENZE_2015, BAKAS_2017, BAKAS_2018),
)
