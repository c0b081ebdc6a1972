"""BraTS 2012: ``BRATS_HG0001/BRATS_HG0001_T1C.mha``, two tissue labels."""

from typing import Final

from bratsfuse.anatomy import Modality, Region
from bratsfuse.anatomy.codings import CODINGS
from bratsfuse.builders._terms import BRATS_TERMS, MENZE_2015, SMIR_URL
from bratsfuse.raw.case_folders import CaseFolders
from bratsfuse.raw.layout import Layout

LAYOUT: Final = Layout(
    name="brats2012",
    title="BraTS 2012",
    arrangement=CaseFolders(
        case=r"(?P<patient>(?:Sim)?BRATS_[HL]G\d{4})",
        tokens={
            Modality.T1: "T1",
            Modality.T1CE: "T1C",
            Modality.T2: "T2",
            Modality.FLAIR: "FLAIR",
        },
        mask="truth",
        phantom_case="BRATS_HG9{:03d}",
        extension=".mha",
    ),
    # 2 is the whole core: enhancing tumour was not told apart, so ET is undefined.
    label_map=CODINGS["brats2012"],
    regions=(Region.WT, Region.TC),
    licence=BRATS_TERMS,
    licence_url=SMIR_URL,
    citation=(MENZE_2015,),
)
