"""What an experiment consists of: a TOML file, read and checked."""

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any, ClassVar, Final

from bratsfuse.errors import InvalidInputError
from bratsfuse.records import CLOSED, from_json
from bratsfuse.wording import check_names

DEFAULT: Final = "fuse4seg"
_FOLDER: Final = "experiments"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One method of an experiment.

    Attributes
    ----------
    title
        How tables call it.
    method
        A baseline, trained or not, or a fusion method.
    fused_by
        A fusion method, or the name of another row: what makes the one image that a
        trained baseline is given; empty if it is given the sources of its settings.
    settings
        Of its training, over those of the experiment.
    """

    __pydantic_config__: ClassVar = CLOSED

    title: str
    method: str
    fused_by: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """An experiment.

    Attributes
    ----------
    title
        Of its tables.
    settings
        Of every training.
    rows
        By name, in the order of the tables.
    compared
        The rows that all others are compared with, case by case.
    """

    __pydantic_config__: ClassVar = CLOSED

    title: str
    settings: Mapping[str, Any]
    rows: Mapping[str, Row]
    compared: tuple[str, ...] = ()


def read_definition(name_or_file: str = DEFAULT) -> Definition:
    """Return an experiment: one that comes with bratsfuse, or of any TOML file.

    Raises
    ------
    InvalidInputError
        If there is no such experiment, or its file is not one.
    """
    folder = Path(str(files("bratsfuse.baselines"))) / _FOLDER
    path = folder / f"{name_or_file}.toml"
    if not path.is_file():
        path = Path(name_or_file)
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as problem:
        known = ", ".join(sorted(one.stem for one in folder.glob("*.toml")))
        raise InvalidInputError(
            f"{name_or_file}: no such experiment; expected {known}, or a TOML file"
        ) from problem
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as problem:
        raise InvalidInputError(
            f"{path}: not readable as TOML ({problem}); correct the file"
        ) from problem
    try:
        # By way of JSON, where a strict check still takes a table for a record.
        text = json.dumps(content, default=str)
        found = from_json(Definition, text)
    except InvalidInputError as problem:
        raise InvalidInputError(f"{path}: {problem}; correct the file") from problem
    _check_rows(path, found)
    return found


def _check_rows(path: Path, found: Definition) -> None:
    """Refuse rows that cannot be files, to compare with none, and two fusions."""
    check_names(f"{path}: rows", found.rows)
    if unknown := [name for name in found.compared if name not in found.rows]:
        raise InvalidInputError(
            f"{path}: compared: no row {', '.join(unknown)}; known: "
            f"{', '.join(found.rows)}"
        )
    for name, row in found.rows.items():
        other = found.rows.get(row.fused_by)
        if other is not None and other.fused_by:
            raise InvalidInputError(
                f"{path}: rows.{name}: fused_by {row.fused_by!r}, a row whose images "
                "are themselves fused; expected a fusion method, or a row without "
                "fused_by"
            )
