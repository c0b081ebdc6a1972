"""What a user may ask the torch dataset for, and the line that says why not."""

import operator
from collections.abc import Collection, Iterable, Sequence
from typing import Final, NoReturn, SupportsIndex

from bratsfuse.anatomy import Modality, Region
from bratsfuse.errors import InvalidInputError
from bratsfuse.release.columns import FUSION_PREFIX
from bratsfuse.release.manifest import Manifest
from bratsfuse.wording import did_you_mean

EVERY_SPLIT: Final = "all"
"""Asks for the slice sets of every split, one split after the other."""


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
            f"index: found {_shown(index)}, expected an integer; for several use "
            "torch.utils.data.Subset"
        ) from error


def _shown(index: object) -> str:
    if isinstance(index, slice):
        return f"a slice ({index})"
    return f"a {type(index).__name__}"


def close_name(name: str, known: Iterable[str]) -> str:
    """Return a hint that ends in a space, or nothing if no known name is close."""
    hint = did_you_mean(name, known)
    return f"{hint} " if hint else ""


def sources_asked(names: Sequence[str]) -> tuple[Modality, ...]:
    """Return modalities by their names; refuse any other name, and none at all."""
    for name in names:
        if name not in set(Modality):
            raise InvalidInputError(
                f"no modality {name!r}; {close_name(str(name), Modality)}expected any "
                f"of {', '.join(Modality)}"
            )
    if not names:
        raise InvalidInputError(f"no sources; expected any of {', '.join(Modality)}")
    return tuple(map(Modality, names))


def refuse_labels(what: str, split: str, advice: str) -> NoReturn:
    """Refuse what needs labels that a release hides."""
    raise InvalidInputError(
        f"{what}: the release hides the labels of the {split} split; {advice}"
    )


def known_region(name: str, manifest: Manifest) -> Region:
    """Return a region that the labels of a release can express; refuse any other."""
    defined = manifest.source.regions
    if name not in defined:
        raise InvalidInputError(
            f"no region {name!r}; {close_name(name, defined)}the labels of "
            f"{manifest.source.title} express {', '.join(defined)}"
        )
    return Region(name)


def splits_asked(manifest: Manifest, split: str) -> tuple[str, ...]:
    """Return the splits of a name, every one for ``all``; refuse any other name."""
    known = tuple(manifest.splits)
    if split == EVERY_SPLIT:
        return known
    if split not in known:
        raise InvalidInputError(
            f"no split {split!r}; {close_name(str(split), (*known, EVERY_SPLIT))}the "
            f"release has {', '.join(known)} ({EVERY_SPLIT!r} for every one)"
        )
    return (split,)


def products_asked(
    manifest: Manifest, fusion: str | Sequence[str] | None
) -> tuple[str, ...]:
    """Return the fusion products of one name, several or None; refuse any other."""
    products = manifest.products
    asked = (fusion,) if isinstance(fusion, str) else tuple(fusion or ())
    for name in asked:
        if name not in products:
            hint = close_name(str(name).removeprefix(FUSION_PREFIX), products)
            raise InvalidInputError(
                f"no fusion product {name!r}; {hint}the release has "
                f"{', '.join(products)} (None for none)"
            )
    return asked


def check_columns(
    names: Sequence[str], stored: Sequence[str], entries: Collection[str]
) -> None:
    """Refuse a column that is not stored, or that a sample has by itself."""
    for name in names:
        if name in entries:
            raise InvalidInputError(
                f"columns: {name!r} is an entry that a sample has by itself; "
                "name other columns only"
            )
        if name not in stored:
            raise InvalidInputError(
                f"no column {name!r}; {close_name(name, stored)}the release "
                f"has {', '.join(stored)}"
            )
