"""A release: a finished folder, and everything that reads or proves it.

A release is one HDF5 file per split, an index, documents and a manifest. Nothing here
reads a raw volume or chooses a slice: that is `bratsfuse.building`. Read it in this
order:

- `recipe`, `recipe_in_words`: every choice between raw volumes and a release, in one
  record and described step by step;
- `column`, `cells`, `row_context`: what a column declares, what may stand in its cells,
  and what its value is made of;
- `columns`: what a row stores, as one table that everything else goes by;
- `splits`, `folds`: which patient belongs to which split;
- `store`, `new_hdf5`, `split_file`, `stored_images`: rows into HDF5 files, and out of
  them; `masks`: out of them with labels that have a meaning; `hdf5`, `inside`, `trial`:
  what of an untrusted release may be opened;
- `fingerprint`, `scored`: what makes two releases provably equal, and what beside
  rows it covers;
- `manifest`, `manifest_parts`: what a release contains, from what it was built, and
  how to prove it; `renewal`: how to build one of an earlier schema again;
- `described`: digests of what it says besides, in every split file;
- `documents`: the rest of what is written into it: `card`, `datasheet`, `croissant`,
  `preview` with `montage`, `column_table`;
- `torch_dataset`, `dataset_arguments`, `chosen_rows`, `torch_pixels`, `dataset_facts`,
  `reading_threads`, `batch_memory`: a release for training, what may be asked for, the
  rows that are meant, their images, what else is known of them, the threads that read
  them, and the memory that a batch is read into;
- `browse`: a page to look through it;
- `parquet`: a release for a dataset hub; `grids`, `volumes`: where the voxels of its
  cases are, and its slices as volumes; `terms`: what may be done with such copies;
- `withhold`, `label_key`: hidden labels, and the organiser's answer key;
- `glance`: what it contains, in a few lines; `loadable`: whether `datasets` opens it
  where it is;
- `verify`: whether a release is what it promises.
"""

from typing import TYPE_CHECKING

import lazy_loader

if TYPE_CHECKING:
    from bratsfuse.release.column import CONFIGS as CONFIGS
    from bratsfuse.release.column import Column as Column
    from bratsfuse.release.fingerprint import file_digest as file_digest
    from bratsfuse.release.label_key import LabelKey as LabelKey
    from bratsfuse.release.label_key import key_path as key_path
    from bratsfuse.release.label_key import open_key as open_key
    from bratsfuse.release.manifest import Manifest as Manifest
    from bratsfuse.release.manifest import read_manifest as read_manifest
    from bratsfuse.release.parquet import export_parquet as export_parquet
    from bratsfuse.release.preview import write_preview as write_preview
    from bratsfuse.release.recipe import Recipe as Recipe
    from bratsfuse.release.scored import MANIFEST_NAME as MANIFEST_NAME
    from bratsfuse.release.split_file import SplitFile as SplitFile
    from bratsfuse.release.split_file import rows_of as rows_of
    from bratsfuse.release.torch_dataset import BraTSFuse as BraTSFuse
    from bratsfuse.release.volumes import export_volumes as export_volumes

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "column": ["CONFIGS", "Column"],
        "fingerprint": ["file_digest"],
        "label_key": ["LabelKey", "key_path", "open_key"],
        "manifest": ["Manifest", "read_manifest"],
        "parquet": ["export_parquet"],
        "preview": ["write_preview"],
        "recipe": ["Recipe"],
        "scored": ["MANIFEST_NAME"],
        "split_file": ["SplitFile", "rows_of"],
        "torch_dataset": ["BraTSFuse"],
        "volumes": ["export_volumes"],
    },
)
