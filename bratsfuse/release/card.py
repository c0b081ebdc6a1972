"""The dataset card: what lets ``datasets.load_dataset`` read a release by itself.

Hugging Face users see no HDF5 attributes, so the card repeats what matters. The
fingerprint stands in each config's description: a changed description is what makes
the local cache of `datasets` notice that a release was rebuilt.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from bratsfuse.errors import ReleaseError
from bratsfuse.place.document import write_document
from bratsfuse.release.column import CONFIGS, Column, Config
from bratsfuse.release.column_table import column_table
from bratsfuse.release.columns import without_labels
from bratsfuse.release.manifest import Manifest
from bratsfuse.release.withhold import masks_withheld
from bratsfuse.wording import counted

CARD_NAME: Final = "README.md"

UNLABELLED: Final = "_unlabelled"
"""What the names of configs without masks end in, where others have them."""

READ_BATCH: Final = 16
"""Rows that `datasets` reads at a time: 1000, its default, take 1.4 GB of memory."""

_PASSING_ON: Final = " Pass on pixels only as far as these terms allow."

_SIZES: Final = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"))


def write_card(release: Path, manifest: Manifest, table: Sequence[Column]) -> None:
    """Write the dataset card of a release into its folder."""
    write_document(release / CARD_NAME, card(manifest, table))


def card(manifest: Manifest, table: Sequence[Column]) -> str:
    """Return the dataset card: YAML for machines, then Markdown for people."""
    front = yaml.safe_dump(
        front_matter(manifest, table),
        sort_keys=False,
        default_flow_style=None,
        allow_unicode=True,
        width=88,
    )
    return f"---\n{front}---\n\n{_body(manifest, table)}"


def read_front_matter(path: Path) -> dict[str, Any]:
    """Return the YAML of a dataset card.

    Raises
    ------
    ReleaseError
        If the file is missing or has no YAML at its top.
    """
    try:
        text = path.read_text(encoding="utf-8")
        _, front, _ = text.split("---\n", 2)
        content = yaml.safe_load(front)
    except (OSError, ValueError, yaml.YAMLError) as problem:
        raise ReleaseError(
            f"{path}: no readable dataset card; load_dataset needs it: build again"
        ) from problem
    if not isinstance(content, dict):
        raise ReleaseError(f"{path}: the YAML at its top is empty; build again")
    return content


def front_matter(manifest: Manifest, table: Sequence[Column]) -> dict[str, Any]:
    """Return the YAML of the card as nested mappings."""
    size = next(
        (text for limit, text in _SIZES if manifest.slice_sets < limit), "n>100K"
    )
    return {
        "pretty_name": f"BraTS-Fuse from {manifest.source.title}",
        "license": "other",
        "license_name": manifest.source.licence,
        "license_link": manifest.source.licence_url,
        "language": ["en"],
        "tags": ["medical", "mri", "brain-tumor", "image-fusion", "brats"],
        "task_categories": ["image-segmentation", "image-to-image"],
        "size_categories": [size],
        "annotations_creators": [
            "machine-generated" if manifest.source.synthetic else "expert-generated"
        ],
        "configs": [_config(manifest, view) for view in views(manifest, table)],
        "dataset_info": [_info(manifest, view) for view in views(manifest, table)],
    }


@dataclass(frozen=True, slots=True)
class View:
    """A config of the card: some columns of some splits.

    Attributes
    ----------
    name
        Of the config.
    columns
        What it shows; each of its splits stores all of them.
    splits
        Where from.
    """

    name: str
    columns: tuple[Column, ...]
    splits: tuple[str, ...]


def views(manifest: Manifest, table: Sequence[Column]) -> list[View]:
    """Return the configs of a release's card, in order, the default first.

    `datasets` refuses a config of which one split lacks a column. So where labels are
    hidden, the configs with masks contain the labelled splits, and a second set of
    configs, named ``<config>_unlabelled``, contains every split without masks.
    """
    every = tuple(manifest.splits)
    labelled = tuple(split for split in every if manifest.has_labels(split))
    hidden = without_labels(table)
    if not labelled:
        return [_view(name, name, hidden, every) for name in CONFIGS]
    shown = [_view(name, name, table, labelled) for name in CONFIGS]
    if labelled == every:
        return shown
    return shown + [_view(f"{n}{UNLABELLED}", n, hidden, every) for n in CONFIGS]


def _view(
    name: str, config: Config, table: Sequence[Column], splits: tuple[str, ...]
) -> View:
    return View(name, tuple(c for c in table if config in c.configs), splits)


def _config(manifest: Manifest, view: View) -> dict[str, Any]:
    return {
        "config_name": view.name,
        "default": view.name == "all",
        "data_files": [
            {"split": split, "path": manifest.splits[split].file}
            for split in view.splits
        ],
        "version": "1.0.0",
        "description": f"sha256:{manifest.fingerprint}",
        "batch_size": READ_BATCH,
    }


def _info(manifest: Manifest, view: View) -> dict[str, Any]:
    rows, width = manifest.image_shape
    row_bytes = rows * width * sum(c.pixels for c in view.columns)
    counts = {split: manifest.splits[split].slice_sets for split in view.splits}
    return {
        "config_name": view.name,
        **about(manifest),
        "features": [feature(c, manifest.image_shape) for c in view.columns],
        "splits": [
            {
                "name": split,
                "num_bytes": count * row_bytes,
                "num_examples": count,
            }
            for split, count in counts.items()
        ],
    }


def about(manifest: Manifest) -> dict[str, str]:
    """Return what ``info`` says of a loaded release, under the names of `datasets`."""
    source = manifest.source
    return {
        "description": (
            f"{counted(manifest.slice_sets, 'slice set')} from {source.title}, split "
            f"by patient ({counted(manifest.patients, 'patient')}), fused "
            f"{', '.join(manifest.products)}; built by bratsfuse {manifest.bratsfuse}, "
            f"fingerprint {manifest.fingerprint}"
        ),
        "citation": "\n".join(source.citation),
        "homepage": source.licence_url,
        "license": source.licence,
    }


def feature(column: Column, image_shape: tuple[int, int]) -> dict[str, Any]:
    """Return how the card declares a column of an HDF5 file to `datasets`."""
    if column.classes:
        names = {str(value): name for value, name in enumerate(column.classes)}
        return {"name": column.name, "dtype": {"class_label": {"names": names}}}
    if column.pixels:
        array = {"shape": list(image_shape), "dtype": column.dtype}
        return {"name": column.name, "dtype": {"array2_d": array}}
    if column.kind == "vector":
        return {"name": column.name, "list": column.dtype, "length": column.length}
    return {
        "name": column.name,
        "dtype": "string" if column.kind == "text" else column.dtype,
    }


def _body(manifest: Manifest, table: Sequence[Column]) -> str:
    counts = ", ".join(
        f"{record.slice_sets} {split}" for split, record in manifest.splits.items()
    )
    source = manifest.source
    passing_on = "" if source.synthetic else _PASSING_ON
    works = "\n".join(f"- {work}" for work in source.citation)
    masks = set(manifest.splits) - set(manifest.withheld)
    config = "pairs" if "train" in masks or not masks else f"pairs{UNLABELLED}"
    cite = f"\n**Cite**\n\n{works}\n" if works else ""
    return f"""\
# BraTS-Fuse: {counted(manifest.slice_sets, "slice set")} from {source.title}

Paired axial MRI slices of brain tumours: T1, T1ce, T2 and FLAIR, fusion images of
{" and ".join(manifest.recipe.sources)}, and the tumour mask; {counts}, split by
patient ({counted(manifest.patients, "patient")}). Built by bratsfuse
{manifest.bratsfuse}.

Fingerprint: `{manifest.fingerprint}`

```python
from datasets import Array2D, load_dataset

train = load_dataset("path/to/this/folder", "{config}", split="train")
pixels = [name for name, kind in train.features.items() if isinstance(kind, Array2D)]
# The default would widen pixels to int64. A dtype without names would cast all columns.
train = train.with_format("numpy", pixels, output_all_columns=True, dtype="uint8")
```

Configs: `pairs` contains the source modalities and the fusion images, which is what a
fusion method learns from; `originals` the four modalities; `fusion` the fusion images
without the modalities that they are made of, for a segmenter; `all` every column. Each
has the mask and the identifiers. {_hidden_labels(manifest)}
{column_table(table)}

A documented re-creation of the set that arXiv:2409.10328 announces, not that set. How
it was made, what it is fit for and what not: [DATASHEET.md](DATASHEET.md). What every
file should be: [manifest.json](manifest.json), checked by `bratsfuse verify`.

**Terms.** {source.licence} (<{source.licence_url}>).{passing_on}
Not for clinical use.
{cite}"""


def _hidden_labels(manifest: Manifest) -> str:
    """Return a paragraph on hidden labels, nothing where there are none."""
    if not manifest.withheld:
        return ""
    withheld = masks_withheld(manifest.withheld)
    if len(manifest.withheld) == len(manifest.splits):
        return f"\n**Hidden labels.** {withheld}.\n"
    return f"""
**Hidden labels.** {withheld}, so these configs go without.
With `{UNLABELLED}` behind their names, such as `all{UNLABELLED}`, they contain every
split, without masks.
"""
