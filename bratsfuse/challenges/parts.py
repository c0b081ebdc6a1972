"""What the folders of several platforms have in common."""

import shutil
from importlib.resources import files
from pathlib import Path
from typing import Final

from bratsfuse import __version__
from bratsfuse.challenges.platform import Challenge
from bratsfuse.challenges.scoring import (
    CHALLENGE_NAME,
    KEY_NAME,
    RELEASE_NAME,
    column_name,
)
from bratsfuse.evaluation.settings import protocol_of
from bratsfuse.leaderboard.criteria import metric_of, ranked_measures
from bratsfuse.metrics.segmentation import DEFAULT_PRESET
from bratsfuse.release.grids import GRIDS_NAME
from bratsfuse.release.scored import MANIFEST_NAME
from bratsfuse.results import Measure

_TEMPLATES: Final = files("bratsfuse.platforms") / "templates"

INSTALL: Final = f"bratsfuse=={__version__}"


def copy_template(name: str, target: Path) -> None:
    """Copy one of the templates, such as ``git/README.md``, making its folder."""
    target.parent.mkdir(parents=True, exist_ok=True)
    text = _TEMPLATES.joinpath(*name.split("/")).read_text(encoding="utf-8")
    target.write_text(text.replace("@INSTALL@", INSTALL), encoding="utf-8")


def write_rules(challenge: Challenge, folder: Path) -> None:
    """Write ``challenge.toml``, which every program of a folder goes by."""
    title = challenge.title.replace("\\", "\\\\").replace('"', '\\"')
    (folder / CHALLENGE_NAME).write_text(
        f'title = "{title}"\n'
        f'fingerprint = "{challenge.manifest.fingerprint}"\n'
        f'split = "{challenge.split}"\n'
        f'track = "{challenge.track}"  # what is ranked\n',
        encoding="utf-8",
    )


def write_reference(challenge: Challenge, folder: Path) -> None:
    """Copy what scoring reads: manifest and split of the release, and the answer key.

    The folder is the organiser's: it contains images and, in one way or the other, all
    masks of the split.
    """
    release, manifest = challenge.release, challenge.manifest
    names = [MANIFEST_NAME, manifest.splits[challenge.split].file]
    if GRIDS_NAME in manifest.files:
        names.append(GRIDS_NAME)  # where predicted volumes have to lie
    for name in names:
        target = folder / RELEASE_NAME / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(release / name, target)
    if challenge.key is not None:
        shutil.copyfile(challenge.key, folder / KEY_NAME)
        (folder / KEY_NAME).chmod(0o600)


def ranked(challenge: Challenge) -> tuple[Measure, ...]:
    """Return what the challenge ranks by, in the order of our own boards."""
    protocol = protocol_of(challenge.manifest, "brats", DEFAULT_PRESET)
    return ranked_measures(challenge.track, protocol)


def lower_is_better(measure: Measure) -> bool:
    """Return whether the lowest value of a measure leads."""
    return metric_of(measure).higher_is_better is False


def title_of(measure: Measure) -> str:
    """Return a column's heading, such as ``WT Dice``."""
    return f"{measure.region} {metric_of(measure).title}".strip()


__all__ = [
    "column_name",
    "copy_template",
    "lower_is_better",
    "ranked",
    "title_of",
    "write_reference",
    "write_rules",
]
