"""Classical fusion methods: one file each, from N aligned 8-bit images to one.

To add one, add a file here with a `FUSER`; its name becomes the name of the method. A
third party declares an entry point in the group ``bratsfuse.fusers`` that points to a
module with a `FUSER`, or to a `bratsfuse.fusers.Fuser` itself. docs/fusers.md says what
each does, costs and promises.
"""

from collections.abc import Iterable
from typing import Final

from bratsfuse.arrays import Image, Images
from bratsfuse.fusers._fuser import Fuser
from bratsfuse.fusers._principal import principal_weights
from bratsfuse.fusers._pyramid import expand, reduce
from bratsfuse.registry import Registry

__all__ = [
    "FUSERS",
    "Fuser",
    "Image",
    "Images",
    "check",
    "expand",
    "fuser",
    "principal_weights",
    "reduce",
]

FUSERS: Final = Registry[Fuser](
    "bratsfuse.fusers", attribute="FUSER", kind="fuser", type_=Fuser
)
"""Name -> fusion method, of every file of this folder and every third party's."""


def fuser(name: str) -> Fuser:
    """Return the method of a name, with or without options such as ``weighted:2,1``.

    Raises
    ------
    UnknownNameError
        If there is none.
    InvalidInputError
        If it does not take these options.
    """
    plain, colon, options = name.partition(":")
    found = FUSERS[plain]
    return found.configured(plain, options) if colon else found


def check(names: Iterable[str]) -> None:
    """Refuse fusion methods that cannot work, before any work is done.

    Raises
    ------
    UnknownNameError
        If there is no fusion method of a name.
    MissingExtraError
        If an optional dependency is not installed.
    """
    for name in names:
        fuser(name).check_installed(name)
