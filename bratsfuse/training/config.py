"""What can be chosen about a training, and what a user's choices become."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, ClassVar, Final, Literal, Self

from pydantic import Field

from bratsfuse.anatomy import Modality
from bratsfuse.errors import InvalidInputError
from bratsfuse.records import CLOSED
from bratsfuse.release.columns import FUSION_PREFIX

Preset = Literal["tiny", "default", "base"]
Augment = Literal["none", "light", "full"]
Schedule = Literal["constant", "halve", "cosine"]
Count = Annotated[int, Field(ge=1, le=10**9)]
CountOrNone = Annotated[int, Field(ge=0, le=2**32 - 1)]
Few = Annotated[int, Field(ge=1, le=4096)]
Positive = Annotated[float, Field(gt=0, le=1e9, allow_inf_nan=False)]
PositiveOrNone = Annotated[float, Field(ge=0, le=1e9, allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, lt=1)]

PRODUCT: Final = "fusion:"
"""What a source starts with that is a stored fusion product, not a modality."""

_PARTS: Final = 4
"""The schedule ``halve`` halves after each of so many parts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingConfig:
    """What can be chosen in every training; a baseline's own config adds to it.

    Attributes
    ----------
    preset
        The size: ``tiny`` for minutes on a CPU, ``default``, ``base`` the largest.
        It sets other keys, which a file and ``--set`` can set again.
    steps
        Steps in all. A finished run can be resumed with more.
    batch_size
        Slices in a batch; of each process, if torchrun starts several.
    accumulate
        Parts in which a process works through its slices of a step, to save memory:
        each has `batch_size` slices, and a step sees them all.
    seed
        Of the weights, of the order of the slices and of the halves of the patients.
    sources
        The images that the network is given, in this order: modalities and, where the
        baseline takes them, fusion products of the release such as ``fusion:maximum``.
    crop
        Whether networks see the box that contains every brain of the train split, and
        no more; ``run.json`` stores it.
    downsample
        The segmenter works on images so many times smaller each way, by averaging, and
        its logits are enlarged; 1 for full size.
    standardise
        Whether the segmenter is given images of mean 0 and standard deviation 1, each
        over its foreground.
    augment
        How training slices are varied: ``none``; ``light``, mirrored left to right
        every other time; ``full``, mirrored, turned, scaled, shifted, and each image
        made brighter or darker. A function of seed and step.
    clip_gradient
        The longest gradient that is followed in full; 0 for any.
    schedule
        The course of the learning rates: ``constant``; ``halve``, halved after every
        quarter of `schedule_steps`; ``cosine``, down to 0 at `schedule_steps`.
    schedule_steps
        Steps that the schedule is made for; 0 for as many as `steps` when the run
        begins. A run that is to be resumed with more needs to know them beforehand.
    warm_up
        Steps over which learning rates rise from 0.
    ema
        Decay of the exponential moving average of the weights, which is what is
        validated and saved; 0 for the weights of the last step.
    validate_every
        Steps between two looks at the validation split; the last step always looks.
    log_every
        Steps that a row of ``metrics.csv`` is the mean of.
    checkpoint_every
        Steps between two checkpoints; every validation makes one, too.
    deterministic
        Whether operations that differ from run to run are refused.
    amp
        Whether a CUDA device computes in bfloat16 where that is safe.
    """

    __pydantic_config__: ClassVar = CLOSED

    PRESETS: ClassVar[Mapping[Preset, Mapping[str, object]]] = {
        "tiny": {
            "steps": 400,
            "batch_size": 16,
            "downsample": 4,
            "augment": "light",
            "warm_up": 20,
            "validate_every": 50,
            "log_every": 10,
            "checkpoint_every": 50,
        },
        "default": {},
        "base": {
            "steps": 20_000,
            "batch_size": 16,
            "downsample": 1,
            "warm_up": 500,
            "validate_every": 1_000,
            "log_every": 50,
            "checkpoint_every": 500,
        },
    }
    """What each size sets otherwise than the defaults of the keys."""

    REPLACED: ClassVar[Mapping[str, str]] = {
        "shrink": "downsample",
        "flip": 'augment ("light" mirrors)',
        "halve_every": 'schedule ("halve") and schedule_steps',
    }
    """A key of earlier versions -> what took its place, in words."""

    preset: Preset = "default"
    steps: Count = 1_500
    batch_size: Few = 8
    accumulate: Few = 1
    seed: CountOrNone = 0
    sources: tuple[str, ...] = (Modality.T1CE, Modality.FLAIR)
    crop: bool = True
    downsample: Few = 2
    standardise: bool = False
    augment: Augment = "full"
    clip_gradient: PositiveOrNone = 5.0
    schedule: Schedule = "cosine"
    schedule_steps: CountOrNone = 0
    warm_up: CountOrNone = 50
    ema: Share = 0.99
    validate_every: Count = 250
    log_every: Count = 25
    checkpoint_every: Count = 250
    deterministic: bool = False
    amp: bool = False

    def __post_init__(self) -> None:
        for source in self.sources:
            if source not in set(Modality) and not _is_product(source):
                raise InvalidInputError(
                    f"sources: found {source!r}, expected any of {', '.join(Modality)} "
                    f"or a fusion product of the release such as '{PRODUCT}maximum'"
                )
        if not self.sources or len(set(self.sources)) < len(self.sources):
            raise InvalidInputError(
                f"sources: found {list(self.sources)}, expected at least one, none "
                "of them twice"
            )
        if self.schedule == "cosine" and 0 < self.schedule_steps < self.steps:
            raise InvalidInputError(
                f"steps: found {self.steps}, but the cosine ends at step "
                f"{self.schedule_steps}, after which nothing is learned; begin a run "
                f"with schedule_steps = {self.steps}"
            )

    @property
    def columns(self) -> tuple[str, ...]:
        """Return the columns of a release that contain the sources."""
        return tuple(
            f"{FUSION_PREFIX}{source.removeprefix(PRODUCT)}"
            if _is_product(source)
            else source
            for source in self.sources
        )

    def begun(self) -> Self:
        """Return the config that a new run stores: with the steps of its schedule."""
        return replace(self, schedule_steps=self.schedule_steps or self.steps)

    def rate_factor(self, step: int) -> float:
        """Return what the learning rates are multiplied by at a step, counted from 0.

        Once a run has begun it does not depend on `steps`, so that a run that is
        resumed with more of them goes on as if it had known.
        """
        rise = min(1.0, (step + 1) / self.warm_up) if self.warm_up else 1.0
        done = step / (self.schedule_steps or self.steps)
        if self.schedule == "cosine":
            return rise * (1 + math.cos(math.pi * min(1.0, done))) / 2
        halvings = int(_PARTS * done) if self.schedule == "halve" else 0
        return rise * 0.5**halvings


def _is_product(source: str) -> bool:
    return source.startswith(PRODUCT) and len(source) > len(PRODUCT)
