"""How a submission is to be scored, and what of that makes numbers comparable."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bratsfuse.anatomy import REGIONS
from bratsfuse.metrics import fusion, segmentation
from bratsfuse.metrics.of_segmentation import find_preset
from bratsfuse.release.manifest import Manifest
from bratsfuse.report.records import Protocol

PROTOCOL_VERSION: Final = 1
"""Raised whenever the same choices would give other numbers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How a submission is to be scored.

    Attributes
    ----------
    split
        Of the release.
    key
        The organiser's answer key with the hidden labels.
    allow_missing
        Give predictions that are missing the worst score instead of refusing.
    policy
        Of empty masks.
    preset
        Of the lesion-wise scores.
    seed
        Of the bootstrap.
    workers
        Processes.
    reference_segmenter
        Whether the frozen reference segmenter reads fused images, where masks are known
        to score it by.
    slices
        An empty folder that takes crops of all scored slices; None writes none.
    command
        As typed, for the record.
    """

    split: str = "test"
    key: Path | None = None
    allow_missing: bool = False
    policy: str = "brats"
    preset: str = segmentation.DEFAULT_PRESET
    seed: int = 0
    workers: int = 1
    reference_segmenter: bool = False
    slices: Path | None = None
    command: str = ""


def protocol_of(manifest: Manifest, policy: str, preset: str) -> Protocol:
    """Return the protocol by which submissions for a release are scored.

    Raises
    ------
    InvalidInputError
        If there is no such preset, whatever is scored: boards compare protocols.
    """
    return Protocol(
        version=PROTOCOL_VERSION,
        policy=policy,
        preset=find_preset(preset).name,
        regions={
            str(region): tuple(sorted(int(label) for label in REGIONS[region]))
            for region in manifest.source.regions
        },
        segmentation=segmentation.DEFAULT,
        fusion=fusion.DEFAULT,
        sources=tuple(map(str, manifest.recipe.sources)),
    )
