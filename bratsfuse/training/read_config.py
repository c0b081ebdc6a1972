"""Configs from a file and from the command line, and back to a file."""

import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

from pydantic import TypeAdapter, ValidationError

from bratsfuse.errors import InvalidInputError
from bratsfuse.issues import Issue, error
from bratsfuse.training.config import TrainingConfig
from bratsfuse.wording import counted, fault, suggestion

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

C = TypeVar("C", bound=TrainingConfig)

_BARE_WORD: Final = re.compile(r"[A-Za-z][\w:-]*")
"""A text that may go without quotes on the command line."""


class ConfigError(InvalidInputError):
    """A config has unknown keys or wrong values.

    Attributes
    ----------
    issues
        All of them.
    """

    def __init__(self, issues: Sequence[Issue]) -> None:
        self.issues = tuple(issues)
        found = counted(len(issues), "problem")
        super().__init__(f"{found} in the config; nothing was trained")


def read_config(
    kind: type[C],
    file: Path | None = None,
    settings: Sequence[str] = (),
    base: C | None = None,
) -> C:
    """Return the config that a file and the command line ask for.

    Parameters
    ----------
    kind
        The config of the baseline.
    file
        A TOML file; None for none.
    settings
        ``KEY=VALUE``, the value as in TOML; a single word needs no quotes. They win
        over the file, which wins over the preset.
    base
        A config to start from instead of a preset.

    Raises
    ------
    ConfigError
        If a key is unknown or a value is not what its key takes; all problems at once.
    """
    values: dict[str, Any] = {}
    places: dict[str, str] = {}
    for place, key, value in [*_from_file(file), *map(_from_setting, settings)]:
        values[key], places[key] = value, place
    start = _preset(kind, values.get("preset")) if base is None else asdict(base)
    known = [field.name for field in fields(kind)]
    issues = [_unknown(places[key], key, kind) for key in values if key not in known]
    chosen = {key: value for key, value in values.items() if key in known}
    config, found = _validated(kind, {**start, **chosen}, places)
    if config is None or issues:
        raise ConfigError([*issues, *found])
    return config


def to_toml(config: TrainingConfig) -> str:
    """Return the text of a TOML file that spells out every key of a config."""
    # JSON's texts, numbers, booleans and flat lists are TOML's as well.
    lines = [f"{key} = {json.dumps(value)}" for key, value in asdict(config).items()]
    return "\n".join(lines) + "\n"


def differences(found: TrainingConfig, expected: TrainingConfig) -> list[str]:
    """Return ``key = value, not value`` for every key in which two configs differ."""
    ours, theirs = asdict(found), asdict(expected)
    return [
        f"{key} = {json.dumps(ours[key])}, not {json.dumps(theirs[key])}"
        for key in ours
        if ours[key] != theirs[key]
    ]


def _preset(kind: type[C], name: object) -> Mapping[str, object]:
    # A wrong name is told with all other wrong values.
    presets = cast("Mapping[object, Mapping[str, object]]", kind.PRESETS)
    key = kind().preset if name is None else name
    return presets.get(key, {}) if isinstance(key, str) else {}


def _from_file(file: Path | None) -> list[tuple[str, str, Any]]:
    if file is None:
        return []
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as problem:
        raise InvalidInputError(
            f"{file}: not readable as TOML ({problem}); expected lines such as "
            "'steps = 400'"
        ) from problem
    return [(str(file), key, value) for key, value in content.items()]


def _from_setting(text: str) -> tuple[str, str, Any]:
    key, equals, value = (part.strip() for part in text.partition("="))
    place = f"--set {text}"
    if _BARE_WORD.fullmatch(value) and value not in ("true", "false", "inf", "nan"):
        value = f'"{value}"'
    try:
        parsed = tomllib.loads(f"value = {value}")
    except tomllib.TOMLDecodeError:
        parsed = {}
    if not key or not equals or list(parsed) != ["value"]:
        raise InvalidInputError(
            f"{place}: not a setting; expected KEY=VALUE with a value as in TOML, such "
            'as steps=400 or \'sources=["t1ce", "flair"]\''
        )
    return place, key, parsed["value"]


def _unknown(place: str, key: str, kind: type[TrainingConfig]) -> Issue:
    if instead := kind.REPLACED.get(key):
        return error(place, "unknown-key", f"key {key!r} is no more; use {instead}")
    known = [field.name for field in fields(kind)]
    found = f"unknown key {key!r}; {suggestion(key, known)}"
    return error(place, "unknown-key", found)


def _validated(
    kind: type[C], values: Mapping[str, Any], places: Mapping[str, str]
) -> tuple[C | None, list[Issue]]:
    """Return the config, or None and what is wrong with the values."""
    adapter = TypeAdapter(kind)
    try:
        # By way of JSON, where a strict check still takes a list for a tuple.
        text = json.dumps(values, default=str)
        return adapter.validate_json(text), []
    except ValidationError as problem:
        return None, [
            _wrong(found, places) for found in problem.errors(include_url=False)
        ]


def _wrong(found: "ErrorDetails", places: Mapping[str, str]) -> Issue:
    message = fault(found)  # names its key, also where a config's own check failed
    key = re.split(r"[:.]", message, maxsplit=1)[0]
    return error(places.get(key, "config"), "wrong-value", message)
