"""What a figure is: drawings, a caption that says how to read them, and a legend."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """One SVG.

    Attributes
    ----------
    name
        Of its file, without suffix; unique in a report.
    svg
        The element, for a page that defines the colours as custom properties.
    """

    name: str
    svg: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plate:
    """A figure of a report.

    Attributes
    ----------
    title
        What is shown.
    caption
        How to read it, and what to look for.
    drawings
        Side by side where there is room.
    legend
        Name of a colour of the page -> what it stands for; empty if the drawing says.
    """

    title: str
    caption: str
    drawings: tuple[Drawing, ...]
    legend: tuple[tuple[str, str], ...] = ()
