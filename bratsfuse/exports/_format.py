"""What an export format is, and what it is asked for."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from bratsfuse.progress import Progress, silent

Option = Literal["columns", "release", "overwrite"]
"""What a format may be asked for besides source and target."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What `bratsfuse export` was asked for.

    Attributes
    ----------
    source
        A release, a submission, a run or the name of a baseline.
    target
        The new folder, or the new file.
    columns
        Columns of images or masks; all if none are named.
    release
        What a submission is for.
    overwrite
        Whether an earlier export may be replaced.
    progress
        Called with the step, how much is done, and how much there is.
    """

    source: str
    target: Path
    columns: tuple[str, ...] = ()
    release: Path | None = None
    overwrite: bool = False
    progress: Progress = silent


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportFormat:
    """One form in which others read what bratsfuse makes.

    Attributes
    ----------
    summary
        What it writes, in a few words, for help and documents.
    write
        Writes it; returns lines for the user: what is there now, and what to mind.
    takes
        The options that it knows; any other is refused before it is called.

    Notes
    -----
    A format writes through `bratsfuse.place`, so that its folder appears complete or
    not at all, and puts the terms of the data into it (`write_terms`).
    """

    summary: str
    write: Callable[[Wish], list[str]]
    takes: frozenset[Option] = frozenset()
