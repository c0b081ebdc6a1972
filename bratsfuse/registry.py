"""Names to objects, looked up in a package's own files first, then in entry points.

The file name is the name. Listing imports nothing; asking for a name imports one file.
"""

import importlib
import pkgutil
from collections.abc import Iterator
from difflib import get_close_matches
from importlib.metadata import entry_points
from typing import Generic, TypeVar, cast

from bratsfuse.errors import UnknownNameError

T = TypeVar("T")


class Registry(Generic[T]):
    """The objects that the modules of a package and third parties offer by name.

    Parameters
    ----------
    package
        Dotted name of the package; each of its modules whose name does not start with
        an underscore is an entry.
    attribute
        The variable in such a module that holds the object.
    kind
        What the objects are, for messages.

    Notes
    -----
    A third party declares an entry point in the group named like the package. It may
    point to the module or to the object itself. A name of our own always wins. Hyphens
    may be written for underscores.
    """

    def __init__(self, package: str, *, attribute: str, kind: str) -> None:
        self._package = package
        self._attribute = attribute
        self._kind = kind

    def _own(self) -> set[str]:
        path = importlib.import_module(self._package).__path__
        names = (module.name for module in pkgutil.iter_modules(path))
        return {name for name in names if not name.startswith("_")}

    def __iter__(self) -> Iterator[str]:
        points = {point.name for point in entry_points(group=self._package)}
        return iter(sorted(self._own() | points))

    def __getitem__(self, name: str) -> T:
        """Return the object of a name.

        Raises
        ------
        UnknownNameError
            If neither the package nor an entry point has the name.
        """
        key = name.replace("-", "_")
        if key in self._own():
            module = importlib.import_module(f"{self._package}.{key}")
            return cast("T", getattr(module, self._attribute))
        for point in entry_points(group=self._package):
            if point.name in (name, key):
                found = point.load()
                return cast("T", getattr(found, self._attribute, found))
        raise UnknownNameError(self._unknown(name))

    def _unknown(self, name: str) -> str:
        known = list(self)
        close = get_close_matches(name, known, n=1)
        hint = f"did you mean {close[0]!r}?" if close else f"known: {', '.join(known)}"
        return f"unknown {self._kind} {name!r}; {hint}"
