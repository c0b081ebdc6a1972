"""What commands print: nothing from elsewhere moves the cursor or hides a line.

Names of files, of submissions and of releases reach messages in many places, of other
libraries too. So it is the streams that spell what a terminal would obey.
"""

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TextIO, cast

from bratsfuse.wording import printable


class _Printable:
    """A text stream that spells control characters; all else is the stream's own."""

    def __init__(self, stream: TextIO) -> None:
        self.raw = stream

    def write(self, text: str) -> int:
        """Write a text, in plain letters where the stream knows no others."""
        shown = printable(text)
        encoding = self.raw.encoding or "utf-8"
        self.raw.write(shown.encode(encoding, "backslashreplace").decode(encoding))
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        """Write several texts."""
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  (whatever the stream has)
        return getattr(self.raw, name)


@contextmanager
def printable_streams() -> Iterator[None]:
    """Let all that is printed be printable."""
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = (cast("TextIO", _Printable(one)) for one in before)
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before


def bar_stream() -> TextIO:
    """Return where a progress bar is drawn: it moves the cursor, and may."""
    return cast("TextIO", getattr(sys.stderr, "raw", sys.stderr))
