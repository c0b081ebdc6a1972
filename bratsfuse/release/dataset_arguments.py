"""What a user may ask the torch dataset for, and the line that says why not."""

import operator
from collections.abc import Collection, Iterable, Mapping
from typing import Any, SupportsIndex

from bratsfuse.anatomy import Modality, Region
from bratsfuse.errors import InvalidInputError
from bratsfuse.release.manifest import Manifest
from bratsfuse.wording import did_you_mean


def refuse_text(**options: Collection[str] | None) -> None:
    """Refuse a text where several names are expected: it is a sequence of letters."""
    for option, value in options.items():
        if isinstance(value, str):
            raise InvalidInputError(
                f"{option}={value!r} is a text, expected several names; "
                f"pass a tuple: {option}=({value!r},)"
            )


def check_in_memory(value: object) -> None:
    """Refuse what is neither True nor False nor ``"auto"``."""
    if not isinstance(value, bool) and not (isinstance(value, str) and value == "auto"):
        raise InvalidInputError(
            f"in_memory={value!r} is no choice; expected True, False or 'auto'"
        )


def integer(index: SupportsIndex) -> int:
    """Return the integer that a dataset is indexed by; refuse anything else."""
    try:
        return operator.index(index)
    except TypeError as error:
        raise InvalidInputError(
            f"a dataset is indexed by an integer, not by {_shown(index)}; "
            "torch.utils.data.Subset takes several"
        ) from error


def _shown(index: object) -> str:
    if isinstance(index, slice):
        return f"a slice ({index})"
    return f"a {type(index).__name__}"


def close_name(name: str, known: Iterable[str]) -> str:
    """Return a hint that ends in a space, or nothing if no known name is close."""
    hint = did_you_mean(name, known)
    return f"{hint} " if hint else ""


def known_source(name: str) -> str:
    """Return the name of a modality; refuse any other."""
    if name not in set(Modality):
        raise InvalidInputError(
            f"no modality {name!r}; {close_name(name, Modality)}expected any of "
            f"{', '.join(Modality)}"
        )
    return name


def known_region(name: str, manifest: Manifest) -> Region:
    """Return a region that the labels of a release can express; refuse any other."""
    defined = manifest.source.regions
    if name not in defined:
        raise InvalidInputError(
            f"no region {name!r}; {close_name(name, defined)}the labels of "
            f"{manifest.source.title} express {', '.join(defined)}"
        )
    return Region(name)


def split_path(manifest: Manifest, split: str) -> str:
    """Return the file of a split, relative to its release; refuse any other name."""
    splits: Mapping[str, Any] = manifest.splits
    if split not in splits:
        raise InvalidInputError(
            f"no split {split!r}; the release has {', '.join(splits)}"
        )
    return str(splits[split].file)
