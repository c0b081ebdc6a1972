"""The metrics that our files and the entry points of third parties declare."""

import functools
import logging
from collections.abc import Callable, Iterable
from typing import Final

from bratsfuse.metrics._metric import KINDS, Kind, Metric
from bratsfuse.registry import Registry

_LOG = logging.getLogger(__name__)

_GROUP: Final = "bratsfuse.metrics"

_REGISTRIES: Final = {
    kind: Registry[Metric](
        f"{_GROUP}.of_{kind}",
        attribute="METRIC",
        kind="metric",
        type_=Metric,
        group=_GROUP,
    )
    for kind in KINDS
}


NUMBERED: Final[dict[Kind, Callable[[str], Metric | None]]] = {}
"""Kind -> what makes the record of a key with a number in it; a chapter fills it."""


class Records(dict[str, Metric]):
    """Records by key; also of keys with a number in them, which nobody can list."""

    def __missing__(self, key: object) -> Metric:
        kind = next((one.kind for one in self.values()), None)
        numbered = NUMBERED.get(kind) if kind else None
        found = numbered(key) if numbered and isinstance(key, str) else None
        if found is None:
            raise KeyError(key)
        return found


@functools.cache
def declared(kind: Kind) -> Records:
    """Return the metrics of a kind by key, in the order in which tables show them.

    Third parties have one group of entry points for both kinds; the record says which
    it is. One that cannot be used is left out, with a warning.
    """
    ours = _ours(kind)
    taken = {key for other in KINDS for key in _REGISTRIES[other].own()}
    theirs = []
    for name, metric in _REGISTRIES[kind].usable():
        if name in ours or metric.kind != kind:
            continue
        if metric.key != name.replace("-", "_"):
            _LOG.warning("metric %r: its key is %r; skipped", name, metric.key)
        elif metric.key in taken:
            _LOG.warning("metric %r: bratsfuse has one of this key; skipped", name)
        else:
            theirs.append(metric)
    return _in_order([*ours.values(), *theirs])


def function_named(kind: Kind, name: str) -> Callable[..., float]:
    """Return the public function of a metric by its readable name.

    Raises
    ------
    AttributeError
        If no metric of the kind has such a function.
    """
    # Ours first: a third party's file may ask for them while it is being imported.
    for find in () if name.startswith("_") else (_ours, declared):
        for metric in find(kind).values():
            if metric.function.__name__ == name:
                return metric.function
    raise AttributeError(f"module '{_GROUP}.{kind}' has no attribute {name!r}")


def names_of(kind: Kind) -> set[str]:
    """Return the readable names of all metrics of a kind."""
    return {metric.function.__name__ for metric in declared(kind).values()}


@functools.cache
def _ours(kind: Kind) -> Records:
    registry = _REGISTRIES[kind]
    return _in_order(registry[name] for name in registry.own())


def _in_order(metrics: Iterable[Metric]) -> Records:
    ordered = sorted(metrics, key=lambda metric: (metric.order, metric.key))
    return Records((metric.key, metric) for metric in ordered)
