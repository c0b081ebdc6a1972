"""Experiments: a field of methods, trained and scored by one command.

An experiment is data, a TOML file of rows in ``baselines/experiments/``; what runs it
is here. Read it in this order:

- `definition`: the rows, read from the file;
- `jobs`: a row on one release with one seed, and the digest of all that decides it;
- `work`: a job done: train, predict, evaluate;
- `outcome`: what is kept of a job, one JSON file;
- `experiment`, `remaining`: all jobs, those left out that are done already, and what is
  left;
- `summary`, `tables`: the outcomes put together;
- `downstream_track`, `entries`, `downstream_scores`, `fidelity`: one method's images
  beside reference rows, and how true they are to their sources.
"""

from typing import TYPE_CHECKING

import lazy_loader

if TYPE_CHECKING:
    from bratsfuse.experiments.definition import Definition as Definition
    from bratsfuse.experiments.definition import Row as Row
    from bratsfuse.experiments.definition import read_definition as read_definition
    from bratsfuse.experiments.downstream_track import downstream as downstream
    from bratsfuse.experiments.entries import Entry as Entry
    from bratsfuse.experiments.entries import entry_of as entry_of
    from bratsfuse.experiments.entries import entry_of_command as entry_of_command
    from bratsfuse.experiments.experiment import run_experiment as run_experiment
    from bratsfuse.experiments.outcome import Outcome as Outcome
    from bratsfuse.experiments.outcome import read_outcome as read_outcome
    from bratsfuse.experiments.tables import write_tables as write_tables

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "downstream_track": ["downstream"],
        "entries": ["Entry", "entry_of", "entry_of_command"],
        "definition": ["Definition", "Row", "read_definition"],
        "experiment": ["run_experiment"],
        "outcome": ["Outcome", "read_outcome"],
        "tables": ["write_tables"],
    },
)
