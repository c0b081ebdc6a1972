"""A doubt: what was measured, and how it would be if something else was meant."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of doubt.

    Attributes
    ----------
    meaning
        What is odd.
    fix
        What to do about it.
    """

    meaning: str
    fix: str


@dataclass(frozen=True, slots=True)
class Doubt:
    """One doubt about images that break no rule.

    Attributes
    ----------
    code
        A key of `DOUBTS`.
    found
        What was measured, with its number.
    """

    code: str
    found: str

    @property
    def message(self) -> str:
        """Return what was measured and what to do, in one line."""
        return f"{self.found}; {DOUBTS[self.code].fix}"


_ORIENTATION: Final = (
    "check the orientation: rows run anterior to posterior, columns from the "
    "patient's right to left"
)

DOUBTS: Final[dict[str, Kind]] = {
    "constant-prediction": Kind(
        "predictions contain a single value",
        "nothing, if that is what the method predicts",
    ),
    "identical-predictions": Kind(
        "different slices have the same prediction, pixel by pixel",
        "check that each was written under its own id",
    ),
    "looks-flipped": Kind(
        "masks fit the reference much better when flipped or transposed",
        _ORIENTATION,
    ),
    "looks-shifted": Kind(
        "masks fit the reference much better when shifted",
        "undo the crop or the padding of the network's input, with the same offsets",
    ),
    "looks-recoded": Kind(
        "labels fit the reference much better when exchanged",
        "write 1 for NCR, 2 for ED and 3 for ET; nnU-Net counts ED before NCR",
    ),
    "mask-outside-head": Kind(
        "labels are where every modality is 0",
        "check orientation and offset of the masks",
    ),
    "single-label": Kind(
        "masks contain one label, of several of the release",
        "write the label of each tissue; nothing, if the method finds one tissue",
    ),
    "fused-flipped": Kind(
        "fused images fit their sources much better when flipped or transposed",
        "write them in the orientation of their sources; columns of HDF5 files by "
        "MATLAB or Julia are transposed",
    ),
    "fused-shifted": Kind(
        "fused images fit their sources much better when shifted",
        "undo the crop or the padding of the network's input, with the same offsets",
    ),
    "fits-other-slices": Kind(
        "fused images fit the sources of other slices better than their own",
        "check that each was written under its own name: match by id, never by order",
    ),
    "not-scaled": Kind(
        "fused images are nearly black beside their sources",
        "multiply values in [0, 1] by 255 before rounding to uint8",
    ),
    "inverted": Kind(
        "fused images are dark where their sources are bright",
        "write 255 minus the value, if that was not meant",
    ),
    "same-as-source": Kind(
        "fused images are a source, pixel by pixel",
        "check what the method returns; nothing, if it selects a source",
    ),
    "background-not-zero": Kind(
        "fused images are not 0 where every modality is 0",
        "set them to 0 there, as every fusion product of a release is",
    ),
}
"""Code -> what it means; all are warnings."""
