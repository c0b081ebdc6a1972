"""How Fuse4Seg is trained: the schedule around the steps of leader and follower."""

import logging
from collections.abc import Mapping, Sequence
from typing import Final

import torch
from torch import Tensor, nn
from torch.optim import Adam, Optimizer

from bratsfuse.baselines._region_loss import segmentation_loss
from bratsfuse.baselines._regions import labels_to_regions, logits_to_labels
from bratsfuse.baselines._unet import UNet
from bratsfuse.baselines.fuse4seg.bilevel import Solver, SolverName
from bratsfuse.baselines.fuse4seg.config import SECOND_ORDER, Fuse4SegConfig
from bratsfuse.baselines.fuse4seg.faded import faded
from bratsfuse.baselines.fuse4seg.fusion_net import FusionNet
from bratsfuse.baselines.fuse4seg.losses import fusion_terms, weighted_sum
from bratsfuse.baselines.fuse4seg.objectives import Batch as Cases
from bratsfuse.baselines.fuse4seg.objectives import Objectives
from bratsfuse.baselines.fuse4seg.steps import (
    StepRecord,
    compare_goals,
    diagnose,
    follower_step,
    joint_step,
    leader_step,
)
from bratsfuse.errors import InvalidInputError
from bratsfuse.issues import Issue
from bratsfuse.training import ranks
from bratsfuse.training.resizing import downsample, enlarge
from bratsfuse.training.trainable import Batch, Prediction, Training

_LOG = logging.getLogger(__name__)

_NEWS: Final = 0.1
"""The share of a step in the running mean of the follower's loss."""

_FOLLOWER_LOSS, _HEARD_SINCE = "follower_loss", "heard_since"
"""What is remembered: that mean, and the step in which the leader began to listen."""


class TrainableFuse4Seg:
    """Leader and follower, which learn from different patients."""

    streams: tuple[str, ...] = ("leader", "follower")

    def __init__(self, config: Fuse4SegConfig, device: torch.device) -> None:
        if ranks.count() > 1 and config.solver in SECOND_ORDER:
            raise InvalidInputError(
                f"solver: {config.solver} in {ranks.count()} processes, whose second "
                "derivatives are not shared; expected none, joint or alternating, or "
                "one process"
            )
        if config.accumulate > 1:
            raise InvalidInputError(
                f"accumulate: found {config.accumulate}, expected 1 for Fuse4Seg: its "
                "leader is judged on all its slices at once; use a smaller batch_size"
            )
        leader = FusionNet.preset(
            config.preset, len(config.sources), stride=config.downsample
        ).to(device)
        follower = UNet.preset(config.preset).to(device)
        self._config = config
        self._objectives = Objectives(
            leader,
            follower,
            config.loss_weights,
            downsample=config.downsample,
            standardised=config.standardise,
        )
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
        self.memory: dict[str, float] = {}
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
        leaders, followers = map(self._cases, batches)
        if self._config.solver == "joint":
            return self._joint(number, _together(leaders, followers))
        taken = follower_step(
            self._objectives, self._follower_optimiser, followers, clip_norm=self._clip
        )
        losses = {"loss": taken.loss, "follower_gradient": taken.gradient_norm}
        self._listen(number, ranks.averaged({"loss": taken.loss})["loss"])
        objectives = self.heard(number)
        if objectives is None:
            return losses
        is_looked_at = self._is_looked_at(number)
        if number % self._config.leader_every == 0:
            led = leader_step(
                objectives,
                self._leader_optimiser,
                self._solver,
                leaders,
                followers,
                clip_norm=self._clip,
                check_curvature=is_looked_at and not self._config.amp,
            )
            losses |= _of_leader(led)
            self._tell(led.issues)
        if is_looked_at:
            losses |= self._looked_at(objectives, leaders, followers)
        return losses

    def _listen(self, number: int, loss: float) -> None:
        """Note the follower's loss in a step, and when the leader begins to listen."""
        if _HEARD_SINCE not in self.memory:
            mean = self.memory.get(_FOLLOWER_LOSS, loss)
            mean += _NEWS * (loss - mean)
            self.memory[_FOLLOWER_LOSS] = mean
            if mean < self._config.ramp_below:
                self.memory[_HEARD_SINCE] = number

    def heard(self, number: int) -> Objectives | None:
        """Return what the leader minimises in a step; None while it waits."""
        config = self._config
        if config.solver == "none":
            return self._objectives.weighing(fusion=1.0, segmentation=0.0)
        if _HEARD_SINCE not in self.memory:
            return None
        share = config.rise(number - int(self.memory[_HEARD_SINCE]))
        return self._objectives.weighing(
            fusion=share * config.weight_fusion,
            segmentation=config.weight_segmentation,
        )

    def _looked_at(
        self, objectives: Objectives, leaders: Cases, followers: Cases
    ) -> dict[str, float]:
        """Return how the goals pull, and what first order leaves out, where known."""
        found = self._compared(objectives, leaders)
        if objectives.weights.segmentation and not self._config.amp:
            answer = diagnose(objectives, leaders, followers)
            if not answer.issues:
                found["indirect_over_direct"] = answer.ratio
        return found

    def _is_looked_at(self, number: int) -> bool:
        every = self._config.diagnose_every * (ranks.count() == 1)
        return bool(every and number % every == 0)

    def _compared(self, objectives: Objectives, cases: Cases) -> dict[str, float]:
        """Return how the leader's two goals pull, where it has both."""
        weights = objectives.weights
        if not (weights.segmentation and weights.fusion):
            return {}
        ratio, cosine = compare_goals(objectives, cases)
        return {
            "segmentation_over_fusion": ratio,
            "segmentation_fusion_cosine": cosine,
        }

    def _tell(self, issues: Sequence[Issue]) -> None:
        """Warn of each kind of problem once, such as a step too large to unroll."""
        for issue in issues:
            if issue.code not in self._told:
                self._told.add(issue.code)
                _LOG.warning("%s", issue)

    def losses(self, batch: Batch) -> Mapping[str, float]:
        """Return the segmentation loss on the fused images, and the fusion terms.

        Warns of a leader whose images have lost the detail of their sources.
        """
        cases = self._cases(batch)
        objectives = self._objectives
        fused, features = objectives.fuse(objectives.leader_params(), cases.sources)
        self._tell(faded(cases.sources, fused))
        logits = objectives.segment(objectives.follower_params(), fused)
        weights = self._config.loss_weights
        terms = fusion_terms(cases.sources, fused, features, weights)
        fusion = weighted_sum(terms, weights).item() if terms else 0.0
        return {
            "loss": segmentation_loss(logits, cases.regions).item(),
            "fusion_loss": fusion,
            **{name: value.item() for name, value in terms.items()},
        }

    def predict(self, images: Tensor) -> Prediction:
        """Return the fused images, of full resolution, and the labels found in them."""
        objectives = self._objectives
        fused, _ = objectives.fuse(objectives.leader_params(), images)
        return Prediction(fused=fused, labels=self.labels_in(fused))

    def labels_in(self, fused: Tensor) -> Tensor:
        """Return the labels that the follower finds in fused images."""
        objectives = self._objectives
        logits = objectives.segment(objectives.follower_params(), fused)
        height, width = fused.shape[-2:]
        return logits_to_labels(
            enlarge(logits, self._config.downsample, (height, width))
        )

    def _joint(self, number: int, both: Cases) -> Mapping[str, float]:
        """Take one step of both players on all cases: the ablation."""
        objectives = self.heard(number)
        if objectives is None:
            taken = follower_step(
                self._objectives, self._follower_optimiser, both, clip_norm=self._clip
            )
            self._listen(number, taken.loss)
            return {"loss": taken.loss, "follower_gradient": taken.gradient_norm}
        taken = joint_step(
            objectives,
            self._leader_optimiser,
            self._follower_optimiser,
            both,
            clip_norm=self._clip,
        )
        losses = {"loss": taken.terms["segmentation"], **_of_leader(taken)}
        if self._is_looked_at(number):
            losses |= self._compared(objectives, both)
        return losses

    def _cases(self, batch: Batch) -> Cases:
        """Return a batch with the regions in the size that the follower works at."""
        regions = downsample(labels_to_regions(batch.masks), self._config.downsample)
        return Cases(sources=batch.images, regions=regions)


def _of_leader(record: StepRecord) -> dict[str, float]:
    return {
        "leader_loss": record.loss,
        "leader_gradient": record.gradient_norm,
        **record.terms,
    }


def _together(one: Cases, other: Cases) -> Cases:
    return Cases(
        sources=torch.cat([one.sources, other.sources]),
        regions=torch.cat([one.regions, other.regions]),
    )


TRAINING = Training(
    config=Fuse4SegConfig,
    build=TrainableFuse4Seg,
    tracks=("fusion", "segmentation"),
)
