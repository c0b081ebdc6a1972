"""BraTS 2013: ``HG/0001/VSD.Brain.XX.O.MR_T1c.<id>/….mha``, four tissue labels."""

from typing import Final

from bratsfuse.anatomy.codings import CODINGS
from bratsfuse.builders._terms import BRATS_TERMS, MENZE_2015, SMIR_URL
from bratsfuse.raw.layout import Layout
from bratsfuse.raw.volume_folders import VolumeFolders
from bratsfuse.records import Grade

LAYOUT: Final = Layout(
    name="brats2013",
    title="BraTS 2013",
    arrangement=VolumeFolders(
        grades={Grade.HGG: "HG", Grade.LGG: "LG"},
        case=r"(?P<patient>[HL]G_\d{4})",
        phantom_case="9{:03d}",
    ),
    label_map=CODINGS["brats2013"],
    licence=BRATS_TERMS,
    licence_url=SMIR_URL,
    citation=(MENZE_2015,),
)
