"""The manifest: what a release contains, what it was built from, and the proof."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import ClassVar, Final, Literal

from bratsfuse.errors import InvalidInputError, ReleaseError
from bratsfuse.issues import Issue
from bratsfuse.place import FILE, Kind, lacking, unfinished
from bratsfuse.records import CLOSED, from_json, json_values, to_json
from bratsfuse.release.column import Column
from bratsfuse.release.columns import check_product_id, columns, without_labels
from bratsfuse.release.fingerprint import release_fingerprint
from bratsfuse.release.inside import refuse_outside
from bratsfuse.release.manifest_parts import (
    AddedProduct,
    CaseRecord,
    SourceRelease,
    SplitRecord,
)
from bratsfuse.release.recipe import Recipe
from bratsfuse.release.scored import MANIFEST_NAME, SCHEMA, scored_facts
from bratsfuse.wording import check_names, counted

MOST_PIXELS: Final = 1 << 25
"""Of an image, so that a manifest alone cannot ask for all memory."""
_DOCUMENTS: Final = (
    "DATASHEET.md",
    "README.md",
    "croissant.json",
    "grids.json",
    "index.csv",
    "splits.json",
)
"""What is read of a release even if its manifest lists none of it."""

RELEASE: Final = Kind(name="release", error=ReleaseError, flaw=lacking(MANIFEST_NAME))
RELEASE_FILE: Final = replace(FILE, error=ReleaseError)
"""A file on the way to a release."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """Everything about a release that is not pixels.

    Attributes
    ----------
    schema
        Of this record.
    bratsfuse
        The version that built it.
    fingerprint
        Digest of its rows and of all else that a score depends on; equal fingerprints
        mean equal releases.
    recipe
        The choices.
    source
        The raw release.
    image_shape
        Rows and columns of every image.
    splits
        Split name -> record.
    cases
        Case id -> record.
    issues
        What was odd about the raw data and what was done about it.
    files
        Every other file of the release -> SHA-256 of its bytes.
    withheld
        Each split whose masks are not in the release -> their keyed digest, see
        `bratsfuse.release.label_key`.
    added
        Fusion product -> how it was made, for those that are not of the recipe. They
        are stored after the recipe's, in this order.
    """

    __pydantic_config__: ClassVar = CLOSED

    schema: Literal[2] = SCHEMA
    bratsfuse: str
    fingerprint: str
    recipe: Recipe
    source: SourceRelease
    image_shape: tuple[int, int]
    splits: Mapping[str, SplitRecord]
    cases: Mapping[str, CaseRecord]
    issues: tuple[Issue, ...]
    files: Mapping[str, str]
    withheld: Mapping[str, str] = field(default_factory=dict)
    added: Mapping[str, AddedProduct] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if min(self.image_shape) < 1 or math.prod(self.image_shape) > MOST_PIXELS:
            raise InvalidInputError(
                f"image_shape: found {list(self.image_shape)}, expected sizes above 0 "
                f"and at most {MOST_PIXELS} pixels"
            )
        for name in self.added:
            check_product_id(name)
        check_names("splits", self.splits)
        check_names("cases", self.cases)
        for name, case in self.cases.items():
            if self.splits and case.split not in self.splits:  # none while it is built
                raise InvalidInputError(
                    f"cases.{name}.split: found {case.split!r}, expected one of "
                    f"{', '.join(self.splits)}"
                )
        check_names("patients", {case.patient for case in self.cases.values()})
        if len(set(self.products)) < len(self.products):
            raise InvalidInputError(
                f"added: fusion products {', '.join(self.products)}; "
                "expected none of them twice"
            )

    def __repr__(self) -> str:
        counts = ", ".join(
            (
                counted(self.slice_sets, "slice set"),
                counted(len(self.cases), "case"),
                counted(self.patients, "patient"),
            )
        )
        return (
            f"Manifest({counts}, {self.source.title}, fused "
            f"{' + '.join(self.products)}, fingerprint {self.fingerprint[:12]})"
        )

    def case(self, name: str) -> CaseRecord:
        """Return what the manifest says of a case that a split file has.

        Raises
        ------
        ReleaseError
            If it says nothing of it.
        """
        try:
            return self.cases[name]
        except KeyError:
            raise ReleaseError(
                f"case {name!r} is in a split file, but not in {MANIFEST_NAME}; run "
                "bratsfuse verify, then copy or build the release again"
            ) from None

    def has_labels(self, split: str) -> bool:
        """Return whether the release contains the masks of a split."""
        return split not in self.withheld

    def columns_of(self, split: str, table: Sequence[Column]) -> tuple[Column, ...]:
        """Return the columns of a release's table that a split stores."""
        return tuple(table) if self.has_labels(split) else without_labels(table)

    @property
    def scored(self) -> dict[str, object]:
        """Return all that scoring reads of a release besides its rows."""
        return scored_facts(
            image_shape=self.image_shape,
            sources=self.recipe.sources,
            fusers=self.recipe.fusers,
            label_map=self.source.label_map,
            regions=self.source.regions,
            synthetic=self.source.synthetic,
            spacing_mm={name: one.spacing_mm for name, one in self.cases.items()},
        )

    def proven(self) -> "Manifest":
        """Return the manifest with the fingerprint of its content."""
        return replace(self, fingerprint=self.content_fingerprint)

    @property
    def content_fingerprint(self) -> str:
        """Return the fingerprint that splits and scored facts give."""
        digests = {name: split.sha256 for name, split in self.splits.items()}
        return release_fingerprint(digests, self.scored)

    @property
    def built_fingerprint(self) -> str:
        """Return the fingerprint before any product was added: an answer key has it."""
        first = next(iter(self.added.values()), None)
        return self.fingerprint if first is None else first.added_to

    @property
    def products(self) -> tuple[str, ...]:
        """Return the names of all fusion products, in storage order."""
        return (*self.recipe.fusers, *self.added)

    def sources_of(self, product: str) -> tuple[str, ...]:
        """Return the modalities that a fusion product was made of."""
        added = self.added.get(product)
        return self.recipe.sources if added is None else added.sources

    @property
    def columns(self) -> tuple[Column, ...]:
        """Return the columns of the release, in storage order."""
        added = {name: (one.made_by, one.sources) for name, one in self.added.items()}
        return columns(self.recipe.fusers, self.recipe.sources, added)

    @property
    def slice_sets(self) -> int:
        """Return the number of slice sets in all splits."""
        return sum(split.slice_sets for split in self.splits.values())

    @property
    def patients(self) -> int:
        """Return the number of patients in all splits."""
        return sum(split.patients for split in self.splits.values())

    def added_to_json(self) -> dict[str, object]:
        """Return how the added products were made, as JSON values."""
        return {name: json_values(one) for name, one in self.added.items()}

    def write(self, folder: Path) -> None:
        """Write the manifest into a folder."""
        (folder / MANIFEST_NAME).write_text(to_json(self), encoding="utf-8")


def read_manifest(release: Path, *, check: bool = True) -> Manifest:
    """Return the manifest of a release.

    Parameters
    ----------
    release
        The folder.
    check
        Whether to refuse a manifest whose fingerprint is not that of its content;
        `bratsfuse verify` lists it among all else that is wrong.

    Raises
    ------
    ReleaseError
        If the folder is no release, an unfinished or broken one, or one of another
        version; if it names files outside the folder.
    """
    path = release / MANIFEST_NAME
    if not path.is_file():
        raise ReleaseError(_no_release(release))
    refuse_outside(release, [MANIFEST_NAME])
    try:
        content = path.read_bytes()
    except OSError as problem:
        raise ReleaseError(
            f"{path}: cannot be read ({problem.strerror}); allow it, or copy it again"
        ) from problem
    try:
        manifest = from_json(Manifest, content, every_key=True)
    except InvalidInputError as problem:
        if other := _other_schema(content):
            from bratsfuse.release.renewal import how_to_renew

            renewal = how_to_renew(other, release) if other["schema"] == 1 else ""
            raise ReleaseError(
                f"{path}: schema {other['schema']}; this version of bratsfuse reads "
                f"{SCHEMA}{renewal}"
            ) from problem
        raise ReleaseError(f"{path}: broken ({problem}); build again") from problem
    files = (split.file for split in manifest.splits.values())
    refuse_outside(release, {*_DOCUMENTS, *files, *manifest.files})
    if check and manifest.fingerprint != manifest.content_fingerprint:
        raise ReleaseError(
            f"{path}: its fingerprint is {manifest.fingerprint}, its content gives "
            f"{manifest.content_fingerprint}: it was edited; run bratsfuse verify, "
            "then build or copy the release again"
        )
    return manifest


def _other_schema(content: bytes) -> Mapping[str, object] | None:
    """Return the content of a manifest of another schema, None if it is none."""
    try:
        values = json.loads(content)
    except (ValueError, RecursionError):
        return None
    if not isinstance(values, dict) or values.get("schema") in (None, SCHEMA):
        return None
    return values


def building_folder(release: Path) -> Path:
    """Return where an interrupted build leaves what the next one goes on from."""
    release = release.absolute()
    return release.with_name(f"{release.name}.building")


def _no_release(release: Path) -> str:
    old = unfinished(release) / "old"
    if old.is_dir():
        return f"{release}: an interrupted run moved it to {old}; move it back"
    building = building_folder(release)
    if building.is_dir():
        return (
            f"{release}: an unfinished build is in {building.name}; "
            "run bratsfuse build again to finish it"
        )
    if not release.is_dir():
        return f"{release}: no such folder; expected a release of bratsfuse build"
    return (
        f"{release}: no {MANIFEST_NAME}; expected a finished release of bratsfuse build"
    )
