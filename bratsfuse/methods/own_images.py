"""A method over folders of a user's own images: no release is needed.

Volumes are scaled as a release scales them, each by the window of its brain, and come
back as volumes on the grid of their sources; pictures are taken as they are.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np

from bratsfuse.anatomy import Modality
from bratsfuse.anatomy.codings import OURS, find_coding
from bratsfuse.anatomy.recoding import check_labels
from bratsfuse.arrays import Images
from bratsfuse.building.foreground import foreground
from bratsfuse.building.scaling import robust_window, to_uint8
from bratsfuse.errors import InvalidInputError
from bratsfuse.methods.find import cached_method, method
from bratsfuse.parallel import in_order
from bratsfuse.place import Kind, lacking, new_result
from bratsfuse.progress import Progress, silent
from bratsfuse.raw.own_folders import (
    RECORD_NAME,
    CaseImage,
    CaseImages,
    find_case_images,
    match_cases,
    read_case_image,
    write_case_image,
)
from bratsfuse.raw.plausible import value_issues
from bratsfuse.records import to_json
from bratsfuse.results import Track
from bratsfuse.wording import counted

_FOLDER: Final = Kind(name="folder", parents=True, flaw=lacking(RECORD_NAME))


@dataclass(frozen=True, slots=True)
class OwnImages:
    """What was made of folders of images.

    Attributes
    ----------
    method
        What made it.
    cases
        The files that were written, by case.
    affixes
        Modality -> what was taken off the names of its files.
    """

    method: str
    cases: Mapping[str, str]
    affixes: Mapping[str, tuple[str, str]]

    def __str__(self) -> str:
        """Return in a line how many cases there are, and what was taken off names."""
        taken = {part for affix in self.affixes.values() for part in affix if part}
        off = f"; taken off the names: {', '.join(sorted(taken))}" if taken else ""
        return f"{counted(len(self.cases), 'case')} by {self.method}{off}"


def fuse_folders(
    name: str,
    sources: Mapping[Modality, Path | str],
    target: Path | str,
    *,
    workers: int = 1,
    overwrite: bool = False,
    progress: Progress = silent,
) -> OwnImages:
    """Return what was written: the fused image of every case, into a new folder.

    Parameters
    ----------
    name
        A fusion method, a baseline or a run, see `bratsfuse.methods.method`.
    sources
        Modality -> folder of its images, or one file. The images of a case have the
        same name in every folder, but for what all names of a folder have in common.
        Volumes may be NIfTI, MetaImage or NRRD of any size and orientation; pictures
        have 8 bits. The order is that in which a method is given them.
    target
        The new folder: ``CASE.nii.gz`` or ``CASE.png``, 8 bits, 0 where all sources
        are 0; and ``bratsfuse.json``, which says how they were made.
    workers
        Processes.
    overwrite
        Replace a folder that already exists.
    progress
        Called after every case.

    Raises
    ------
    InvalidInputError
        If cases or modalities are missing, grids differ, values are negative or not
        finite, or the method does not fuse.
    RawDataError
        If a file cannot be read.
    """
    return _apply(name, sources, target, "fusion", workers, overwrite, progress)


def segment_folders(
    name: str,
    sources: Mapping[Modality, Path | str],
    target: Path | str,
    *,
    workers: int = 1,
    overwrite: bool = False,
    progress: Progress = silent,
) -> OwnImages:
    """Return what was written: the labels of every case, into a new folder.

    Parameters
    ----------
    name, sources, workers, overwrite, progress
        As of `fuse_folders`.
    target
        The new folder: ``CASE.nii.gz`` or ``CASE.png`` with the labels of every mask of
        bratsfuse, 1 non-enhancing core, 2 oedema, 3 enhancing tumour; and
        ``bratsfuse.json``.

    Raises
    ------
    InvalidInputError, RawDataError
        As `fuse_folders`; and if the method does not segment.
    """
    return _apply(name, sources, target, "segmentation", workers, overwrite, progress)


def _apply(
    name: str,
    sources: Mapping[Modality, Path | str],
    target: Path | str,
    track: Track,
    workers: int,
    overwrite: bool,
    progress: Progress,
) -> OwnImages:
    chosen = method(name, tuple(sources))
    if track not in chosen.tracks:
        raise InvalidInputError(
            f"{name} predicts {', '.join(chosen.tracks)}, not {track}; bratsfuse "
            "baselines lists what each method does"
        )
    if missing := [str(one) for one in chosen.sources if one not in sources]:
        raise InvalidInputError(
            f"{name} needs {', '.join(chosen.sources)}; {', '.join(missing)} missing: "
            f"add --source {missing[0]}=FOLDER"
        )
    if extra := [str(one) for one in sources if one not in chosen.sources]:
        raise InvalidInputError(
            f"{name} takes {', '.join(chosen.sources)}; leave {', '.join(extra)} out"
        )
    places = {one: Path(sources[one]) for one in chosen.sources}
    folders = {str(one): find_case_images(place) for one, place in places.items()}
    cases = match_cases(folders)
    with new_result(
        Path(target), _FOLDER, overwrite=overwrite, outside=places.values()
    ) as new:
        new.mkdir(exist_ok=True)
        work = partial(
            _made, name=name, track=track, order=chosen.sources, folders=folders
        )
        written = {}
        for done, (case, made, like) in enumerate(in_order(work, cases, workers), 1):
            written[case] = write_case_image(new, case, made, like).name
            progress(track, done, len(cases))
        record = OwnImages(
            method=chosen.name,
            cases=written,
            affixes={one: folder.affix for one, folder in folders.items()},
        )
        (new / RECORD_NAME).write_text(to_json(record), encoding="utf-8")
    return record


def _made(
    case: str,
    *,
    name: str,
    track: Track,
    order: tuple[Modality, ...],
    folders: Mapping[str, CaseImages],
) -> tuple[str, Images, CaseImage]:
    """Return a case, what the method makes of it, and the image whose grid it has."""
    paths = {one: folders[one].files[case] for one in order}
    images = {one: read_case_image(path) for one, path in paths.items()}
    first, *others = order
    for other in others:
        if not images[first].fits(images[other]):
            raise InvalidInputError(
                f"{paths[other]}: not on the grid of {paths[first].name} "
                f"({_grid(images[other])}, not {_grid(images[first])}); register and "
                "resample them to one grid first"
            )
    scaled = {one: _scaled(paths[one], one, image) for one, image in images.items()}
    apply = cached_method(name, order)
    made = np.stack([apply(slices)[track] for slices in _slices(scaled)])
    if track == "segmentation":
        check_labels(made, find_coding(OURS), where=f"{case}: predicted by {name}")
    return case, made, images[first]


def _slices(scaled: Mapping[Modality, Images]) -> Iterator[dict[Modality, Images]]:
    for z in range(len(next(iter(scaled.values())))):
        yield {one: np.ascontiguousarray(stack[z]) for one, stack in scaled.items()}


def _scaled(path: Path, modality: Modality, image: CaseImage) -> Images:
    """Return slices of 8 bits: a volume by its own window, a picture as it is."""
    if image.volume is None:
        return np.asarray(image.slices, np.uint8)
    for issue in value_issues(str(path), modality, image.slices, may_clip=False):
        raise InvalidInputError(f"{path}: {issue.message}")
    try:
        window = robust_window(image.slices[foreground(image.slices)[0]])
    except InvalidInputError as problem:
        raise InvalidInputError(f"{path}: {problem}; leave it out") from problem
    return to_uint8(image.slices, window)


def _grid(image: CaseImage) -> str:
    depth, height, width = image.slices.shape
    if image.volume is None:
        return f"{height}x{width} pixels"
    corner = ", ".join(f"{value:.1f}" for value in image.volume.affine[:3, 3])
    return f"{width}x{height}x{depth} voxels, first at {corner} mm"
