"""A new folder for a challenge, on any platform."""

from pathlib import Path
from typing import Final

from bratsfuse.challenges.platform import Challenge, Platform
from bratsfuse.errors import InvalidInputError
from bratsfuse.place import Kind, new_result
from bratsfuse.release.label_key import open_key
from bratsfuse.release.manifest import read_manifest
from bratsfuse.results import Track
from bratsfuse.wording import suggestion

CHALLENGE: Final = Kind(name="challenge", advice="choose a new name for the challenge")

_TITLE_LENGTH: Final = 80


def init_challenge(
    platform: Platform,
    release: Path,
    target: Path,
    *,
    title: str | None = None,
    split: str = "test",
    track: Track = "segmentation",
    key: Path | None = None,
) -> None:
    """Write the folder of a challenge; it appears complete or not at all.

    Parameters
    ----------
    platform
        Where it is to run, one of `bratsfuse.platforms.PLATFORMS`.
    release
        What is predicted.
    target
        The new folder.
    title
        As participants see it; None for the name of the folder.
    split, track
        What is predicted of the release, and what is ranked.
    key
        The answer key, where the masks of the split are hidden.

    Raises
    ------
    InvalidInputError
        If there is no such split, the key is missing, not wanted or not that of the
        release, the title cannot be shown, or the target must not be replaced.
    ReleaseError
        If the release is broken.
    """
    manifest = read_manifest(release)
    if split not in manifest.splits:
        raise InvalidInputError(
            f"{release}: no split {split!r}; {suggestion(split, manifest.splits)}"
        )
    if not manifest.has_labels(split):
        if key is None:
            raise InvalidInputError(
                f"{release}: the masks of {split} are hidden; pass the answer key of "
                "bratsfuse build with --key"
            )
        open_key(key, release, manifest, split)  # refuses that of another release
    elif key is not None:
        raise InvalidInputError(
            f"{key}: not wanted, since the release has the masks of {split}; to hide "
            f"them, build it with --withhold-labels {split}"
        )
    shown = target.absolute().name if title is None else title
    if not shown.isprintable() or not 0 < len(shown.strip()) <= _TITLE_LENGTH:
        raise InvalidInputError(
            f"title {shown!r}: expected 1 to {_TITLE_LENGTH} characters on one line"
        )
    challenge = Challenge(
        title=shown,
        release=release,
        manifest=manifest,
        split=split,
        track=track,
        key=key,
    )
    outside = [release] if key is None else [release, key]
    with new_result(target, CHALLENGE, outside=outside) as new:
        platform.write(challenge, new)
