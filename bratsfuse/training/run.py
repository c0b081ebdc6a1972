"""The folder that a training leaves behind: what is in it, and when it is refused."""

import hashlib
import platform
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from pathlib import Path
from typing import Final, TypeVar

from bratsfuse import __version__
from bratsfuse.errors import InvalidInputError
from bratsfuse.place import Kind, lacking, write_file
from bratsfuse.records import from_json, to_json
from bratsfuse.training.config import TrainingConfig
from bratsfuse.training.crop import Box
from bratsfuse.training.read_config import differences, read_config, to_toml
from bratsfuse.training.release_facts import ReleaseFacts, refuse_other_release
from bratsfuse.wording import counted

RUN_NAME: Final = "run.json"
CONFIG_NAME: Final = "config.toml"
MODEL_NAME: Final = "model.safetensors"
LAST_NAME: Final = "last.safetensors"
METRICS_NAME: Final = "metrics.csv"
FIGURES_NAME: Final = "figures"

RUN: Final = Kind(
    name="run",
    parents=True,
    flaw=lacking(RUN_NAME),
    advice="go on with it by --resume, replace it by --overwrite, or name another "
    "folder",
)

C = TypeVar("C", bound=TrainingConfig)

_LIBRARIES: Final = ("torch", "numpy", "safetensors", "h5py")


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """What a run says of itself: ``run.json``.

    Attributes
    ----------
    baseline
        The name of what was trained.
    release
        The release that it was trained on.
    config_sha256
        Digest of ``config.toml``.
    seed
        Of the config.
    device
        In words.
    parameters
        Network -> numbers that it learns.
    versions
        Of bratsfuse, Python and the libraries that computed.
    patients
        Part of the training split -> its patients; validation beside them.
    images
        A digest of every slice of them, see `bratsfuse.training.seen`.
    steps_done
        At the last checkpoint.
    finished
        Whether these are all steps of the config.
    crop
        The box of the images that the networks saw; None for all of them.
    validated_step, validation
        The last validation and what it found; ``model.safetensors`` contains the
        weights that it was of.
    seconds
        Wall time of all steps and validations, over all resumptions.
    """

    baseline: str
    release: ReleaseFacts
    config_sha256: str
    seed: int
    device: str
    parameters: dict[str, int]
    versions: dict[str, str]
    patients: dict[str, list[str]]
    images: list[str] = field(default_factory=list)
    crop: Box | None = None
    steps_done: int = 0
    finished: bool = False
    validated_step: int = 0
    validation: dict[str, float] = field(default_factory=dict)
    seconds: float = 0.0

    def __repr__(self) -> str:
        steps = counted(self.steps_done, "step")
        state = "finished" if self.finished else "unfinished"
        return (
            f"RunRecord({self.baseline}, {steps}, {state}, seed {self.seed}, trained "
            f"on {self.release.title}, release {self.release.fingerprint[:12]})"
        )

    @property
    def training_data(self) -> str:
        """Return what it was trained on, in words."""
        return (
            f"train split of a release of {self.release.title}, fingerprint "
            f"{self.release.fingerprint}"
        )

    def write(self, run: Path) -> None:
        """Write the record into the folder of a run."""
        write_file(run / RUN_NAME, to_json(self))


def read_run(run: Path) -> RunRecord:
    """Return the record of a run.

    Raises
    ------
    InvalidInputError
        If the folder contains no run, or one of another version.
    """
    path = run / RUN_NAME
    try:
        return from_json(RunRecord, path.read_bytes())
    except OSError as problem:
        raise InvalidInputError(
            f"{run}: no {RUN_NAME}; expected a run of bratsfuse train"
        ) from problem
    except InvalidInputError as problem:
        raise InvalidInputError(
            f"{path}: no run of this version ({problem}); train again with bratsfuse "
            "train"
        ) from problem


def is_run(path: Path) -> bool:
    """Return whether a folder contains a run, finished or not."""
    return (path / RUN_NAME).is_file()


def read_run_config(run: Path, kind: type[C]) -> C:
    """Return the config of a run.

    Raises
    ------
    InvalidInputError
        If it is missing, not one of this version, or not what the training began with.
    """
    config = read_config(kind, run / CONFIG_NAME)
    if _file_sha256(run) != read_run(run).config_sha256:
        raise _edited(run)
    return config


def config_to_resume(run: Path, baseline: str, kind: type[C]) -> C:
    """Return the config that a run of a baseline began with.

    Raises
    ------
    InvalidInputError
        If there is no run, or it is one of another baseline.
    """
    record = read_run(run)
    if record.baseline != baseline:
        raise InvalidInputError(
            f"{run}: found a run of {record.baseline}, expected one of {baseline}"
        )
    return read_config(kind, run / CONFIG_NAME)


def check_resumable(run: Path, baseline: str, config: C, release: ReleaseFacts) -> C:
    """Return the config that a run may go on with; only `steps` may be another.

    Raises
    ------
    InvalidInputError
        If there is no run, or it has another baseline, config or release, with what
        differs; if its config was edited.
    """
    record = read_run(run)
    began = config_to_resume(run, baseline, type(config))
    refuse_other_release(release, record.release)
    if not config.schedule_steps:  # decided when the run began
        config = replace(config, schedule_steps=began.schedule_steps)
    # A killed command has noted its own config, and not written it yet.
    if record.config_sha256 not in (_file_sha256(run), config_sha256(config.begun())):
        raise _edited(run)
    differing = [
        text for text in differences(config, began) if not text.startswith("steps ")
    ]
    if differing:
        raise InvalidInputError(
            f"{run}: the run began with another config: {'; '.join(differing)}; leave "
            "that out, or train anew into another folder"
        )
    if record.steps_done and not (run / LAST_NAME).is_file():
        raise InvalidInputError(
            f"{run / LAST_NAME}: missing, and {record.steps_done} steps are done; put "
            "it back, or train anew with --overwrite"
        )
    if config.steps < record.steps_done:
        raise InvalidInputError(
            f"{run}: found steps = {config.steps}, but {record.steps_done} steps are "
            "done; expected more"
        )
    return config


def write_config(run: Path, config: TrainingConfig) -> None:
    """Write the config into a run, whose record has its digest already."""
    write_file(run / CONFIG_NAME, to_toml(config))


def config_sha256(config: TrainingConfig) -> str:
    """Return the digest of what `write_config` writes."""
    return hashlib.sha256(to_toml(config).encode()).hexdigest()


def _file_sha256(run: Path) -> str:
    return hashlib.sha256((run / CONFIG_NAME).read_bytes()).hexdigest()


def _edited(run: Path) -> InvalidInputError:
    return InvalidInputError(
        f"{run / CONFIG_NAME}: not what the training began with, by its digest in "
        f"{RUN_NAME}: it was edited; put it back, or train again"
    )


def library_versions() -> dict[str, str]:
    """Return the versions of bratsfuse, Python and the libraries that compute."""
    own = {
        "bratsfuse": __version__,
        "python": platform.python_version(),
    }
    return own | {name: version(name) for name in _LIBRARIES}
