"""The loop: steps, log, validation, checkpoints."""

import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final, TypeVar

import torch

from bratsfuse.errors import InvalidInputError
from bratsfuse.place import check_target, new_result, write_file
from bratsfuse.release.manifest import read_manifest
from bratsfuse.training import ranks
from bratsfuse.training.augmentation import augment
from bratsfuse.training.averaging import Average
from bratsfuse.training.checkpoint import load_checkpoint, save_checkpoint
from bratsfuse.training.config import TrainingConfig
from bratsfuse.training.devices import AUTO, device_words, find_device
from bratsfuse.training.diverged import refuse_infinite
from bratsfuse.training.figures import draw_figures, keep_fused
from bratsfuse.training.files import Tensors
from bratsfuse.training.log import Log, refuse_other_log
from bratsfuse.training.randomness import deterministic, seed_everything
from bratsfuse.training.release_facts import (
    ReleaseFacts,
    facts_of,
    refuse_missing_regions,
)
from bratsfuse.training.run import (
    LAST_NAME,
    METRICS_NAME,
    MODEL_NAME,
    RUN,
    RunRecord,
    check_resumable,
    config_sha256,
    library_versions,
    write_config,
)
from bratsfuse.training.sampling import Stream
from bratsfuse.training.split_data import Splits, read_splits
from bratsfuse.training.trainable import Batch, Trainable, Training
from bratsfuse.training.validation import validate
from bratsfuse.training.weights import parameter_counts, weights
from bratsfuse.wording import counted

C = TypeVar("C", bound=TrainingConfig)

Report = Callable[[int, int, Mapping[str, float]], None]
"""Called with the steps done, all steps, and the new row of the log."""


_REMEMBERED: Final = ("steps_done", "validated_step", "validation", "seconds")
"""What a checkpoint keeps of the record."""


def say_nothing(done: int, total: int, row: Mapping[str, float]) -> None:
    """Report nothing."""


def train(
    baseline: str,
    training: Training[C],
    release: Path,
    run: Path,
    config: C,
    *,
    device: str = AUTO,
    resume: bool = False,
    overwrite: bool = False,
    report: Report = say_nothing,
) -> RunRecord:
    """Return the record of a run that has taken all its steps.

    Parameters
    ----------
    baseline
        The name of what is trained.
    training
        How it is trained.
    release
        The release; its train split is learned, its validation split watched, its test
        split not opened.
    run
        The folder of the run.
    config
        The choices.
    device
        What torch calls it, or ``auto``.
    resume
        Go on with the run that is there, from its last checkpoint.
    overwrite
        Replace the run that is there.
    report
        Called after every row of the log.

    Raises
    ------
    InvalidInputError
        If the config, the device, the release and the folder do not go together.
    ReleaseError
        If the release is not finished or broken.
    DivergedError
        If a loss is not finite; the last checkpoint is kept.
    """
    where = find_device(device)
    if config.amp and where.type != "cuda":
        raise InvalidInputError(
            f"amp = true on {where}; expected a CUDA device: leave amp out"
        )
    facts = facts_of(read_manifest(release), config.columns)
    refuse_missing_regions(facts)
    if resume:
        config = check_resumable(run, baseline, config, facts)
    else:
        check_target(run, RUN, overwrite=overwrite, outside=[release])
    config = config.begun()
    with (
        ranks.connected(where) as where,
        deterministic(where, wanted=config.deterministic),
    ):
        seed_everything(config.seed)
        trainable = training.build(config, where)
        data = read_splits(release, trainable, config, where)
        record_in = partial(
            _new_record, baseline, facts, trainable, data, config, where
        )
        if not resume and not ranks.own():
            with new_result(run, RUN, overwrite=overwrite) as new:
                record_in(new)
        ranks.wait()
        with ranks.place_of(run, RUN) as place:
            loop = _Loop(place, trainable, data, config, where, record_in(place))
            if resume and (run / LAST_NAME).exists():
                loop.restore(run / LAST_NAME)
            ranks.wait()
            return loop.go(report if not ranks.own() else say_nothing)


def _new_record(
    baseline: str,
    facts: ReleaseFacts,
    trainable: Trainable,
    data: Splits,
    config: TrainingConfig,
    device: torch.device,
    run: Path,
) -> RunRecord:
    record = RunRecord(
        baseline=baseline,
        release=facts,
        config_sha256=config_sha256(config),
        seed=config.seed,
        device=device_words(device),
        parameters=parameter_counts(trainable),
        versions=library_versions(),
        patients=data.patients,
        images=data.images,
        crop=data.box,
    )
    record.write(run)
    write_config(run, config)
    return record


class _Loop:
    """One training, from wherever it stands to its last step."""

    def __init__(
        self,
        run: Path,
        trainable: Trainable,
        data: Splits,
        config: TrainingConfig,
        device: torch.device,
        record: RunRecord,
    ) -> None:
        self._run = run
        self._trainable = trainable
        self._data = data
        self._config = config
        self._device = device
        self._record = record
        self._log = Log()
        self._average = Average(trainable, config.ema)
        self._rates = {
            name: [group["lr"] for group in optimiser.param_groups]
            for name, optimiser in trainable.optimisers.items()
        }

    def restore(self, checkpoint: Path) -> None:
        """Go back to a checkpoint."""
        loop = load_checkpoint(checkpoint, self._trainable, self._average)
        if (then := loop.get("ranks", 1)) != ranks.count():
            written = counted(then, "process", "processes")
            raise InvalidInputError(
                f"{checkpoint}: written by {written}, and now there are "
                f"{ranks.count()}; go on with torchrun --nproc-per-node {then}"
            )
        self._log = Log(loop["log"])
        refuse_other_log(self._run / METRICS_NAME, self._log)
        self._record = replace(
            self._record,
            finished=loop["steps_done"] == self._config.steps,
            **{name: loop[name] for name in _REMEMBERED},
        )
        self._record.write(self._run)

    def go(self, report: Report) -> RunRecord:
        """Take the steps that are left; return the record of the run."""
        config = self._config
        for network in self._trainable.networks.values():
            network.train()
        clock = time.monotonic()
        for number in range(self._record.steps_done, config.steps):
            self._log.add(self._step(number))
            done = number + 1
            last = done == config.steps
            validated = last or done % config.validate_every == 0
            found = self._validate(done) if validated and not ranks.own() else {}
            if validated or done % config.log_every == 0:
                report(done, config.steps, self._log.close_row(done, found))
                write_file(self._run / METRICS_NAME, self._log.to_csv())
            if (validated or done % config.checkpoint_every == 0) and not ranks.own():
                now = time.monotonic()
                self._checkpoint(done, now - clock)
                clock = now
        ranks.wait()
        if not ranks.own():
            draw_figures(self._run, self._log.rows, self._config.sources)
        return self._record

    def _step(self, number: int) -> Mapping[str, float]:
        """Return the losses of a step, all of them finite."""
        factor = self._config.rate_factor(number)
        for name, optimiser in self._trainable.optimisers.items():
            for group, rate in zip(
                optimiser.param_groups, self._rates[name], strict=True
            ):
                group["lr"] = rate * factor
        batches = [self._batch(stream, number) for stream in self._data.streams]
        with self._precision():
            losses = ranks.averaged(self._trainable.step(number, batches))
        refuse_infinite(losses, number, batches)
        self._average.update(number)
        return losses

    def _batch(self, stream: Stream, number: int) -> Batch:
        batch = self._data.train.batch(stream.rows(number))
        images, masks = augment(
            batch.images, batch.masks, self._config.augment, stream.generator(number)
        )
        part = ranks.share(len(masks))
        return Batch(
            images=images[part], masks=masks[part], slice_ids=batch.slice_ids[part]
        )

    def _precision(self) -> AbstractContextManager[object]:
        if not self._config.amp:
            return nullcontext()
        return torch.autocast(self._device.type, torch.bfloat16)

    def _validate(self, done: int) -> dict[str, float]:
        """Return what the validation split says of the averaged weights; keep them."""
        with self._average.applied(), ranks.alone():
            with self._precision():
                found = validate(
                    self._trainable, self._data.validation, self._config.batch_size
                )
            refuse_infinite(found, done - 1, (), "the validation split")
            keep_fused(self._run, self._trainable, self._data.validation, done)
            self._record = replace(self._record, validated_step=done, validation=found)
            facts = {"baseline": self._record.baseline, "step": done}
            Tensors(weights(self._trainable), facts).write(self._run / MODEL_NAME)
        return found

    def _checkpoint(self, done: int, seconds: float) -> None:
        self._record = replace(
            self._record,
            steps_done=done,
            finished=done == self._config.steps,
            seconds=round(self._record.seconds + seconds, 3),
        )
        remembered = {
            "log": self._log.to_json(),
            "ranks": ranks.count(),
            **{name: getattr(self._record, name) for name in _REMEMBERED},
        }
        save_checkpoint(
            self._run / LAST_NAME, self._trainable, self._average, remembered
        )
        self._record.write(self._run)
