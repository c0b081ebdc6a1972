"""What the values of predicted masks mean: their coding, named or found out."""

from collections.abc import Collection
from typing import Final

from bratsfuse.anatomy import Label
from bratsfuse.anatomy.codings import OURS, Coding, ambiguity, find_coding
from bratsfuse.builders import BUILDERS
from bratsfuse.errors import InvalidInputError
from bratsfuse.release.manifest_parts import SourceRelease
from bratsfuse.wording import some

_SAYS_ITSELF: Final = "nnunet"
"""The layout whose copies say in a ``dataset.json`` of their own what labels mean."""

_SHOWN: Final = 4


_OWN: Final = find_coding(OURS)


def coding_named(name: str, source: SourceRelease) -> Coding:
    """Return the coding of a name.

    Parameters
    ----------
    name
        ``bratsfuse``, or the name of a dataset layout, with hyphens or underscores.
    source
        Of the release. Its own layout's name means the coding that the build found.

    Raises
    ------
    UnknownNameError
        If there is no such coding, with one that may have been meant.
    """
    if name.strip().replace("-", "_") == source.layout:
        return _of_source(source)
    return find_coding(name.strip())


def coding_of(values: Collection[int], source: SourceRelease) -> Coding:
    """Return the coding of masks that nobody has named: ours, if it is certain.

    Parameters
    ----------
    values
        All values that the masks have.
    source
        Of the release: masks may be coded as its raw data.

    Raises
    ------
    InvalidInputError
        If they contain values that are no labels of ours, if they could be coded as
        the raw data of the release, in which they mean something else, or if they
        are ambiguous, which 4 without 3 is.
    """
    own, raw = _OWN, _of_source(source)
    found = {*values} - {0}
    shown = ", ".join(map(str, sorted(found)))
    if not found <= set(map(int, source.labels)):
        allowed = ", ".join(str(int(label)) for label in sorted(source.labels))
        raise InvalidInputError(
            f"the masks contain {shown}, the release has {allowed}; "
            f"{how_to_name(values, source)}"
        )
    if found <= set(raw.labels) and any(
        raw.labels[value] is not own.labels[value] for value in found
    ):
        raise InvalidInputError(
            f"the masks contain {shown}, which mean one thing in {own} and another in "
            f"{raw}; say which: --coding {OURS} or --coding {raw.name}"
        )
    if doubt := ambiguity(found, "--coding {}"):
        raise InvalidInputError(f"the masks contain {shown}; {doubt}")
    return own


def how_to_name(values: Collection[int], source: SourceRelease) -> str:
    """Return what to do about masks with these values, such as which coding to name.

    The coding of the release's raw data comes first: predictions are mostly of it.
    """
    found = {*values} - {0}
    fitting = [_of_source(source)] if found <= set(_of_source(source).labels) else []
    if not fitting:
        fitting = [
            Coding(name, layout.label_map)
            for name, layout in BUILDERS.usable()
            if found <= set(layout.label_map) and name != _SAYS_ITSELF
        ]
    names = [
        one.name
        for one in fitting
        if {one.labels[value] for value in found} <= source.labels
    ]
    if not names:
        return "no known coding has these: relabel the masks, 1 NCR/NET, 2 ED, 3 ET"
    options = " or ".join(f"--coding {name}" for name in names[:_SHOWN])
    return f"these are labels of {some(names, _SHOWN)}: pass {options}"


def _of_source(source: SourceRelease) -> Coding:
    labels = {int(value): Label[name] for value, name in source.label_map.items()}
    return Coding(source.layout, labels)
