"""A trained network out of the folder of its run, ready to predict."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch

from bratsfuse.anatomy import Modality
from bratsfuse.arrays import Image
from bratsfuse.errors import InvalidInputError
from bratsfuse.release.manifest import Manifest
from bratsfuse.results import Track
from bratsfuse.training.checkpoint import load_weights
from bratsfuse.training.config import TrainingConfig
from bratsfuse.training.devices import find_device
from bratsfuse.training.files import read_tensors
from bratsfuse.training.release_facts import facts_of, refuse_other_images
from bratsfuse.training.resizing import shrink_images
from bratsfuse.training.run import MODEL_NAME, RunRecord, read_run, read_run_config
from bratsfuse.training.trainable import Prediction, Trainable, Training

_WHITE: Final = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """The best weights of a run.

    Attributes
    ----------
    record
        What the run says of itself.
    config
        What it was told.
    tracks
        What it predicts.
    """

    record: RunRecord
    config: TrainingConfig
    tracks: tuple[Track, ...]
    _trainable: Trainable
    _device: torch.device

    def __repr__(self) -> str:
        return f"Trained({' + '.join(self.tracks)} by {self.record!r})"

    @property
    def columns(self) -> tuple[str, ...]:
        """Return the columns of a release that it has to be given."""
        return self.config.columns

    @property
    def modalities(self) -> tuple[Modality, ...]:
        """Return the modalities among its columns."""
        return tuple(Modality(name) for name in self.columns if name in set(Modality))

    def check(self, manifest: Manifest) -> None:
        """Refuse a release whose images are not like those of the training.

        Raises
        ------
        InvalidInputError
            With everything that differs.
        """
        facts = facts_of(manifest, self.columns)
        refuse_other_images(facts, self.record.release)

    def predict(self, images: Mapping[str, Image]) -> dict[Track, Image]:
        """Return the prediction for one slice, by track.

        Parameters
        ----------
        images
            uint8 (H, W) for each of `columns` at least, of the size of the training.

        Raises
        ------
        InvalidInputError
            If the images have another size.
        """
        stack = np.stack([images[name] for name in self.columns])
        size = stack.shape[1:]
        if size != self.record.release.image_shape:
            expected = "x".join(map(str, self.record.release.image_shape))
            raise InvalidInputError(
                f"images of {size[0]}x{size[1]} pixels; the network was trained on "
                f"{expected}: predict a release like that of the training"
            )
        given = torch.from_numpy(stack)[None].to(self._device).float()
        small = shrink_images(given, self.config.shrink).round() / _WHITE
        with torch.inference_mode():
            found = self._trainable.predict(small, size)
        return _by_track(found, self.tracks)


def load_run(run: Path, training: Training[Any], device: str = "cpu") -> Trained:
    """Return the best weights of a run, ready to predict.

    Parameters
    ----------
    run
        The folder of the run; it need not be finished.
    training
        How its baseline is trained.
    device
        What torch calls it, or ``auto``.

    Raises
    ------
    InvalidInputError
        If there is no such run or device, or the run has not been validated yet.
    """
    record = read_run(run)
    if not (run / MODEL_NAME).exists():
        raise InvalidInputError(
            f"{run}: no {MODEL_NAME} yet, {record.steps_done} steps are done; go on "
            "with the run by bratsfuse train --resume"
        )
    config = read_run_config(run, training.config)
    where = find_device(device)
    trainable = training.build(config, where)
    try:
        load_weights(trainable, read_tensors(run / MODEL_NAME))
    except RuntimeError as problem:
        raise InvalidInputError(
            f"{run / MODEL_NAME}: not the weights of the networks of {record.baseline} "
            f"in this version ({str(problem).splitlines()[0]}); train again"
        ) from problem
    for network in trainable.networks.values():
        network.eval()
    return Trained(
        record=record,
        config=config,
        tracks=training.tracks,
        _trainable=trainable,
        _device=where,
    )


def _by_track(found: Prediction, tracks: tuple[Track, ...]) -> dict[Track, Image]:
    predicted: dict[Track, Image] = {}
    if "fusion" in tracks and found.fused is not None:
        grey = (found.fused[0, 0].float().clamp(0, 1) * _WHITE).round()
        predicted["fusion"] = grey.to(torch.uint8).cpu().numpy()
    if "segmentation" in tracks and found.labels is not None:
        predicted["segmentation"] = found.labels[0].cpu().numpy()
    return predicted
