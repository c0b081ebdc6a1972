"""BraTS 2015 and 2016: ``HGG/brats_tcia_pat118_0001/VSD.Brain.…/….mha``."""

from typing import Final

from bratsfuse.anatomy.codings import CODINGS
from bratsfuse.builders._terms import MENZE_2015
from bratsfuse.raw.layout import Layout
from bratsfuse.raw.volume_folders import VolumeFolders
from bratsfuse.records import Grade

LAYOUT: Final = Layout(
    name="brats2015",
    title="BraTS 2015",
    arrangement=VolumeFolders(
        grades={Grade.HGG: "HGG", Grade.LGG: "LGG"},
        case=r"(?P<patient>[HL]GG_brats_(?:2013|tcia)_pat\d+)_\d+",
        phantom_case="brats_tcia_pat9{:03d}_0001",
    ),
    label_map=CODINGS["brats2015"],
    licence="CC BY-NC-SA 3.0 CH",
    licence_url="https://creativecommons.org/licenses/by-nc-sa/3.0/ch/",
    citation=(MENZE_2015,),
)
