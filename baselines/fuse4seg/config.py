"""What can be chosen about the training of Fuse4Seg."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Final, Literal

from bratsfuse.anatomy import Modality
from bratsfuse.baselines.fuse4seg.bilevel.implicit_function import Method
from bratsfuse.baselines.fuse4seg.fusion_net import MAX_SOURCES, MIN_SOURCES
from bratsfuse.baselines.fuse4seg.losses import LossWeights
from bratsfuse.errors import InvalidInputError
from bratsfuse.training.config import (
    Count,
    CountOrNone,
    Positive,
    PositiveOrNone,
    Preset,
    TrainingConfig,
)

SECOND_ORDER: Final = ("unrolled", "implicit")
_TINY: Final[Mapping[str, object]] = {
    "ramp_below": 1.2,
    "ramp_steps": 0,
    "diagnose_every": 100,
}
_BASE: Final[Mapping[str, object]] = {"ramp_steps": 5_000, "diagnose_every": 1_000}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fuse4SegConfig(TrainingConfig):
    """What can be chosen in the training of Fuse4Seg.

    Attributes
    ----------
    solver
        How the leader's gradient is found; `bratsfuse.baselines.fuse4seg.bilevel` has a
        table. ``joint`` trains both players on all patients, ``none`` a fusion network
        that never hears of the segmentation; all others give leader and follower
        different patients.
    lr_leader, lr_follower
        Learning rates of the fusion network and of the segmenter.
    ramp_below
        The leader waits until the running mean of the follower's loss is below this:
        what a raw follower says about an image is noise.
    ramp_steps
        Steps from then on over which the fusion term rises to its weight.
    leader_every
        Steps of the follower for each step of the leader; ``joint`` takes both at once.
    weight_fusion
        Of the whole fusion loss in that of the leader.
    weight_intensity, weight_gradient, weight_frequency, weight_similarity
        Of the terms of the fusion loss.
    weight_segmentation
        Of the follower's loss in that of the leader.
    unroll_steps, unroll_step_size, finite_difference
        Options of the solver ``unrolled``.
    implicit_method, implicit_steps, damping
        Options of the solver ``implicit``.
    diagnose_every
        Steps between two measurements of how large the part of the leader's gradient is
        that first-order solvers leave out; 0 for never. There are none with `amp`,
        which has too few digits for them.
    """

    PRESETS: ClassVar[Mapping[Preset, Mapping[str, object]]] = {
        preset: {
            **values,
            **{"tiny": _TINY, "base": _BASE}.get(preset, {}),
        }
        for preset, values in TrainingConfig.PRESETS.items()
    }
    REPLACED: ClassVar[Mapping[str, str]] = {
        **TrainingConfig.REPLACED,
        "fusion_steps": "ramp_below, a loss of the follower instead of a step",
    }

    solver: Literal["none", "joint", "alternating", "unrolled", "implicit"] = "joint"
    lr_leader: Positive = 3e-3
    lr_follower: Positive = 3e-3
    ramp_below: Positive = 1.0
    ramp_steps: CountOrNone = 400
    leader_every: Count = 1
    weight_fusion: PositiveOrNone = 0.3
    weight_intensity: PositiveOrNone = 1.0
    weight_gradient: PositiveOrNone = 5.0
    weight_frequency: PositiveOrNone = 0.5
    weight_similarity: PositiveOrNone = 0.0
    weight_segmentation: PositiveOrNone = 1.0
    unroll_steps: Count = 1
    unroll_step_size: Positive = 1e-3
    finite_difference: bool = False
    implicit_method: Method = "cg"
    implicit_steps: Count = 5
    damping: PositiveOrNone = 0.1
    diagnose_every: CountOrNone = 500

    def __post_init__(self) -> None:
        TrainingConfig.__post_init__(self)
        count = len(self.sources)
        if not MIN_SOURCES <= count <= MAX_SOURCES or set(self.sources) - set(Modality):
            raise InvalidInputError(
                f"sources: found {list(self.sources)}, expected {MIN_SOURCES} to "
                f"{MAX_SOURCES} of {', '.join(Modality)}"
            )
        if self.amp and self.solver in SECOND_ORDER:
            raise InvalidInputError(
                f"amp: found true with the solver {self.solver}, whose second "
                "derivatives need full precision; leave amp out"
            )

    @property
    def loss_weights(self) -> LossWeights:
        """Return the weights of the leader's loss once all terms have risen."""
        return LossWeights(
            fusion=self.weight_fusion,
            intensity=self.weight_intensity,
            gradient=self.weight_gradient,
            frequency=self.weight_frequency,
            similarity=self.weight_similarity,
            segmentation=self.weight_segmentation,
        )

    def rise(self, steps: int) -> float:
        """Return the share of its weight that the fusion term has after some steps."""
        return min(1.0, (steps + 1) / self.ramp_steps) if self.ramp_steps else 1.0
