"""What can be chosen about a training, and what a user's choices become."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar, Final, Literal

from pydantic import Field

from bratsfuse.anatomy import Modality
from bratsfuse.errors import InvalidInputError
from bratsfuse.records import CLOSED
from bratsfuse.release.columns import FUSION_PREFIX

Preset = Literal["tiny", "default", "base"]
Count = Annotated[int, Field(ge=1)]
CountOrNone = Annotated[int, Field(ge=0)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
PositiveOrNone = Annotated[float, Field(ge=0, allow_inf_nan=False)]

PRODUCT: Final = "fusion:"
"""What a source starts with that is a stored fusion product, not a modality."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingConfig:
    """What every training can be told; a baseline's own config adds to it.

    Attributes
    ----------
    preset
        The size: ``tiny`` for minutes on a CPU, ``default``, ``base`` the largest.
        It sets other keys, which a file and ``--set`` can set again.
    steps
        Steps in all. A finished run can be resumed with more.
    batch_size
        Slices in a batch.
    seed
        Of the weights, of the order of the slices and of the halves of the patients.
    sources
        The images that the network is given, in this order: modalities and, where the
        baseline takes them, fusion products of the release such as ``fusion:maximum``.
    shrink
        Images are made so many times smaller each way by averaging; 1 for not at all.
    flip
        Whether a training slice is mirrored left to right every other time.
    clip_gradient
        The longest gradient that is followed in full; 0 for any.
    warm_up
        Steps over which learning rates rise from 0.
    halve_every
        Steps after which learning rates are halved, again and again; 0 for never.
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
            "shrink": 4,
            "warm_up": 20,
            "halve_every": 0,
            "validate_every": 50,
            "log_every": 10,
            "checkpoint_every": 50,
        },
        "default": {},
        "base": {},
    }
    """What each size sets otherwise than the defaults of the keys."""

    preset: Preset = "default"
    steps: Count = 20_000
    batch_size: Count = 8
    seed: CountOrNone = 0
    sources: tuple[str, ...] = (Modality.T1CE, Modality.FLAIR)
    shrink: Count = 1
    flip: bool = False
    clip_gradient: PositiveOrNone = 1.0
    warm_up: CountOrNone = 500
    halve_every: CountOrNone = 5_000
    validate_every: Count = 500
    log_every: Count = 50
    checkpoint_every: Count = 500
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

    @property
    def columns(self) -> tuple[str, ...]:
        """Return the columns of a release that hold the sources."""
        return tuple(
            f"{FUSION_PREFIX}{source.removeprefix(PRODUCT)}"
            if _is_product(source)
            else source
            for source in self.sources
        )

    def rate_factor(self, step: int) -> float:
        """Return what the learning rates are multiplied by at a step, counted from 0.

        It does not depend on `steps`, so that a run that is resumed with more of them
        goes on as if it had known.
        """
        rise = min(1.0, (step + 1) / self.warm_up) if self.warm_up else 1.0
        halvings = step // self.halve_every if self.halve_every else 0
        return rise * 0.5**halvings


def _is_product(source: str) -> bool:
    return source.startswith(PRODUCT) and len(source) > len(PRODUCT)
