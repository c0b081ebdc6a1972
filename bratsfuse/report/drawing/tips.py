"""What a dot of a drawing says under a pointer: its case, its value, and where to look.

Matplotlib gives the dots of a line no words of their own. A line carries them in its
id, and `with_tips` hands them to the dots in the SVG.
"""

import html
import json
import re
from collections.abc import Sequence
from typing import Final
from urllib.parse import quote, unquote

from bratsfuse.pages.numbers import number
from bratsfuse.report.records import Evaluation
from bratsfuse.report.slice_pages import address_of

_MARK: Final = "tips-"
_LINE: Final = re.compile(rf'<g id="{_MARK}([^"]*)">(.*?)</g>', re.DOTALL)
_DOT: Final = re.compile(r"<use ([^>]*)/>")


def addresses(evaluation: Evaluation, cases: Sequence[str]) -> tuple[str, ...]:
    """Return where each case is shown beside the report; empty texts if it is not."""
    shown = evaluation.slices is not None
    return tuple(address_of(case) if shown else "" for case in cases)


def tip(case: str, value: float, decimals: int) -> str:
    """Return the words of a dot."""
    return f"{case}: {number(value, decimals)}"


def carried(tips: Sequence[tuple[str, str]]) -> str:
    """Return the id of a line whose dots have these words and addresses."""
    return _MARK + quote(json.dumps(list(tips)), safe="")


def with_tips(svg: str) -> str:
    """Return a drawing whose dots have what their lines carry."""
    return _LINE.sub(_on_dots, svg)


def _on_dots(line: re.Match[str]) -> str:
    tips = json.loads(unquote(line[1]))
    if len(_DOT.findall(line[2])) != len(tips):  # then nobody knows which is which
        return f"<g>{line[2]}</g>"
    left = iter(tips)
    return f"<g>{_DOT.sub(lambda dot: _dot(dot[1], *next(left)), line[2])}</g>"


def _dot(attributes: str, words: str, address: str) -> str:
    dot = f"<use {attributes}><title>{html.escape(words)}</title></use>"
    if not address:
        return dot
    # Not among what Tab goes through: a drawing may have hundreds, a table lists them.
    return f'<a href="{html.escape(address)}" tabindex="-1">{dot}</a>'
