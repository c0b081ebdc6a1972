"""What pixels of a wrong type or shape contain, so that the fix can be named."""

from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from bratsfuse.results import Track
from bratsfuse.submission.file_names import COLUMN_OF
from bratsfuse.submission.findings import Findings

_WHOLE: Final = 255


def shape_hint(found: tuple[int, ...], expected: tuple[int, ...]) -> str:
    """Return how to get from one shape to the other, empty if that is not clear."""
    rows, height, width = expected
    hints = {
        (rows, width, height): "transpose every image: array.transpose(0, 2, 1)",
        (height, width, rows): "move the last axis first: np.moveaxis(array, -1, 0)",
        (*expected, 1): "remove the last axis: array[..., 0]",
        (rows, 1, height, width): "remove the channel axis: array[:, 0]",
        (1, *expected): "remove the batch axis: array[0]",
    }
    if found in hints:
        return hints[found]
    if len(found) == 4 and found[:3] == expected:
        return f"take the most probable of {found[3]} channels: array.argmax(-1)"
    if len(found) == 4 and (found[0], *found[2:]) == expected:
        return f"take the most probable of {found[1]} channels: array.argmax(1)"
    return ""


@dataclass
class Values:
    """The values of one column, looked at image by image."""

    dtype: np.dtype[Any]
    low: float = field(default=np.inf)
    high: float = field(default=-np.inf)
    not_finite: int = 0
    fractional: int = 0

    def add(self, image: npt.NDArray[Any]) -> None:
        """Look at one more image."""
        if self.dtype.kind == "f":
            finite = np.isfinite(image)
            self.not_finite += image.size - int(finite.sum())
            image = image[finite]
            self.fractional += int((image != np.rint(image)).sum())
        if image.size:
            self.low = min(self.low, float(image.min()))
            self.high = max(self.high, float(image.max()))

    def tell(self, track: Track, findings: Findings) -> None:
        """Add the one finding that helps most."""
        where = COLUMN_OF[track]
        spread = f"found {self.dtype} from {self.low:g} to {self.high:g}"
        if self.not_finite:
            found = f"{self.not_finite} pixels are NaN or infinite"
            findings.add("not-finite", where, found)
        elif self.dtype.kind == "b":
            hint = (
                "write labels, not whether there is one: uint8, values of the release"
            )
            findings.add("wrong-dtype", where, "found bool; expected uint8", hint=hint)
        elif (
            track == "fusion"
            and self.dtype.kind == "f"
            and self.low >= 0
            and self.high <= 1
        ):
            findings.add("unit-range", where, f"{spread}; expected uint8 in [0, 255]")
        elif track == "segmentation" and self.fractional:
            found = f"{self.dtype} masks with {self.fractional} fractional pixels"
            findings.add("fractional-labels", where, found)
        else:
            hint = "round, and cast with .astype(np.uint8)"
            if self.low < 0 or self.high > _WHOLE:
                hint = "bring the values into [0, 255] by a fixed rule, then cast"
            findings.add("wrong-dtype", where, f"{spread}; expected uint8", hint=hint)
