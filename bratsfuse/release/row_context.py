"""What the value of a column may be made of: one slice of one case, and its release."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bratsfuse.anatomy import Modality
from bratsfuse.errors import InvalidInputError
from bratsfuse.records import Case, Volume, Window

if TYPE_CHECKING:  # the recipe knows the columns; a manifest is read without arrays
    import numpy.typing as npt

    from bratsfuse.arrays import Image
    from bratsfuse.release.recipe import Recipe


@dataclass(frozen=True, slots=True, kw_only=True)
class RowContext:
    """One slice set while it is built.

    Attributes
    ----------
    case
        The case, as its names describe it.
    volume
        The case, as it was read. Unless the column declares that it depends on the
        labels, neither case nor volume has a mask, its file or an issue that may speak
        of it.
    z
        The index of the slice in the volume.
    split
        Where the slice set goes.
    recipe
        The choices of the build.
    windows
        Modality -> the source intensities that became 0 and 255.
    images
        Modality -> the slice scaled to 8 bits, as it is stored.
    image_shape
        Rows and columns of every image of the release.
    """

    case: Case
    volume: Volume
    z: int
    split: str
    recipe: "Recipe"
    windows: Mapping[Modality, Window]
    images: "Mapping[Modality, Image]"
    image_shape: tuple[int, int]

    @property
    def mask(self) -> "Image":
        """Return the mask of the slice, uint8 (H, W), canonical labels.

        Raises
        ------
        InvalidInputError
            If the column that asks does not declare that it depends on the labels, or
            the case has no mask.
        """
        if self.volume.mask is None:
            raise InvalidInputError(
                "no mask to make it of; a column that is made of the mask declares "
                "labels=True, and its case needs one"
            )
        return self.framed(self.volume.mask[:, :, self.z].T)

    def framed(self, image: "npt.NDArray[Any]") -> "npt.NDArray[Any]":
        """Return an image (rows, columns) in the middle of a frame of zeros.

        The frame has the `image_shape` of the release; an image of that shape is
        returned as it is.
        """
        from bratsfuse.arrays import in_frame

        return in_frame(image, self.image_shape)
