"""A trained network out of the folder of its run, ready to predict."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from bratsfuse.anatomy import Modality
from bratsfuse.arrays import Image, Images
from bratsfuse.errors import InvalidInputError
from bratsfuse.release.manifest import Manifest
from bratsfuse.results import Track
from bratsfuse.training.config import TrainingConfig
from bratsfuse.training.crop import box_in_use
from bratsfuse.training.devices import find_device
from bratsfuse.training.files import read_tensors
from bratsfuse.training.network import Network
from bratsfuse.training.release_facts import facts_of, refuse_other_images
from bratsfuse.training.run import MODEL_NAME, RunRecord, read_run, read_run_config
from bratsfuse.training.trainable import ReadsFused, Trainable, Training
from bratsfuse.training.weights import load_weights

_WHITE: Final = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """The averaged weights of a run.

    Attributes
    ----------
    record
        What the run says of itself.
    config
        What was chosen for it.
    tracks
        What it predicts.
    """

    record: RunRecord
    config: TrainingConfig
    tracks: tuple[Track, ...]
    trainable: Trainable
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

    def network(self) -> Network:
        """Return its networks as one, for export: see `Network`."""
        return Network(self.trainable, self.tracks)

    def predict(self, images: Mapping[str, Image]) -> dict[Track, Image]:
        """Return the prediction for one slice, by track.

        The one way out of a trained network: whatever is fused is fused at full
        resolution and is 0 where all that was given is 0.

        Parameters
        ----------
        images
            uint8 (H, W) for each of `columns` at least, of any one size.
        """
        stack = np.stack([images[name] for name in self.columns])
        shown = np.any(stack, axis=0)
        inside, given = self._given(stack, shown)
        with torch.inference_mode():
            found = self.trainable.predict(given)
        predicted: dict[Track, Image] = {}
        if "fusion" in self.tracks and found.fused is not None:
            grey = (found.fused[0, 0].float().clamp(0, 1) * _WHITE).round()
            predicted["fusion"] = _placed(grey, inside, shown.shape) * shown
        if "segmentation" in self.tracks and found.labels is not None:
            predicted["segmentation"] = _placed(found.labels[0], inside, shown.shape)
        return predicted

    def labels_in(self, fused: Image) -> Image:
        """Return the labels that its segmenter finds in a fused image, uint8 (H, W).

        Parameters
        ----------
        fused
            uint8 (H, W), of any method and any size.

        Raises
        ------
        InvalidInputError
            If it has no segmenter of one fused image.
        """
        if not isinstance(self.trainable, ReadsFused):
            raise InvalidInputError(
                f"{self.record.baseline} of {', '.join(self.config.sources)}: not a "
                "segmenter of one fused image; give it its sources by name"
            )
        inside, given = self._given(fused[None], fused != 0)
        with torch.inference_mode():
            labels = self.trainable.labels_in(given)
        return _placed(labels[0], inside, fused.shape)

    def _given(
        self, stack: Images, shown: npt.NDArray[np.bool_]
    ) -> tuple[tuple[slice, slice], Tensor]:
        """Return the box that the networks are shown, and the images inside it."""
        inside = (slice(None), slice(None))
        if self.record.crop is not None:
            shape = self.record.release.image_shape
            inside = box_in_use(shown, self.record.crop, shape).slices
        given = torch.tensor(stack[(..., *inside)])[None].to(self._device)
        return inside, given.float() / _WHITE


def load_run(run: Path, training: Training[Any], device: str = "cpu") -> Trained:
    """Return the averaged weights of a run, ready to predict.

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
        trainable=trainable,
        _device=where,
    )


def _placed(
    values: torch.Tensor, inside: tuple[slice, slice], shape: tuple[int, ...]
) -> Image:
    """Return an image that is 0 but for the values inside a box."""
    image = np.zeros(shape, np.uint8)
    image[inside] = values.to(torch.uint8).cpu().numpy()
    return image
