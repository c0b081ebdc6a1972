"""Words that every part puts the same way: hints, counts, tables, faults.

Untrusted text becomes printable here, before a terminal, a log, a table or a page
shows it.
"""

import io
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Final

from bratsfuse.errors import InvalidInputError

if TYPE_CHECKING:
    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

_ASKED_FOR: Final = "Input should be "
"""How pydantic begins to say what it expected."""

_SHOWN: Final = 60
"""Characters of a found value, or of its place, that are shown."""

_COMPARED: Final = 200
"""Characters of a name that are compared: the time grows with their square."""


_CONTROLS: Final = re.compile(r"[^\n\t -~]")
"""What of a text may have to be spelled: plain letters are passed over quickly."""
_FORMULA: Final = r"'*\s*[=+\-@\uff1d\uff0b\uff0d\uff20\u2212]"
"""How a formula begins for spreadsheets, which also take the letters of full width."""

_NAME: Final = re.compile(r"\w(?:[\w .()+@-]{0,198}[\w)])?")


def printable(text: str) -> str:
    r"""Return a text without anything that a terminal or a page obeys.

    Line ends, tabs and spaces of all kinds stay. Control characters, those that turn
    the direction of text and halves of characters are spelled as JSON spells them, so
    that JSON stays JSON.

    Examples
    --------
    >>> print(printable("a\x1b[2Jb"))
    a\u001b[2Jb
    """
    return _CONTROLS.sub(_spelled, text)


def _spelled(match: re.Match[str]) -> str:
    letter = match[0]
    if letter.isprintable() or unicodedata.category(letter) == "Zs":
        return letter
    units = letter.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[i : i + 4]}" for i in range(0, len(units), 4))


def check_names(what: str, names: Iterable[str]) -> None:
    """Refuse ids of cases or keys of patients that could be more than a name.

    They become names of files and cells of tables wherever a release is read.

    Parameters
    ----------
    what
        Where they stand, for the message.
    names
        1 to 200 letters, digits, spaces and ``_ . ( ) + @ -`` each; the first is a
        letter, a digit or ``_``, the last one of these or ``)``.

    Raises
    ------
    InvalidInputError
        If one of them is anything else, such as a path.
    """
    for name in names:
        if not _NAME.fullmatch(name):
            raise InvalidInputError(
                f"{what}: found {name[:80]!r}, expected 1 to 200 letters, digits, "
                "spaces and _.()+@-, of which the first is a letter, a digit or _, and "
                "the last one of these or ): it becomes a file name"
            )


def csv_text(rows: Iterable[Iterable[object]]) -> str:
    r"""Return rows as CSV: what a spreadsheet would run is led by an apostrophe.

    `csv_rows` takes it away again. Numbers stay numbers, and every text is in one line.

    Examples
    --------
    >>> csv_text([["name", "en"], ["=1+1", "-0.5"]])
    "name,en\n'=1+1,-0.5\n"
    """
    import csv  # here, as difflib and json below: every command starts with this file

    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerows(map(_csv_cell, row) for row in rows)
    return stream.getvalue()


def csv_rows(text: str) -> Iterator[list[str]]:
    """Yield the rows of `csv_text`, with the texts that were given to it."""
    import csv

    for row in csv.reader(io.StringIO(text)):
        yield [
            cell[1:] if cell[:1] == "'" and re.match(_FORMULA, cell) else cell
            for cell in row
        ]


def _csv_cell(cell: object) -> object:
    if not isinstance(cell, str):
        return cell
    line = " ".join(printable(cell).split()) if not cell.isprintable() else cell
    if re.match(_FORMULA, line) and not _is_number(line):
        return f"'{line}"
    return line


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return len(text) == 1  # a dash for a value that there is not
    return text.isascii()


def closest(name: str, known: Iterable[str], *, cutoff: float = 0.6) -> str | None:
    """Return the known name that may have been meant, None if none is close.

    Upper and lower case count as alike. Two names are close if `difflib` finds their
    ratio to be at least `cutoff`, from 0 to 1.

    Examples
    --------
    >>> closest("laplacain", ["average", "laplacian"]), closest("wt", ["WT", "TC"])
    ('laplacian', 'WT')
    """
    from difflib import get_close_matches

    by_small_letters = {str(other).lower(): str(other) for other in known}
    asked = str(name)[:_COMPARED].lower()
    close = get_close_matches(asked, by_small_letters, n=1, cutoff=cutoff)
    return by_small_letters[close[0]] if close else None


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return ``did you mean 'x'?``, or an empty text if no known name is close."""
    close = closest(name, known)
    return "" if close is None else f"did you mean {close!r}?"


def id_meant(name: str, known: Iterable[str]) -> str:
    """Return ``did you mean 'x'?`` for an id that is spelled otherwise, or nothing.

    Ids of one dataset resemble each other, and the closest is another patient. So an id
    is meant only if it differs in separators and capitals, or is a part of the name.

    Examples
    --------
    >>> id_meant("brats2021-00002", ["BraTS2021_00000", "BraTS2021_00002"])
    "did you mean 'BraTS2021_00002'?"
    >>> id_meant("BraTS2021_00003", ["BraTS2021_00000", "BraTS2021_00002"])
    ''
    """
    asked = re.sub(r"[\W_]+", "", str(name)[:_COMPARED].lower())
    for other in known:
        plain = re.sub(r"[\W_]+", "", str(other).lower())
        if plain and plain in asked:
            return f"did you mean {other!r}?"
    return ""


def suggestion(name: str, known: Iterable[str]) -> str:
    """Return ``did you mean 'x'?``, or all known names if none is close.

    Examples
    --------
    >>> suggestion("averige", ["average", "pca"]), suggestion("x", ["average", "pca"])
    ("did you mean 'average'?", 'known: average, pca')
    """
    names = [str(other) for other in known]
    return did_you_mean(name, names) or f"known: {', '.join(names)}"


def counted(count: int, noun: str, plural: str = "") -> str:
    """Return a count with its noun, which takes an s unless `plural` says otherwise.

    Examples
    --------
    >>> counted(1, "slice set"), counted(0, "slice set"), counted(2, "entry", "entries")
    ('1 slice set', '0 slice sets', '2 entries')
    """
    return f"{count} {noun if count == 1 else plural or noun + 's'}"


def some(names: Sequence[str], most: int = 5) -> str:
    """Return the first few names, with dots if there are more.

    Examples
    --------
    >>> some(["a", "b", "c"], 2)
    'a, b, ...'
    """
    return ", ".join(names[:most]) + (", ..." if len(names) > most else "")


def storage(size: int) -> str:
    """Return a number of bytes in megabytes, or in kilobytes below one.

    Examples
    --------
    >>> storage(13_824_000), storage(26_880)
    ('14 MB', '27 kB')
    """
    return f"{size / 1e6:.0f} MB" if size >= 1e6 else f"{size / 1e3:.0f} kB"


def markdown_row(cells: Iterable[str]) -> str:
    """Return one line of a table in Markdown; the cells are escaped already.

    Examples
    --------
    >>> markdown_row(["input", "Dice"])
    '| input | Dice |'
    """
    return f"| {' | '.join(cells)} |"


def first_fault(problem: "ValidationError") -> str:
    """Return where and why a record does not fit, at the first place, in one line."""
    return fault(problem.errors(include_url=False)[0])


def fault(error: "ErrorDetails") -> str:
    """Return where and why a record does not fit, for one of pydantic's errors."""
    place = ascii(".".join(map(str, error["loc"])))[1:-1][: 2 * _SHOWN]
    if not place and error["type"] == "value_error":
        return _what_is_wrong(error)
    return f"{place or 'the whole file'}: {_what_is_wrong(error)}"


def _what_is_wrong(error: "ErrorDetails") -> str:
    """Return what was found at a place of a record and what was expected there."""
    kind, message = error["type"], error["msg"]
    if kind == "value_error":  # a record's own check, which names all it has to
        return message.removeprefix("Value error, ")
    if kind == "json_invalid":
        return f"not readable as JSON ({error['ctx']['error']})"
    if kind.startswith("missing"):
        return "missing; expected a value"
    if kind in ("unexpected_keyword_argument", "extra_forbidden"):
        return "unknown key; expected none of this name"
    if kind == "dataclass_type":
        message = f"{_ASKED_FOR}an object"
    found, expected = error["input"], message.removeprefix(_ASKED_FOR)
    hint = did_you_mean(str(found), re.findall(r"'([^']*)'", expected))
    return f"found {_shown(found)}, expected {expected}{hint and f'; {hint}'}"


def _shown(value: object) -> str:
    """Return a value as JSON, shortened; untrusted text in plain letters."""
    import json

    text = json.dumps(value, default=str)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 3]}..."
