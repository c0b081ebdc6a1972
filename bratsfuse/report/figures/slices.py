"""Slices with outlines: what the worst, a usual and the best prediction look like.

The grey image is a PNG, the outlines are paths along the borders of its pixels, so
that they stay sharp at any size and hide nothing.
"""

import base64
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from bratsfuse.anatomy import lookup_table
from bratsfuse.arrays import Image, Selection
from bratsfuse.report.drawn import Picture
from bratsfuse.report.records import Evaluation

_MARGIN: Final = 6


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
    box = _brain_box(picture.original)
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


def outline(region: Selection) -> str:
    """Return the borders of a region as SVG path data, along the edges of its pixels.

    Examples
    --------
    >>> outline(np.array([[True, True]]))
    'M0 0h2M0 1h2M0 0v1M2 0v1'
    """
    padded = np.pad(region, 1)
    level = padded[1:, 1:-1] != padded[:-1, 1:-1]
    upright = (padded[1:-1, 1:] != padded[1:-1, :-1]).T
    lines = [f"M{start} {row}h{length}" for row, start, length in _runs(level)]
    lines += [f"M{row} {start}v{length}" for row, start, length in _runs(upright)]
    return "".join(lines)


def filled(region: Selection) -> str:
    """Return a region as SVG path data: a bar for each run of pixels in a row.

    Examples
    --------
    >>> filled(np.array([[False, True, True]]))
    'M1 0h2v1h-2z'
    """
    return "".join(
        f"M{start} {row}h{length}v1h-{length}z" for row, start, length in _runs(region)
    )


def _runs(region: Selection) -> Iterator[tuple[int, int, int]]:
    """Yield row, start and length of each run of true values."""
    edges = np.diff(np.pad(region, ((0, 0), (1, 1))).astype(np.int8), axis=1)
    starts, ends = np.argwhere(edges == 1), np.argwhere(edges == -1)
    for (row, start), (_, end) in zip(starts.tolist(), ends.tolist(), strict=True):
        yield row, start, end - start


def _png(grey: Image) -> str:
    from PIL.Image import fromarray

    stream = io.BytesIO()
    fromarray(np.ascontiguousarray(grey)).save(stream, "PNG", optimize=True)
    return f"data:image/png;base64,{base64.b64encode(stream.getvalue()).decode()}"


def _brain_box(grey: Image) -> tuple[int, int, int, int]:
    """Return left, top, width and height of what is not black, with a margin."""
    spans = []
    for axis, length in ((0, grey.shape[1]), (1, grey.shape[0])):
        shown = np.flatnonzero(grey.any(axis=axis))
        first, last = (shown[0], shown[-1]) if shown.size else (0, length - 1)
        start = max(int(first) - _MARGIN, 0)
        spans.append((start, min(int(last) + 1 + _MARGIN, length) - start))
    (left, width), (top, height) = spans
    return left, top, width, height
