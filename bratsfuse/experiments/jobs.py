"""A row on one release with one seed, and the digest of what decides its numbers."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from bratsfuse import __version__
from bratsfuse.baselines import BASELINES
from bratsfuse.errors import InvalidInputError
from bratsfuse.experiments.definition import Definition, Row
from bratsfuse.fusers import FUSERS
from bratsfuse.release.fingerprint import json_digest
from bratsfuse.release.manifest import read_manifest

if TYPE_CHECKING:
    from bratsfuse.training.config import TrainingConfig
    from bratsfuse.training.trainable import Training

_SHOWN_DIGITS: Final = 8
"""Of a fingerprint, in the name of a fold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A row to be trained and scored on one fold.

    Attributes
    ----------
    name
        Of the row.
    row
        What the definition says of it.
    fold
        A name for release and seed.
    release
        The release.
    seed
        Of the training.
    config
        Of the training; None if there is none.
    digest
        Of everything above but the names, and of the version of bratsfuse.
    folder
        Of the experiment.
    fuser
        The job of the row that makes its images; None if no row does.
    """

    name: str
    row: Row
    fold: str
    release: Path
    seed: int
    config: "TrainingConfig | None"
    digest: str
    folder: Path
    fuser: "Job | None" = None

    @property
    def run(self) -> Path:
        """Return where its run is kept."""
        return self.folder / "runs" / self.fold / self.name

    @property
    def result(self) -> Path:
        """Return the file of its outcome."""
        return self.folder / "results" / self.fold / f"{self.name}.json"


def product_of(row: Row) -> str:
    """Return the name of the fusion product that a row is given."""
    return re.sub(r"\W", "_", row.fused_by)


def training_of(method: str) -> "Training[Any] | None":
    """Return how a method is trained; None for one that is not."""
    if not {method, method.replace("-", "_")}.isdisjoint(FUSERS):
        return None
    found = BASELINES[method].training
    return None if found is None else found()


def jobs_of(
    definition: Definition,
    releases: Sequence[Path],
    folder: Path,
    *,
    seeds: Sequence[int] = (0,),
    overrides: Sequence[str] = (),
) -> list[Job]:
    """Return the jobs of an experiment: every row on every release with every seed.

    Parameters
    ----------
    definition
        The experiment.
    releases
        Releases of the same cases with other splits are folds.
    folder
        Of the experiment.
    seeds
        Of the trainings.
    overrides
        ``KEY=VALUE`` settings of every training, over those of the definition.

    Returns
    -------
    list of Job
        Fold by fold, in each the rows in their order.

    Raises
    ------
    InvalidInputError
        If a setting does not exist or has no such value; if two folds are the same.
    ReleaseError
        If a release is not finished or broken.
    """
    jobs: list[Job] = []
    folds: set[str] = set()
    for release in releases:
        fingerprint = read_manifest(release).fingerprint
        for seed in seeds:
            fold = f"{fingerprint[:_SHOWN_DIGITS]}-{seed}"
            if fold in folds:
                raise InvalidInputError(
                    f"{release}: given twice with seed {seed}; expected other releases "
                    "or other seeds"
                )
            folds.add(fold)
            jobs += _of_fold(
                definition, release, fingerprint, fold, seed, folder, overrides
            )
    return jobs


def _of_fold(
    definition: Definition,
    release: Path,
    fingerprint: str,
    fold: str,
    seed: int,
    folder: Path,
    overrides: Sequence[str],
) -> list[Job]:
    jobs: dict[str, Job] = {}
    # Rows that others take their images from come first: their digests are part.
    for name, row in sorted(
        definition.rows.items(), key=lambda item: item[1].fused_by in definition.rows
    ):
        config = _config(definition, row, [*overrides, f"seed={seed}"])
        fuser = jobs.get(row.fused_by)
        decides = [
            __version__,
            fingerprint,
            row.method,
            fuser.digest if fuser else row.fused_by,
            None if config is None else asdict(config),
        ]
        jobs[name] = Job(
            name=name,
            row=row,
            fold=fold,
            release=release,
            seed=seed,
            config=config,
            digest=json_digest(decides),
            folder=folder,
            fuser=fuser,
        )
    return [jobs[name] for name in definition.rows]


def _config(
    definition: Definition, row: Row, overrides: Sequence[str]
) -> "TrainingConfig | None":
    """Return the config of a row's training; None if it is not trained."""
    training = training_of(row.method)
    if training is None:
        return None
    from bratsfuse.training.config import PRODUCT
    from bratsfuse.training.read_config import read_config

    images: Mapping[str, object] = {}
    if row.fused_by:
        images = {"sources": [f"{PRODUCT}{product_of(row)}"]}
    settings = {**definition.settings, **row.settings, **images}
    # JSON's texts, numbers and flat lists are TOML's as well.
    texts = [f"{key}={json.dumps(value)}" for key, value in settings.items()]
    config: TrainingConfig = read_config(training.config, None, [*texts, *overrides])
    return config
