"""What a platform is, and what a challenge on it is about."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bratsfuse.release.manifest import Manifest
    from bratsfuse.results import Track


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge:
    """What a challenge is about.

    Attributes
    ----------
    title
        As participants see it.
    release, manifest
        The release whose split is to be predicted.
    split
        Of the release.
    track
        What is ranked: fused images or masks.
    key
        The organiser's answer key, None if the release has the masks.
    """

    title: str
    release: Path
    manifest: "Manifest"
    split: str
    track: "Track"
    key: Path | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform:
    """One place where a challenge can run.

    Attributes
    ----------
    summary
        What the folder is, in a few words, for help and documents.
    write
        Fills a new folder for a challenge.
    then
        What to do next: one line for the user.
    """

    summary: str
    write: Callable[[Challenge, Path], None]
    then: str
