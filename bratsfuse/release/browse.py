"""A page to look through a release: every slice set with all its images.

Images are 8-bit crops beside the page, loaded slice by slice; where the labels of a
split are hidden, its slices have no outlines.
"""

import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bratsfuse import __version__, records
from bratsfuse.anatomy import REGIONS, Modality
from bratsfuse.errors import InvalidInputError
from bratsfuse.pages.crops import box_of, lesion_box, write_crop, write_outlines
from bratsfuse.pages.viewer import (
    INDEX_NAME,
    RECORD_NAME,
    Crop,
    Crops,
    Group,
    Numbers,
    Shown,
    render_viewer,
)
from bratsfuse.parallel import in_order
from bratsfuse.place import Kind, lacking, new_result
from bratsfuse.progress import Progress, silent
from bratsfuse.records import SliceId
from bratsfuse.release.columns import FUSION_PREFIX, MASK
from bratsfuse.release.manifest import Manifest, read_manifest
from bratsfuse.release.masks import read_pixels
from bratsfuse.release.split_file import SplitFile
from bratsfuse.wording import counted

PAGE: Final = Kind(name="page of a release", flaw=lacking(INDEX_NAME, RECORD_NAME))


@dataclass(frozen=True, slots=True)
class _Row:
    """A slice set: where it is stored, and how large its tumour is."""

    split: str
    crop: Crop
    area: float | None


def browse(
    release: Path,
    target: Path,
    *,
    splits: Sequence[str] = (),
    workers: int = 1,
    overwrite: bool = False,
    progress: Progress = silent,
) -> int:
    """Write the page of a release and return how many slice sets it shows.

    Parameters
    ----------
    release
        A built release.
    target
        The new folder; it appears complete or not at all.
    splits
        These alone; all without any.
    workers
        Processes, each with one case at a time.
    overwrite
        Replace a page that is there.
    progress
        Called with ``("slices", done, all)``.

    Raises
    ------
    InvalidInputError
        If there is no such split, or the target may not be replaced.
    """
    manifest = read_manifest(release)
    for split in splits:
        if split not in manifest.splits:
            known = ", ".join(manifest.splits)
            raise InvalidInputError(f"no split {split!r}; expected one of {known}")
    with new_result(target, PAGE, overwrite=overwrite, outside=[release]) as new:
        work = functools.partial(_write_case, release, manifest, new)
        cases = list(_cases(release, manifest, splits or tuple(manifest.splits)))
        total = sum(len(rows) for _, _, rows in cases)
        rows: list[_Row] = []
        progress("slices", 0, total)
        for done in in_order(work, cases, workers):
            rows += done
            progress("slices", len(rows), total)
        crops = Crops(
            images=tuple(_images(manifest)),
            outlines=("mask",) if any(row.area is not None for row in rows) else (),
            slices=tuple(row.crop for row in rows),
        )
        (new / RECORD_NAME).write_text(records.to_json(crops), encoding="utf-8")
        (new / INDEX_NAME).write_text(_page(manifest, crops, rows), encoding="utf-8")
    return len(rows)


def _cases(
    release: Path, manifest: Manifest, splits: Sequence[str]
) -> Iterator[tuple[str, str, tuple[int, ...]]]:
    """Yield split, case and the rows of every case."""
    for split in splits:
        with SplitFile(release / manifest.splits[split].file) as file:
            members: dict[str, list[int]] = {}
            for row, case in enumerate(file.texts("case_id")):
                members.setdefault(case, []).append(row)
        for case, rows in members.items():
            yield split, case, tuple(rows)


def _images(manifest: Manifest) -> Iterator[Shown]:
    for modality in Modality:
        yield Shown(name=str(modality), title=str(modality), role="source")
    for product in manifest.products:
        title = f"{product} of {' + '.join(manifest.sources_of(product))}"
        yield Shown(name=FUSION_PREFIX + product, title=title, role="product")


def _write_case(
    release: Path,
    manifest: Manifest,
    folder: Path,
    place: tuple[str, str, tuple[int, ...]],
) -> list[_Row]:
    """Write the crops of a case and return its slice sets."""
    split, case, rows = place
    regions = {
        str(region): tuple(int(label) for label in REGIONS[region])
        for region in manifest.source.regions
    }
    found = []
    with SplitFile(release / manifest.splits[split].file) as file:
        names = [image.name for image in _images(manifest)]
        modalities = [str(modality) for modality in Modality]
        box = box_of(file.pixels(name, row) for name in modalities for row in rows)
        indices = file.array("slice_index")
        for row in rows:
            slice_id = str(SliceId(case, int(indices[row])))
            room = folder / slice_id
            room.mkdir()
            for name in names:
                write_crop(room, name, file.pixels(name, row), box)
            lesion = area = None
            if manifest.has_labels(split):
                mask = read_pixels(file, MASK, row, manifest.source.labels)
                lesion, area = lesion_box(mask, box), float((mask > 0).sum())
                write_outlines(room, "mask", mask, regions, box)
            crop = Crop(slice_id=slice_id, case=case, box=box, lesion=lesion)
            found.append(_Row(split, crop, area))
    return found


def _page(manifest: Manifest, crops: Crops, rows: Sequence[_Row]) -> str:
    cases = [row.crop.case for row in rows]
    hidden = [split for split in manifest.splits if not manifest.has_labels(split)]
    lede = f"{counted(len(rows), 'slice set')} of {counted(len(set(cases)), 'case')}"
    if hidden:
        lede += f"; the labels of {', '.join(hidden)} are hidden"
    return render_viewer(
        crops,
        title=manifest.source.title,
        kicker=f"Release {manifest.fingerprint[:12]}",
        lede=f"{lede}.",
        groups=[
            Group(title="split", values=[row.split for row in rows]),
            Group(title="case", values=cases),
            Group(title="grade", values=[manifest.case(c).grade for c in cases]),
        ],
        numbers=[
            Numbers(
                title="tumour area",
                unit="pixels",
                values=[row.area for row in rows],
                limits=True,
            )
        ],
        synthetic=manifest.source.synthetic,
        differences=False,
        version=__version__,
    )
