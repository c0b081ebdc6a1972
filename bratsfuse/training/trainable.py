"""What a baseline brings to be trained."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar, runtime_checkable

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from bratsfuse.results import Track
from bratsfuse.training.config import TrainingConfig

C = TypeVar("C", bound=TrainingConfig)


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Some slices.

    Attributes
    ----------
    images
        float32 in [0, 1], shape (B, N, H, W): the sources of the config, in order, at
        full resolution.
    masks
        uint8, shape (B, H, W), canonical labels.
    slice_ids
        Which slices, B of them.
    """

    images: Tensor
    masks: Tensor
    slice_ids: tuple[str, ...]


def portions(batch: Batch, count: int) -> Iterator[Batch]:
    """Yield a batch in equal parts, in their order.

    Parameters
    ----------
    batch
        As many slices as can be divided into equal parts.
    count
        How many parts.
    """
    size = len(batch.images) // count
    for start in range(0, count * size, size):
        part = slice(start, start + size)
        yield Batch(
            images=batch.images[part],
            masks=batch.masks[part],
            slice_ids=batch.slice_ids[part],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """What a baseline makes of some slices; None of what it does not predict.

    Attributes
    ----------
    fused
        Floating point in [0, 1], shape (B, 1, H, W).
    labels
        uint8, shape (B, H, W), canonical labels.
    """

    fused: Tensor | None = None
    labels: Tensor | None = None


class Trainable(Protocol):
    """Networks and how they learn, a step at a time.

    Attributes
    ----------
    networks
        By name. Their weights are what a run leaves behind; the loop switches them
        between training and evaluation.
    optimisers
        By name. The loop sets their learning rates before every step and keeps their
        state in checkpoints.
    streams
        Names of the parts that the training patients are divided into; a step gets a
        batch of each. One name for all patients together.
    memory
        What else a step remembers of earlier ones: numbers by name, empty for nothing.
        The loop keeps them in checkpoints.
    """

    networks: Mapping[str, nn.Module]
    optimisers: Mapping[str, Optimizer]
    streams: tuple[str, ...]
    memory: dict[str, float]

    def step(self, number: int, batches: Sequence[Batch]) -> Mapping[str, float]:
        """Take one step and return its losses by name; ``loss`` is the one to watch.

        Parameters
        ----------
        number
            Of the step, from 0. Whatever changes in the course of a training has to
            depend on it and on `memory` alone, so that a resumed run goes on as if
            nothing had been.
        batches
            One of each stream, in their order.
        """

    def losses(self, batch: Batch) -> Mapping[str, float]:
        """Return the losses on a batch of validation slices; nothing is learned."""

    def predict(self, images: Tensor) -> Prediction:
        """Return the prediction for images (B, N, H, W) of any size, in that size."""


@runtime_checkable
class ReadsFused(Protocol):
    """A trainable that segments one fused image, whoever made it."""

    def labels_in(self, fused: Tensor) -> Tensor:
        """Return labels, uint8 (B, H, W), of images in [0, 1], shape (B, 1, H, W)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Training(Generic[C]):
    """How a baseline is trained: the record that its file declares.

    Attributes
    ----------
    config
        Its config class, with presets.
    build
        Makes new networks and optimisers on a device. The global generator of torch is
        seeded before.
    tracks
        What it predicts.
    """

    config: type[C]
    build: Callable[[C, torch.device], Trainable]
    tracks: tuple[Track, ...]
