"""Formulas as MathML: browsers draw it, and no script comes from elsewhere."""

import html
import re

from latex2mathml.converter import convert

_MARKED = re.compile(
    r'<(?P<tag>span|div) class="arithmatex">\\[(\[](?P<latex>.*?)\\[)\]]</(?P=tag)>',
    re.DOTALL,
)


def drawn(page, name):
    """Return a page's HTML with its formulas as MathML.

    Raises
    ------
    ValueError
        If a formula cannot be converted, or one was not found by its marks.
    """

    def one(match):
        latex = html.unescape(match["latex"]).strip()
        shown = "block" if match["tag"] == "div" else "inline"
        try:
            drawing = convert(latex, display=shown)
        except Exception as problem:
            raise ValueError(f"{name}: formula {latex!r}: {problem}") from problem
        return f'<span class="formula">{drawing}</span>'

    found = _MARKED.sub(one, page)
    if "arithmatex" in found:
        place = found.index("arithmatex")
        raise ValueError(f"{name}: a formula is left: {found[place : place + 90]!r}")
    return found
