"""SVG by Matplotlib that follows the page: its colours, its fonts, unique ids.

Matplotlib writes colours as numbers. Drawings are made with numbers that nothing else
has, one per custom property of the page, and these are replaced by the property, so
that one drawing serves light, dark and printed pages.
"""

import html
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from bratsfuse.report.drawing.tips import with_tips

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK: Final = "#010203"
FAINT: Final = "#010204"
RULE: Final = "#010205"
STRONG: Final = "#010206"
PAPER: Final = "#010207"
ACCENT: Final = "#010208"
REGION_COLOURS: Final = {"WT": "#010209", "TC": "#01020a", "ET": "#01020b"}
SERIES: Final = ("#01020c", "#01020d", "#01020e", "#01020f", "#010210")

# Placeholder -> property, colour on light paper, colour on dark paper. The colours are
# those of the page, for a drawing that stands alone.
PROPERTIES: Final = {
    INK: ("ink", "#1b1d20", "#e7e7e3"),
    FAINT: ("faint", "#585d66", "#a4a9b1"),
    RULE: ("rule", "#dcddd7", "#33373d"),
    STRONG: ("rule-strong", "#8b8f96", "#757b84"),
    PAPER: ("paper", "#fdfdfb", "#15171a"),
    ACCENT: ("accent", "#00609c", "#79bdec"),
    REGION_COLOURS["WT"]: ("wt", "#0072b2", "#56b4e9"),
    REGION_COLOURS["TC"]: ("tc", "#008f68", "#2fbf92"),
    REGION_COLOURS["ET"]: ("et", "#c95600", "#ee8a45"),
    SERIES[0]: ("series-2", "#c95600", "#ee8a45"),
    SERIES[1]: ("series-3", "#008f68", "#2fbf92"),
    SERIES[2]: ("series-4", "#b0508a", "#d993bb"),
    SERIES[3]: ("series-5", "#a87600", "#e0ad2f"),
    SERIES[4]: ("series-7", "#4a4d52", "#bfc2c7"),
}
_DPI: Final = 72
_SETTINGS: Final[dict[Any, Any]] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "bratsfuse",
    "font.family": "DejaVu Sans",
    "font.size": 10,
    "text.parse_math": False,  # names are text, whatever they hold
    "axes.edgecolor": STRONG,
    "axes.labelcolor": FAINT,
    "axes.titlecolor": INK,
    "axes.titlesize": 10.5,
    "axes.titlelocation": "left",
    "axes.titlepad": 8,
    "axes.titley": 1.0,  # where it is anyway; otherwise every text is measured first
    "axes.labelsize": 9,
    "axes.facecolor": "none",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.8,
    "axes.axisbelow": True,
    "axes.unicode_minus": True,
    "figure.facecolor": "none",
    "grid.color": RULE,
    "grid.linewidth": 0.8,
    "text.color": INK,
    "xtick.color": STRONG,
    "ytick.color": STRONG,
    "xtick.labelcolor": FAINT,
    "ytick.labelcolor": FAINT,
    "xtick.labelsize": 9,
    "ytick.labelsize": 9,
    "xtick.major.size": 3,
    "ytick.major.size": 3,
}


def region_colour(region: str) -> str:
    """Return the colour of a region; regions without one of their own are faint."""
    return REGION_COLOURS.get(region, FAINT)


@contextmanager
def style() -> Iterator[None]:
    """Draw with the settings of a report, whatever those of the user are."""
    import matplotlib

    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(_SETTINGS)
        yield


def sheet(width: float, height: float) -> "Figure":
    """Return an empty figure of a size in CSS pixels."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width / _DPI, height / _DPI), dpi=_DPI)


def axes(
    figure: "Figure", *, left: float, right: float, top: float, bottom: float
) -> "Axes":
    """Return axes with margins in CSS pixels, whatever the size of the figure."""
    width, height = figure.get_size_inches() * _DPI
    return figure.add_axes(
        (
            left / width,
            bottom / height,
            (width - left - right) / width,
            (height - top - bottom) / height,
        )
    )


def write_beside(ax: "Axes", place: float, text: str) -> None:
    """Write a text to the right of the axes, in the row at this place."""
    ax.annotate(
        text,
        (1, place),
        xytext=(10, 0),
        xycoords=("axes fraction", "data"),
        textcoords="offset points",
        va="center",
        fontsize=9,
    )


def to_svg(figure: "Figure", name: str, title: str, description: str) -> str:
    """Return a figure as an SVG element that can stand in a page beside others.

    Parameters
    ----------
    figure
        Drawn with the colours of this module.
    name
        Put before every id.
    title, description
        What those hear who cannot see it; escaped here.
    """
    stream = io.StringIO()
    nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
    figure.savefig(stream, format="svg", metadata=nothing)
    text = stream.getvalue()
    text = text[text.index("<svg") :].rstrip()
    text = re.sub(r"<metadata>.*?</metadata>\s*", "", text, flags=re.DOTALL)
    # A rule for all elements would reach beyond the drawing, into the page.
    text = re.sub(r"<defs>\s*<style.*?</style>\s*</defs>\s*", "", text, flags=re.DOTALL)
    text = _with_own_ids(with_tips(text), name)
    text = text.replace(' target="_blank"', "")
    for placeholder, (property_, _, _) in PROPERTIES.items():
        text = text.replace(placeholder, f"var(--{property_})")
    text = text.replace("'DejaVu Sans'", "var(--sans, sans-serif)")
    width, height = (figure.get_size_inches() * _DPI).round().astype(int)
    # Those who cannot see an image do not hear of links within it.
    role = "group" if "<a " in text else "img"
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" '
        f'xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        f'stroke-linejoin="round" role="{role}" '
        f'aria-labelledby="{name}-title {name}-desc">\n'
        f'<title id="{name}-title">{html.escape(title)}</title>\n'
        f'<desc id="{name}-desc">{html.escape(description)}</desc>'
    )
    return re.sub(r"<svg[^>]*>", lambda _: head, text, count=1)


def standalone(svg: str) -> str:
    """Return an SVG file that defines its colours by itself, for both schemes."""
    light, dark = (
        "".join(f"--{entry[0]}:{entry[which]};" for entry in PROPERTIES.values())
        for which in (1, 2)
    )
    rules = (
        f"<style>svg{{{light}--sans:sans-serif;background:var(--paper)}}"
        f"@media (prefers-color-scheme:dark){{svg{{{dark}}}}}</style>"
    )
    # Its links are from its own folder.
    head, rest = re.sub(r'(<a [^>]*href=")figures/', r"\1", svg).split(">", 1)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{head}>\n{rules}{rest}\n'


def _with_own_ids(text: str, name: str) -> str:
    """Return SVG whose ids begin with a name; those that nothing refers to are gone."""
    used = set(re.findall(r'(?:href="#|url\(#)([^")]+)', text))

    def kept(match: re.Match[str]) -> str:
        return f' id="{name}-{match[1]}"' if match[1] in used else ""

    text = re.sub(r' id="([^"]+)"', kept, text)
    text = re.sub(r'href="#', f'href="#{name}-', text)
    return text.replace("url(#", f"url(#{name}-")
