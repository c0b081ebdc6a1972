"""What the segments of a mask file are called, as tissues: 3D Slicer stores names."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bratsfuse.anatomy import Label
from bratsfuse.raw.dataset_json import tissue_named

CODE: Final = "segment-names"
"""Of the issues that say how a mask with names was read."""

_VALUES: Final = 256
"""Values that a label may have: 0 to 255."""


@dataclass(frozen=True, slots=True)
class Segments:
    """How a mask that names its segments is read.

    Attributes
    ----------
    coding
        Value -> label.
    warning
        Why that is, or is not, what was expected; "" if there is nothing to say.
    by_name
        Whether the names decided against what was expected.
    """

    coding: Mapping[int, Label]
    warning: str = ""
    by_name: bool = False


def read_by_names(
    names: Mapping[int, str], expected: Mapping[int, Label], coding: str
) -> Segments:
    """Return what the values of a mask mean: as expected, unless it names its own.

    Parameters
    ----------
    names
        Value -> name of its segment, as the file has them; may be empty.
    expected
        Value -> label.
    coding
        What is expected, for messages: the name of a layout or of a coding.
    """
    told = {
        value: tissue_named(name) if 0 < value < _VALUES else None
        for value, name in names.items()
    }
    own = {value: label for value, label in told.items() if label is not None}
    shown = ", ".join(f"{value} = {name}" for value, name in sorted(names.items()))
    if len(own) < len(told):
        text = (
            f"the mask names its segments {shown}, which are not all tissues; read by "
            f"the labels of {coding}: name the segments ED, NCR and ET to be sure"
        )
        return Segments(expected, text)
    if all(expected.get(value) is label for value, label in own.items()):
        return Segments(expected)
    text = f"read by the mask's own segment names, {shown}, not by {coding}"
    return Segments(own, text, by_name=True)
