"""Slices with outlines: what the worst, a usual and the best prediction look like.

The grey image is a PNG, the outlines are paths along the borders of its pixels, so
that they stay sharp at any size and hide nothing.
"""

import base64
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from bratsfuse.anatomy import lookup_table
from bratsfuse.arrays import Image
from bratsfuse.pages.crops import box_of
from bratsfuse.pages.outlines import filled, outline
from bratsfuse.report.drawn import Picture
from bratsfuse.report.records import Evaluation


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """A path on a picture.

    Attributes
    ----------
    kind
        Its class in the style sheet of the page, such as ``line-wt`` or
        ``false-negative``.
    path
        SVG path data, in pixels of the whole image.
    """

    kind: str
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One picture: a grey image, and what is drawn on it.

    Attributes
    ----------
    title
        What it shows.
    image
        The name of the grey image within the strip.
    png
        The image as a data URI; None if a panel to the left has it.
    box
        The part that is shown: left, top, width, height.
    size
        Width and height of the image.
    layers
        From the bottom to the top.
    """

    title: str
    image: str
    png: str | None
    box: tuple[int, int, int, int]
    size: tuple[int, int]
    layers: tuple[Layer, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Strip:
    """A slice, in several panels beside each other.

    Attributes
    ----------
    picture
        Which slice, why, and its score.
    panels
        From left to right.
    """

    picture: Picture
    panels: tuple[Panel, ...]


def strips(evaluation: Evaluation) -> tuple[Strip, ...]:
    """Return the pictures of an evaluation, ready for a page."""
    regions = evaluation.report.protocol.regions
    return tuple(
        Strip(picture=picture, panels=tuple(_panels(picture, regions)))
        for picture in evaluation.pictures
    )


def _panels(
    picture: Picture, regions: Mapping[str, tuple[int, ...]]
) -> Iterator[Panel]:
    box = box_of([picture.original])
    height, width = picture.original.shape

    def panel(title: str, grey: Image | None, *layers: Layer) -> Panel:
        return Panel(
            title=title,
            image="original" if grey is None else title,
            png=None if grey is None else _png(grey),
            box=box,
            size=(width, height),
            layers=layers,
        )

    yield panel("original", picture.original)
    if picture.fused is not None:
        yield panel("fused", picture.fused)
    masks = {"reference": picture.reference, "prediction": picture.prediction}
    for title, mask in masks.items():
        if mask is not None:
            yield panel(title, None, *_outlines(mask, regions))
    if picture.reference is not None and picture.prediction is not None:
        layers = _differences(picture.reference, picture.prediction)
        yield panel("differences", None, *layers)


def _outlines(mask: Image, regions: Mapping[str, tuple[int, ...]]) -> Iterator[Layer]:
    for name, values in regions.items():
        path = outline(lookup_table(values)[mask])
        if path:
            yield Layer(kind=f"line-{name.lower()}", path=path)


def _differences(reference: Image, prediction: Image) -> Iterator[Layer]:
    tumour, predicted = reference > 0, prediction > 0
    kinds = {
        "confused": tumour & predicted & (reference != prediction),
        "false-negative": tumour & ~predicted,
        "false-positive": predicted & ~tumour,
    }
    for kind, region in kinds.items():
        path = filled(region)
        if path:
            yield Layer(kind=kind, path=path)


def _png(grey: Image) -> str:
    from PIL.Image import fromarray

    stream = io.BytesIO()
    fromarray(np.ascontiguousarray(grey)).save(stream, "PNG", optimize=True)
    return f"data:image/png;base64,{base64.b64encode(stream.getvalue()).decode()}"
