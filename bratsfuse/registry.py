"""Names to objects, looked up in a package's own files first, then in entry points.

The file name is the name. Listing imports nothing; asking for a name imports one file.
"""

import importlib
import logging
import os
import pkgutil
import sys
from collections.abc import Callable, Iterator
from functools import cached_property, lru_cache
from types import ModuleType
from typing import TYPE_CHECKING, Generic, TypeVar, cast

from bratsfuse.errors import UnknownNameError
from bratsfuse.wording import suggestion

if TYPE_CHECKING:  # takes as long to import as all files of a package
    from importlib.metadata import EntryPoint, EntryPoints

T = TypeVar("T")

_LOG = logging.getLogger(__name__)


@lru_cache(maxsize=32)
def _installed(group: str, _state: tuple[tuple[str, int], ...]) -> "EntryPoints":
    """Return the entry points of a group, read once: it takes long, and loops ask."""
    from importlib.metadata import entry_points

    return entry_points(group=group)


def _state_of_path() -> tuple[tuple[str, int], ...]:
    """Return what changes when something is installed: a folder, or when it changed."""
    folders = [os.path.abspath(entry) for entry in sys.path]  # noqa: PTH100  (quick)
    return tuple((one, _changed(one)) for one in folders)


def _changed(folder: str) -> int:
    try:
        return os.stat(folder).st_mtime_ns  # noqa: PTH116
    except OSError:
        return 0


class BrokenEntryPointError(UnknownNameError):
    """A third party's entry point does not give the object that it promises."""


class Registry(Generic[T]):
    """The objects that the modules of a package and third parties offer by name.

    Parameters
    ----------
    package
        Dotted name of the package; each of its modules whose name does not start with
        an underscore is an entry.
    attribute
        The variable in such a module that contains the object.
    kind
        What the objects are, for messages.
    type_
        The class that entry points must give an instance of; None for any object.
    group
        The group of the entry points; by default it is named like the package.

    Notes
    -----
    A third party declares an entry point in the group. It may point to the module or to
    the object itself. A name of our own always wins. Hyphens may be written for
    underscores.
    """

    def __init__(
        self,
        package: str,
        *,
        attribute: str,
        kind: str,
        type_: type[T] | None = None,
        group: str | None = None,
    ) -> None:
        self._package = package
        self._attribute = attribute
        self._kind = kind
        self._type = type_
        self._group = group or package

    def own(self) -> frozenset[str]:
        """Return the names of the modules in the package itself."""
        return self._names

    @cached_property
    def _names(self) -> frozenset[str]:
        path = importlib.import_module(self._package).__path__
        names = (module.name for module in pkgutil.iter_modules(path))
        return frozenset(name for name in names if not name.startswith("_"))

    def __iter__(self) -> Iterator[str]:
        points = {point.name for point in self._points()}
        return iter(sorted(self.own() | points))

    def __getitem__(self, name: str) -> T:
        """Return the object of a name.

        Raises
        ------
        UnknownNameError
            If neither the package nor an entry point has the name, or the entry point
            is broken.
        """
        key = name.replace("-", "_")
        if key in self.own():
            module = importlib.import_module(f"{self._package}.{key}")
            return cast("T", getattr(module, self._attribute))
        for point in self._points():
            if point.name in (name, key):
                return self._loaded(point)
        raise UnknownNameError(self._unknown(name))

    def imported(
        self, place: str, convert: Callable[[object], object] = lambda found: found
    ) -> T:
        """Return the object at ``module:object``, for what nobody has registered.

        Parameters
        ----------
        place
            Where it is.
        convert
            Makes what the registry contains of what was found, where it can.

        Raises
        ------
        UnknownNameError
            If it cannot be imported, or is not what the registry contains.
        """
        from importlib.metadata import EntryPoint

        return self._loaded(EntryPoint(place, place, self._group), convert)

    def usable(self) -> Iterator[tuple[str, T]]:
        """Yield every name with its object; report and skip broken entry points.

        Asking for a broken one by its name is an error; that it is installed must not
        keep all others from work.
        """
        for name in self:
            try:
                found = self[name]
            except BrokenEntryPointError as error:
                _LOG.warning("%s; skipped", error)
            else:
                yield name, found

    def _points(self) -> "EntryPoints":
        return _installed(self._group, _state_of_path())

    def _loaded(
        self,
        point: "EntryPoint",
        convert: Callable[[object], object] = lambda found: found,
    ) -> T:
        try:
            found = point.load()
            if isinstance(found, ModuleType):
                found = getattr(found, self._attribute)
        except Exception as error:  # a third party's module may raise anything
            text = " ".join(str(error).split())
            reason = f"{type(error).__name__}: {text}" if text else type(error).__name__
            raise BrokenEntryPointError(self._broken(point, reason)) from error
        found = convert(getattr(found, self._attribute, found))
        if self._type is not None and not isinstance(found, self._type):
            reason = f"got {type(found).__name__}, expected {self._type.__name__}"
            raise BrokenEntryPointError(self._broken(point, reason))
        return cast("T", found)

    def _broken(self, point: "EntryPoint", reason: str) -> str:
        if point.name == point.value:
            return (
                f"{self._kind} {point.name!r} cannot be imported ({reason}); expected "
                "module:object, with the module in this folder or on PYTHONPATH"
            )
        origin = "an unknown distribution"
        if point.dist is not None:
            origin = f"{point.dist.name} {point.dist.version}"
        return (
            f"{self._kind} {point.name!r} cannot be loaded: entry point "
            f"{point.value} of {origin} ({reason}); update or uninstall it"
        )

    def _unknown(self, name: str) -> str:
        return f"unknown {self._kind} {name!r}; {suggestion(name, self)}"
