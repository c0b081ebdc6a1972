"""The splits that a training reads: never the test split."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import torch

from bratsfuse.training import ranks
from bratsfuse.training.config import TrainingConfig
from bratsfuse.training.crop import Box
from bratsfuse.training.sampling import Stream, patient_parts
from bratsfuse.training.slices import Slices
from bratsfuse.training.trainable import Trainable

_READ: Final = ("train", "validation")


@dataclass(frozen=True, slots=True)
class Splits:
    """What a training reads: two splits, the train split assigned to streams.

    Attributes
    ----------
    train, validation
        Their slices.
    streams
        The order in which each stream of the trainable sees its part of `train`.
    patients
        Stream -> its patients, sorted, and those of ``validation``.
    images
        A digest of every slice of them.
    box
        What all of them are cropped to; None for nothing.
    """

    train: Slices
    validation: Slices
    streams: tuple[Stream, ...]
    patients: dict[str, list[str]]
    images: list[str]
    box: Box | None


def read_splits(
    release: Path, trainable: Trainable, config: TrainingConfig, device: torch.device
) -> Splits:
    """Return the train and the validation split of a release.

    Raises
    ------
    ReleaseError
        If the folder is no finished release.
    InvalidInputError
        If a column is missing, a split is empty, or patients are too few.
    """
    train_slices, validation_slices = (
        Slices(release, split, config.columns, device=device) for split in _READ
    )
    box = train_slices.brain_box() if config.crop else None
    if box is not None:
        train_slices.crop(box)
        validation_slices.crop(box)
    of_row = train_slices.patients
    parts = patient_parts(of_row, trainable.streams, config.seed)
    streams = tuple(
        Stream(
            [row for row, patient in enumerate(of_row) if patient in part],
            batch_size=config.batch_size * config.accumulate * ranks.count(),
            seed=config.seed,
            number=number,
        )
        for number, part in enumerate(parts.values())
    )
    patients = {name: sorted(part) for name, part in parts.items()}
    patients["validation"] = sorted(set(validation_slices.patients))
    return Splits(
        train_slices,
        validation_slices,
        streams,
        patients,
        sorted({*train_slices.digests, *validation_slices.digests}),
        box,
    )
