"""A document beside data: text that people open in an editor or a terminal."""

from pathlib import Path

from bratsfuse.wording import printable


def write_document(path: Path, text: str) -> None:
    """Write a text as UTF-8, printable: parts of it come from whoever made the data.

    Parameters
    ----------
    path
        A file in a folder that is not yet in its place; see `bratsfuse.place`.
    text
        Such as Markdown.
    """
    path.write_text(printable(text), encoding="utf-8")
