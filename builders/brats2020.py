"""BraTS 2020: flat ``BraTS20_Training_001/BraTS20_Training_001_flair.nii.gz``.

Case 355 of the official set has a misnamed segmentation, ``W39_1998.09.19_Segm.nii``;
the copy on Kaggle contains uncompressed ``.nii`` files.
"""

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
    name="brats2020",
    title="BraTS 2020",
    arrangement=CaseFolders(
        case=r"(?P<patient>BraTS20_(?:Training|Validation)_\d{3})",
        tokens=TOKENS_TO_2021,
        mask="seg",
        phantom_case="BraTS20_Training_9{:02d}",
    ),
    label_map=CODINGS["brats2020"],
    licence=BRATS_TERMS,
    licence_url=CBICA_URL,
    citation=(MENZE_2015, BAKAS_2017, BAKAS_2018),
)
