"""What is kept of a job: one JSON file, enough for every table."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bratsfuse.errors import InvalidInputError
from bratsfuse.place import write_file
from bratsfuse.records import from_json, to_json


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseScore:
    """The scores of a test case, by region.

    Attributes
    ----------
    case, patient
        Which one.
    dice
        None where the policy leaves it undefined.
    nsd
        Normalised surface Dice at 1 mm, likewise.
    """

    case: str
    patient: str
    dice: Mapping[str, float | None]
    nsd: Mapping[str, float | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A row on one fold, trained and scored.

    Attributes
    ----------
    digest
        Of the job that it is of.
    row, fold
        Their names.
    fingerprint, split_seed
        Of the release; the seed assigned its patients.
    synthetic
        Whether its cases are phantoms.
    image_shape
        Rows and columns of the images that were scored.
    patients, slices
        In each split.
    config
        Of the training; empty if there was none.
    parameters
        Network -> numbers that it learned, those of its images' fusion included.
    training_seconds
        Wall time of the training with its validations, that of fusion included.
    seconds_per_slice
        Median over test slices, fusion included.
    threads
        Of torch while it was trained.
    device
        In words; empty if nothing was trained.
    cases
        The scores of the test cases; empty if it does not segment.
    fusion
        Key -> mean over the test slices; empty if there is no fused image.
    versions
        Of bratsfuse and the libraries that computed.
    """

    digest: str
    row: str
    fold: str
    fingerprint: str
    split_seed: int
    synthetic: bool
    image_shape: tuple[int, int]
    patients: Mapping[str, int]
    slices: Mapping[str, int]
    config: Mapping[str, Any] = field(default_factory=dict)
    parameters: Mapping[str, int] = field(default_factory=dict)
    training_seconds: float = 0.0
    seconds_per_slice: float
    threads: int
    device: str = ""
    cases: tuple[CaseScore, ...] = ()
    fusion: Mapping[str, float | None] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)

    def write(self, path: Path) -> None:
        """Write the outcome; it appears under its name when it is complete."""
        path.parent.mkdir(parents=True, exist_ok=True)
        write_file(path, to_json(self))


def read_outcome(path: Path, digest: str) -> Outcome | None:
    """Return the outcome of the job of a digest; None if the file is another's."""
    try:
        found = from_json(Outcome, path.read_bytes())
    except (OSError, InvalidInputError):  # not done, or of another version: done again
        return None
    return found if found.digest == digest else None
