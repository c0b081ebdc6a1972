"""How Fuse4Seg is trained: the schedule around the steps of leader and follower."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

import torch
from torch import Tensor, nn
from torch.optim import Adam, Optimizer

from bratsfuse.anatomy import Modality
from bratsfuse.baselines._region_loss import segmentation_loss
from bratsfuse.baselines._regions import labels_to_regions, logits_to_labels
from bratsfuse.baselines._unet import UNet
from bratsfuse.baselines.fuse4seg.bilevel import Solver, SolverName
from bratsfuse.baselines.fuse4seg.bilevel.implicit_function import Method
from bratsfuse.baselines.fuse4seg.fusion_net import MAX_SOURCES, MIN_SOURCES, FusionNet
from bratsfuse.baselines.fuse4seg.losses import LossWeights, fusion_terms, weighted_sum
from bratsfuse.baselines.fuse4seg.objectives import Batch as Cases
from bratsfuse.baselines.fuse4seg.objectives import Objectives
from bratsfuse.baselines.fuse4seg.steps import (
    StepRecord,
    diagnose,
    follower_step,
    joint_step,
    leader_step,
)
from bratsfuse.errors import InvalidInputError
from bratsfuse.issues import Issue
from bratsfuse.training.config import (
    Count,
    CountOrNone,
    Positive,
    PositiveOrNone,
    Preset,
    TrainingConfig,
)
from bratsfuse.training.resizing import enlarge
from bratsfuse.training.trainable import Batch, Prediction, Training

_LOG = logging.getLogger(__name__)

_SECOND_ORDER = ("unrolled", "implicit")
_TINY = {"fusion_steps": 50, "ramp_steps": 50, "diagnose_every": 100}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fuse4SegConfig(TrainingConfig):
    """What the training of Fuse4Seg can be told.

    Attributes
    ----------
    solver
        How the leader's gradient is found; `bratsfuse.baselines.fuse4seg.bilevel` has a
        table. ``none`` is a fuser that never hears of the segmentation.
    lr_leader, lr_follower
        Learning rates of the fusion network and of the segmenter.
    fusion_steps
        First steps in which the leader does not hear the follower; the follower learns
        from the beginning.
    ramp_steps
        Steps after these over which the segmentation term rises to its weight.
    leader_every
        Steps of the follower for each step of the leader.
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
            **(_TINY if preset == "tiny" else {}),
        }
        for preset, values in TrainingConfig.PRESETS.items()
    }

    solver: Literal["none", "joint", "alternating", "unrolled", "implicit"] = (
        "alternating"
    )
    lr_leader: Positive = 1e-3
    lr_follower: Positive = 1e-3
    fusion_steps: CountOrNone = 2_000
    ramp_steps: CountOrNone = 2_000
    leader_every: Count = 1
    weight_intensity: PositiveOrNone = 1.0
    weight_gradient: PositiveOrNone = 10.0
    weight_frequency: PositiveOrNone = 2.0
    weight_similarity: PositiveOrNone = 1.0
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
        if self.amp and self.solver in _SECOND_ORDER:
            raise InvalidInputError(
                f"amp: found true with the solver {self.solver}, whose second "
                "derivatives need full precision; leave amp out"
            )

    @property
    def loss_weights(self) -> LossWeights:
        """Return the weights of the leader's loss, the segmentation term risen."""
        return LossWeights(
            intensity=self.weight_intensity,
            gradient=self.weight_gradient,
            frequency=self.weight_frequency,
            similarity=self.weight_similarity,
            segmentation=self.weight_segmentation,
        )

    def segmentation_weight(self, step: int) -> float:
        """Return the weight of the segmentation term at a step, counted from 0."""
        beyond = step - self.fusion_steps
        if beyond < 0 or self.solver == "none":
            return 0.0
        rise = min(1.0, (beyond + 1) / self.ramp_steps) if self.ramp_steps else 1.0
        return rise * self.weight_segmentation


class TrainableFuse4Seg:
    """Leader and follower, which learn from different patients."""

    streams: tuple[str, ...] = ("leader", "follower")

    def __init__(self, config: Fuse4SegConfig, device: torch.device) -> None:
        leader = FusionNet.preset(config.preset, len(config.sources)).to(device)
        follower = UNet.preset(config.preset).to(device)
        self._config = config
        self._objectives = Objectives(leader, follower, config.loss_weights)
        self._solver = Solver(
            name=SolverName(config.solver),
            unroll_steps=config.unroll_steps,
            unroll_step_size=config.unroll_step_size,
            finite_difference=config.finite_difference,
            implicit_method=config.implicit_method,
            implicit_steps=config.implicit_steps,
            damping=config.damping,
        )
        self._leader_optimiser = Adam(leader.parameters(), lr=config.lr_leader)
        self._follower_optimiser = Adam(follower.parameters(), lr=config.lr_follower)
        self._clip = config.clip_gradient or None
        self._told: set[str] = set()
        self.networks: Mapping[str, nn.Module] = {
            "leader": leader,
            "follower": follower,
        }
        self.optimisers: Mapping[str, Optimizer] = {
            "leader": self._leader_optimiser,
            "follower": self._follower_optimiser,
        }

    def step(self, number: int, batches: Sequence[Batch]) -> Mapping[str, float]:
        """Take a step of the follower, a step of the leader when it is its turn."""
        leaders, followers = map(_cases, batches)
        weight = self._config.segmentation_weight(number)
        objectives = self._objectives.with_segmentation_weight(weight)
        if self._config.solver == "joint" and weight:
            return self._joint(objectives, leaders, followers)
        taken = follower_step(
            objectives, self._follower_optimiser, followers, clip_norm=self._clip
        )
        losses = {"loss": taken.loss, "follower_gradient": taken.gradient_norm}
        every = 0 if self._config.amp else self._config.diagnose_every
        is_looked_at = bool(every and weight and number % every == 0)
        if number % self._config.leader_every == 0:
            solver = self._solver if weight else Solver(name=SolverName.NONE)
            led = leader_step(
                objectives,
                self._leader_optimiser,
                solver,
                leaders,
                followers,
                clip_norm=self._clip,
                check_curvature=is_looked_at,
            )
            losses |= _of_leader(led)
            self._tell(led.issues)
        if is_looked_at:
            losses["indirect_over_direct"] = diagnose(
                objectives, leaders, followers
            ).ratio
        return losses

    def _tell(self, issues: Sequence[Issue]) -> None:
        """Warn of each kind of problem once, such as a step too large to unroll."""
        for issue in issues:
            if issue.code not in self._told:
                self._told.add(issue.code)
                _LOG.warning("%s", issue)

    def losses(self, batch: Batch) -> Mapping[str, float]:
        """Return the segmentation loss on the fused images, and the fusion terms."""
        cases = _cases(batch)
        fused, features = self._objectives.leader.fuse_and_explain(cases.sources)
        logits = self._objectives.follower(fused)
        weights = self._config.loss_weights
        terms = fusion_terms(cases.sources, fused, features, weights)
        fusion = weighted_sum(terms, weights).item() if terms else 0.0
        return {
            "loss": segmentation_loss(logits, cases.regions).item(),
            "fusion_loss": fusion,
            **{name: value.item() for name, value in terms.items()},
        }

    def predict(self, images: Tensor, size: tuple[int, int]) -> Prediction:
        """Return the fused images and the labels found in them."""
        fused = self._objectives.leader(images)
        logits = self._objectives.follower(fused)
        factor = self._config.shrink
        return Prediction(
            fused=enlarge(fused, factor, size),
            labels=logits_to_labels(enlarge(logits, factor, size)),
        )

    def _joint(
        self, objectives: Objectives, leaders: Cases, followers: Cases
    ) -> Mapping[str, float]:
        """Take one step of both on all cases: the ablation."""
        both = Cases(
            sources=torch.cat([leaders.sources, followers.sources]),
            regions=torch.cat([leaders.regions, followers.regions]),
        )
        taken = joint_step(
            objectives,
            self._leader_optimiser,
            self._follower_optimiser,
            both,
            clip_norm=self._clip,
        )
        return {"loss": taken.terms["segmentation"], **_of_leader(taken)}


def _of_leader(record: StepRecord) -> dict[str, float]:
    return {
        "leader_loss": record.loss,
        "leader_gradient": record.gradient_norm,
        **record.terms,
    }


def _cases(batch: Batch) -> Cases:
    return Cases(sources=batch.images, regions=labels_to_regions(batch.masks))


TRAINING = Training(
    config=Fuse4SegConfig,
    build=TrainableFuse4Seg,
    tracks=("fusion", "segmentation"),
)
