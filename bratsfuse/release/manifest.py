"""The manifest: what a release holds, from what it was built, and how to prove it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Final, TypeVar, get_args, get_origin, get_type_hints

from bratsfuse.errors import ReleaseError
from bratsfuse.issues import Issue
from bratsfuse.place import FILE, Kind, lacking, unfinished
from bratsfuse.release.column import Column
from bratsfuse.release.columns import check_product_id, columns, without_labels
from bratsfuse.release.recipe import Recipe
from bratsfuse.wording import counted

MANIFEST_NAME: Final = "manifest.json"
SCHEMA: Final = 1

RELEASE: Final = Kind(name="release", error=ReleaseError, flaw=lacking(MANIFEST_NAME))
RELEASE_FILE: Final = replace(FILE, error=ReleaseError)
"""A file on the way to a release."""

_Record = TypeVar("_Record")


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRelease:
    """The raw release that a build read.

    Attributes
    ----------
    layout
        Its name in ``builders/``.
    title
        What it is, in words.
    label_map
        Source label value -> canonical label name.
    regions
        The regions that its labels can express.
    licence, licence_url
        Its terms.
    citation
        The works to cite.
    synthetic
        Whether the cases are phantoms, so that no patient's data are in the release.
    """

    layout: str
    title: str
    label_map: Mapping[str, str]
    regions: tuple[str, ...]
    licence: str
    licence_url: str
    citation: tuple[str, ...]
    synthetic: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitRecord:
    """One split of a release.

    Attributes
    ----------
    file
        Its HDF5 file, relative to the release.
    slice_sets, cases, patients
        How many it holds.
    sha256
        Digest of its rows, see `bratsfuse.release.fingerprint.split_digest`.
    """

    file: str
    slice_sets: int
    cases: int
    patients: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseRecord:
    """One case of a release.

    Attributes
    ----------
    patient, split, grade, layout
        Whose it is, where it is, what it is and from where.
    slices
        The z of its slice sets.
    shape, spacing_mm
        Of the volume after reorientation to LPS.
    modality_iou
        Voxels that all modalities cover by voxels that any covers.
    sources
        Role -> name, SHA-256, stored dtype, shape and orientation of a raw file.
    """

    patient: str
    split: str
    grade: str
    layout: str
    slices: tuple[int, ...]
    shape: tuple[int, ...]
    spacing_mm: tuple[float, ...]
    modality_iou: float
    sources: Mapping[str, Mapping[str, object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class AddedProduct:
    """How a fusion product came about that `bratsfuse fuse` added to a release.

    Attributes
    ----------
    made_by
        The name of the method, with its options if it has any.
    method
        What it does, in words.
    sources
        The modalities that it was given.
    training_data
        What it was trained on; empty if on nothing.
    added_to
        The fingerprint of the release that it was added to.
    """

    made_by: str
    method: str
    sources: tuple[str, ...]
    training_data: str
    added_to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """Everything about a release that is not pixels.

    Attributes
    ----------
    bratsfuse
        The version that built it.
    fingerprint
        Digest of its content; equal fingerprints mean equal releases.
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

    def has_labels(self, split: str) -> bool:
        """Return whether the release holds the masks of a split."""
        return split not in self.withheld

    def columns_of(self, split: str, table: Sequence[Column]) -> tuple[Column, ...]:
        """Return the columns of a release's table that a split stores."""
        return tuple(table) if self.has_labels(split) else without_labels(table)

    @property
    def built_fingerprint(self) -> str:
        """Return the fingerprint before any product was added: that of a label key."""
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

    def to_json(self) -> dict[str, object]:
        """Return the manifest as JSON values; `added` only if there is any."""
        values = asdict(self)
        # As releases were written before there were such.
        if not self.withheld:
            del values["withheld"]
        if self.added:
            values["added"] = self.added_to_json()
        else:
            del values["added"]
        return {
            "schema": SCHEMA,
            **values,
            "recipe": self.recipe.to_json(),
            "issues": [issue.to_json() for issue in self.issues],
        }

    def added_to_json(self) -> dict[str, object]:
        """Return how the added products were made, as JSON values."""
        return {
            name: {**asdict(one), "sources": list(one.sources)}
            for name, one in self.added.items()
        }

    def write(self, folder: Path) -> None:
        """Write the manifest into a folder."""
        text = json.dumps(self.to_json(), indent=1) + "\n"
        (folder / MANIFEST_NAME).write_text(text, encoding="utf-8")


def read_manifest(release: Path) -> Manifest:
    """Return the manifest of a release.

    Raises
    ------
    ReleaseError
        If the folder is no release, an unfinished one, or one that a newer version
        wrote.
    """
    path = release / MANIFEST_NAME
    if not path.is_file():
        raise ReleaseError(_no_release(release))
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        schema = content["schema"]
    except (OSError, ValueError, LookupError, TypeError, RecursionError) as problem:
        reason = " ".join(str(problem).split())
        raise ReleaseError(f"{path}: broken ({reason}); build again") from problem
    if schema != SCHEMA:
        raise ReleaseError(
            f"{path}: schema {schema}; this version of bratsfuse reads {SCHEMA}"
        )
    try:
        return _from_json(content)
    except (LookupError, TypeError, ValueError, AttributeError) as problem:
        raise ReleaseError(f"{path}: broken ({problem!r}); build again") from problem


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


def _from_json(content: Mapping[str, object]) -> Manifest:
    content = {"withheld": {}, "added": {}, **content}
    values = {name: content[name] for name in Manifest.__dataclass_fields__}
    values["recipe"] = _checked(Recipe.from_json(_mapping(values["recipe"])))
    values["source"] = _checked(SourceRelease(**_tuples(values["source"])))
    values["splits"] = {
        name: _checked(SplitRecord(**_mapping(split)))
        for name, split in _mapping(values["splits"]).items()
    }
    values["cases"] = {
        name: _checked(CaseRecord(**_case(case)))
        for name, case in _mapping(values["cases"]).items()
    }
    values["added"] = {
        name: _checked(AddedProduct(**_tuples(product)))
        for name, product in _mapping(values["added"]).items()
    }
    issues = values["issues"]
    if not isinstance(issues, list):
        raise TypeError(f"issues: expected a list, found {type(issues).__name__}")
    values["issues"] = [_checked(Issue.from_json(_mapping(one))) for one in issues]
    manifest = _checked(Manifest(**_tuples(values)))
    for name in manifest.added:
        check_product_id(name)
    if len(set(manifest.products)) < len(manifest.products):
        raise ValueError(f"fusion products {', '.join(manifest.products)}: not unique")
    return manifest


def _checked(record: _Record) -> _Record:
    """Return a record whose values are of the types that its class declares."""
    for name, kind in get_type_hints(type(record)).items():
        value = getattr(record, name)
        if not _fits(value, kind):
            found = repr(value)
            found = found if len(found) <= 60 else f"{found[:57]}..."
            raise TypeError(f"{name} of {type(record).__name__}: found {found}")
    return record


def _fits(value: object, kind: Any) -> bool:  # noqa: ANN401  (a type or an alias)
    """Return whether a value is of a declared type, its members included."""
    parts = get_args(kind)
    if get_origin(kind) is tuple:
        if not isinstance(value, tuple):
            return False
        kinds = [parts[0]] * len(value) if parts[-1] is Ellipsis else parts
        return len(value) == len(kinds) and all(map(_fits, value, kinds))
    if get_origin(kind) is Mapping:
        return isinstance(value, Mapping) and all(
            _fits(name, parts[0]) and _fits(part, parts[1])
            for name, part in value.items()
        )
    if isinstance(value, bool):
        return kind in (bool, object)
    return isinstance(value, int | float if kind is float else kind)


def _tuples(value: object) -> dict[str, Any]:
    """Return an object with its lists as tuples, as the records hold them."""
    return {
        name: tuple(part) if isinstance(part, list) else part
        for name, part in _mapping(value).items()
    }


def _case(value: object) -> dict[str, Any]:
    case = _tuples(value)
    sources = _mapping(case["sources"])
    return {**case, "sources": {role: _tuples(file) for role, file in sources.items()}}


def _mapping(value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise TypeError(f"expected an object, found {type(value).__name__}")
    return value
