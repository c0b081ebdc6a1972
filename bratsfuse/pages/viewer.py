"""A page to look through slices: a slider over crops that lie beside it.

The page has the words and numbers of all slices and no picture; a picture is loaded
when its slice is shown. It opens from a folder, without a server.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final, Literal

from markupsafe import Markup

from bratsfuse.pages._environment import environment
from bratsfuse.pages.crops import Box
from bratsfuse.records import CLOSED, SliceId
from bratsfuse.wording import check_names

INDEX_NAME: Final = "index.html"
RECORD_NAME: Final = "slices.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """An image that every slice has as ``<slice id>/<name>.png``.

    Attributes
    ----------
    name, title
        Of its files, and what a page calls it.
    role
        A source modality, the fused image in question, or a fusion product beside it.
    """

    name: str
    title: str
    role: Literal["source", "fused", "product"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Crop:
    """One slice.

    Attributes
    ----------
    slice_id, case
        Which one.
    box
        The part of the slice that the files show: left, top, width, height.
    lesion
        The square about the lesion, within the crop; None without one.
    lacks
        The names of images that it has no file of.
    """

    slice_id: str
    case: str
    box: Box
    lesion: Box | None
    lacks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Crops:
    """What a folder of crops has; its file ``slices.json``.

    Attributes
    ----------
    schema
        Of this record.
    images
        Sources first.
    outlines
        The masks whose outlines every slice has as ``<slice id>/<name>.svg``.
    slices
        In the order of the release.
    """

    __pydantic_config__: ClassVar = CLOSED

    schema: Literal[1] = 1
    images: tuple[Shown, ...]
    outlines: tuple[str, ...]
    slices: tuple[Crop, ...]

    def __post_init__(self) -> None:
        check_names("images", (image.name for image in self.images))
        check_names("outlines", self.outlines)
        ids = (SliceId.parse(crop.slice_id) for crop in self.slices)
        check_names("slices", (one.case for one in ids))


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A property of slices that a reader may choose by.

    Attributes
    ----------
    title
        What it is, such as ``case``.
    values
        One for each slice.
    """

    title: str
    values: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """A number of every slice, by which they can be put in order.

    Attributes
    ----------
    title, unit
        What it is.
    values
        One for each slice; None where there is none.
    higher_is_better
        None if neither end is worse.
    limits
        Whether a reader may ask for a range of it.
    """

    title: str
    values: Sequence[float | None]
    unit: str = ""
    higher_is_better: bool | None = None
    limits: bool = False


def render_viewer(
    crops: Crops,
    *,
    title: str,
    kicker: str,
    lede: str,
    groups: Sequence[Group],
    numbers: Sequence[Numbers],
    synthetic: bool,
    back: tuple[str, str] | None = None,
    differences: bool = True,
    version: str,
) -> str:
    """Return the page of a folder of crops.

    Parameters
    ----------
    crops
        What the folder has.
    title, kicker, lede
        The heading, what stands above it, and what below.
    groups, numbers
        What slices are chosen and ordered by.
    synthetic
        Whether the slices are of phantoms; else the page warns of patient data.
    back
        Address and words of a link to the page that this one belongs to.
    differences
        Whether fused images are shown less their sources.
    version
        Of bratsfuse.
    """
    return (
        environment("bratsfuse.pages")
        .get_template("viewer.html")
        .render(
            title=title,
            kicker=kicker,
            lede=lede,
            groups=groups,
            numbers=numbers,
            crops=crops,
            has_fused=differences
            and any(image.role != "source" for image in crops.images),
            synthetic=synthetic,
            back=back,
            data=_data(crops, groups, numbers),
            version=version,
        )
    )


def _data(crops: Crops, groups: Sequence[Group], numbers: Sequence[Numbers]) -> Markup:
    """Return what the script of the page reads, as JSON that can stand in HTML."""
    columns = [[_short(value) for value in one.values] for one in numbers]
    told = {
        "images": [[one.name, one.title, one.role] for one in crops.images],
        "outlines": crops.outlines,
        "groups": [[one.title, list(one.values)] for one in groups],
        "numbers": [
            [one.title, one.unit, {True: 1, False: -1, None: 0}[one.higher_is_better]]
            for one in numbers
        ],
        "slices": [
            [one.slice_id, one.box[2:], one.lesion, one.lacks] for one in crops.slices
        ],
        "values": columns,
    }
    text = json.dumps(told, ensure_ascii=True, separators=(",", ":"), allow_nan=False)
    return Markup(_inert(text))  # noqa: S704  (no character of HTML is left in it)


def _short(value: float | None) -> float | None:
    """Return a number with four digits that count: a page shows no more."""
    return None if value is None else float(f"{value:.4g}")


def _inert(text: str) -> str:
    for character in "<>&'":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text
