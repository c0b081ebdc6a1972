"""What a manifest says of a source, a split, a case and an added product."""

from collections.abc import Mapping
from dataclasses import dataclass

from bratsfuse.anatomy import Label, Region
from bratsfuse.errors import InvalidInputError
from bratsfuse.records import SourceFile


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
    regions: tuple[Region, ...]
    licence: str
    licence_url: str
    citation: tuple[str, ...]
    synthetic: bool

    def __post_init__(self) -> None:
        for value, name in self.label_map.items():
            if name not in Label.__members__:
                raise InvalidInputError(
                    f"label_map: found {name!r} for {value!r}, expected one of "
                    f"{', '.join(Label.__members__)}"
                )

    @property
    def labels(self) -> frozenset[Label]:
        """Return the labels that its masks may contain, background included."""
        coded = {Label[name] for name in self.label_map.values()}
        return frozenset({Label.BACKGROUND} | coded)


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitRecord:
    """One split of a release.

    Attributes
    ----------
    file
        Its HDF5 file, relative to the release.
    slice_sets, cases, patients
        How many it contains.
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
        Of the volume after reorientation to LPS; scores in millimetres go by it.
    modality_iou
        Voxels that all modalities cover by voxels that any covers.
    sources
        Role -> the raw file.
    """

    patient: str
    split: str
    grade: str
    layout: str
    slices: tuple[int, ...]
    shape: tuple[int, int, int]
    spacing_mm: tuple[float, float, float]
    modality_iou: float
    sources: Mapping[str, SourceFile]

    def __post_init__(self) -> None:
        if min(self.spacing_mm) <= 0:
            raise InvalidInputError(
                f"spacing_mm: found {list(self.spacing_mm)}, expected sizes above 0"
            )

    @property
    def pixel_mm(self) -> tuple[float, float]:
        """Return the pixel size along the rows and columns of a stored slice."""
        x, y, _ = self.spacing_mm  # a stored slice is transposed
        return y, x


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
