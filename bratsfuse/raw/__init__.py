"""Raw data: finding the cases of a folder, reading them, and whose they are.

Which dataset layouts there are is not known here: `bratsfuse.builders` lists them and
hands them in. Read it in this order:

- `layout`: the form that a dataset layout fills in;
- `case_folders`, `image_folders`, `volume_folders`: how files are arranged on disk;
- `tree`: what is below a folder, and `file_form`: what a file is by its first bytes;
- `find`, `detection`: the cases of a folder, and which layout it has, found by names
  alone;
- `named_splits`: splits that somebody else has drawn;
- `patients`: which cases belong to one patient, within a release and across releases;
- `name_tables`: the organisers' tables of who is who in another release;
- `dataset_json`: what an nnU-Net or Decathlon copy says of itself;
- `volume_file`: one file to one array in LPS order;
- `volume_limits`: what the header of such a file may ask for;
- `segment_names`: what a mask that names its segments means;
- `read_case`: a case's files to one volume on one grid;
- `plausible`: whether its values can be a brain and its tumour;
- `array_file`: one array that says nothing of its orientation;
- `affixes`, `case_names`: what names have around them, and which file is of which case;
- `own_folders`, `write_volume`: folders of users' own images, read and written;
- `coding_beside`: what a file beside masks says their labels mean;
- `predicted_volumes`: folders of predictions, as programs write them;
- `loose_files`: facts about files whose names fit no layout.
"""

from typing import TYPE_CHECKING

import lazy_loader

if TYPE_CHECKING:
    from bratsfuse.raw.case_folders import CaseFolders as CaseFolders
    from bratsfuse.raw.detection import NoLayoutError as NoLayoutError
    from bratsfuse.raw.find import Collection as Collection
    from bratsfuse.raw.find import find_cases as find_cases
    from bratsfuse.raw.image_folders import ImageFolders as ImageFolders
    from bratsfuse.raw.layout import Arrangement as Arrangement
    from bratsfuse.raw.layout import Layout as Layout
    from bratsfuse.raw.layout import Patients as Patients
    from bratsfuse.raw.layout import PhantomCase as PhantomCase
    from bratsfuse.raw.layout import RawTree as RawTree
    from bratsfuse.raw.name_tables import NameMapping as NameMapping
    from bratsfuse.raw.name_tables import read_name_mappings as read_name_mappings
    from bratsfuse.raw.patients import patient_key as patient_key
    from bratsfuse.raw.read_case import read_case as read_case
    from bratsfuse.raw.tree import scan as scan
    from bratsfuse.raw.volume_file import VolumeFile as VolumeFile
    from bratsfuse.raw.volume_file import read_volume_file as read_volume_file
    from bratsfuse.raw.volume_folders import VolumeFolders as VolumeFolders

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "case_folders": ["CaseFolders"],
        "detection": ["NoLayoutError"],
        "find": ["Collection", "find_cases"],
        "image_folders": ["ImageFolders"],
        "layout": ["Arrangement", "Layout", "Patients", "PhantomCase", "RawTree"],
        "name_tables": ["NameMapping", "read_name_mappings"],
        "patients": ["patient_key"],
        "read_case": ["read_case"],
        "tree": ["scan"],
        "volume_file": ["VolumeFile", "read_volume_file"],
        "volume_folders": ["VolumeFolders"],
    },
)
