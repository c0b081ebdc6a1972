"""The arrangements of the Decathlon and of nnU-Net: ``imagesTr/`` and ``labelsTr/``."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from bratsfuse.anatomy import Label, Modality
from bratsfuse.errors import RawDataError
from bratsfuse.issues import error
from bratsfuse.raw.case_folders import (
    grade_of,
    missing_modality,
    unlabelled,
)
from bratsfuse.raw.dataset_json import (
    channel_order,
    expressed_regions,
    label_coding,
    read_dataset_json,
)
from bratsfuse.raw.file_form import IMAGE_EXTENSION
from bratsfuse.raw.layout import MASK, Layout, PhantomCase, RawTree
from bratsfuse.raw.patients import patient_in
from bratsfuse.records import Case, ImageFile

_EXTENSION: Final = re.compile(f"{IMAGE_EXTENSION}$")


@dataclass(frozen=True, slots=True)
class _Declared:
    """What a data set says of its channels and labels."""

    channels: tuple[Modality, ...]
    labels: Mapping[int, Label]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageFolders:
    """``imagesTr/`` and ``labelsTr/`` side by side, with a ``dataset.json``.

    Attributes
    ----------
    case
        Regular expression of a case id, with a group ``patient`` around the part that
        names the patient, if one does.
    numbered
        Whether each channel is a file of its own, ``<case>_0000.nii.gz``; otherwise
        the image files are 4D.
    trust_json
        Whether channel order and labels are read from ``dataset.json``, because every
        copy has its own; otherwise they are the layout's and the file must agree.
    phantom_case
        Format string that makes a case id of a number that no real case has.
    """

    case: str
    numbered: bool
    trust_json: bool
    phantom_case: str

    def find(self, layout: Layout, tree: RawTree) -> list[Case]:
        """Return the cases of every ``imagesTr`` folder, sorted by id.

        ``imagesTs`` contains the test images of a challenge, which have no labels by
        design; they are left alone.
        """
        channel = r"_(?P<channel>\d{4})" if self.numbered else ""
        pattern = re.compile(rf"(?P<case>{self.case}){channel}{IMAGE_EXTENSION}")
        found: dict[tuple[PurePosixPath, str], list[PurePosixPath]] = {}
        masks: dict[tuple[PurePosixPath, str], list[PurePosixPath]] = {}
        for path in tree.files:
            if path.parent.name == "labelsTr":
                key = (path.parent.parent, _EXTENSION.sub("", path.name))
                masks.setdefault(key, []).append(path)
                continue
            match = pattern.fullmatch(path.name)
            if match is not None and path.parent.name == "imagesTr":
                key = (path.parent.parent, match["case"])
                found.setdefault(key, []).append(path)
        declared = {
            base: self._declared(layout, tree, base)
            for base in dict.fromkeys(base for base, _ in found)
        }
        cases = [
            self._case(
                layout, tree, declared[base], base, name, paths, masks.get((base, name))
            )
            for (base, name), paths in found.items()
        ]
        return sorted(cases, key=lambda case: case.id)

    def _declared(
        self, layout: Layout, tree: RawTree, base: PurePosixPath
    ) -> _Declared:
        path = tree / (base / "dataset.json")
        if not path.exists() and not self.trust_json:
            return _Declared(layout.channels, layout.label_map)
        content = read_dataset_json(path)
        declared = _Declared(channel_order(content, path), label_coding(content, path))
        if self.trust_json:
            return declared
        if declared != _Declared(layout.channels, layout.label_map):
            raise RawDataError(
                f"{path}: channels or labels differ from those of {layout.title}; "
                "if the copy was changed on purpose, arrange it as an nnU-Net folder"
            )
        return declared

    def _case(
        self,
        layout: Layout,
        tree: RawTree,
        declared: _Declared,
        base: PurePosixPath,
        name: str,
        paths: list[PurePosixPath],
        masks: list[PurePosixPath] | None,
    ) -> Case:
        images = self._images(tree, declared.channels, name, paths)
        issues = [
            missing_modality(name, modality, f"{name}_{channel:04d}.nii.gz")
            for channel, modality in enumerate(declared.channels)
            if modality not in images
        ]
        if len(paths) > (len(declared.channels) if self.numbered else 1):
            names = ", ".join(path.name for path in paths)
            issues.append(
                error(
                    name,
                    "two-files",
                    f"more files than channels: {names}; keep one of each",
                )
            )
        if masks is None:
            issues.append(unlabelled(name, f"labelsTr/{name}.nii.gz"))
        elif len(masks) > 1:
            names = ", ".join(path.name for path in masks)
            told = f"more masks than one: {names}; keep one"
            issues.append(error(name, "two-files", told))
        return Case(
            id=name,
            patient=patient_in(layout, name),
            grade=grade_of(tree, paths[0]),
            layout=layout.name,
            folder=tree / base,
            images=images,
            mask=ImageFile(tree / masks[0]) if masks else None,
            label_map=declared.labels,
            shapes=layout.shapes,
            regions=expressed_regions(declared.labels),
            issues=tuple(issues),
        )

    def _images(
        self,
        tree: RawTree,
        channels: tuple[Modality, ...],
        name: str,
        paths: list[PurePosixPath],
    ) -> dict[Modality, ImageFile]:
        if not self.numbered:
            return {
                modality: ImageFile(tree / paths[0], channel)
                for channel, modality in enumerate(channels)
            }
        images = {}
        for path in paths:
            number = int(path.name[len(name) + 1 :][:4])
            if number < len(channels):
                images[channels[number]] = ImageFile(tree / path)
        return images

    def phantom_files(
        self, layout: Layout, case: PhantomCase
    ) -> Mapping[str, PurePosixPath]:
        """Return role -> relative path of a synthetic case."""
        name = layout.named_phantom(self.phantom_case.format(case.number))
        files = {
            str(modality): PurePosixPath(
                "imagesTr",
                f"{name}_{channel:04d}.nii.gz" if self.numbered else f"{name}.nii.gz",
            )
            for channel, modality in enumerate(layout.channels)
        }
        files[MASK] = PurePosixPath("labelsTr", f"{name}.nii.gz")
        return files
