"""The metrics that our files and the entry points of third parties declare."""

import functools
import logging
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


@functools.cache
def declared(kind: Kind) -> dict[str, Metric]:
    """Return the metrics of a kind by key, in the order in which tables show them.

    Third parties have one group of entry points for both kinds; the record says which
    it is. One that cannot be used is left out, with a warning.
    """
    taken = set().union(
        *(registry.own() for other, registry in _REGISTRIES.items() if other != kind)
    )
    found = []
    for name, metric in _REGISTRIES[kind].usable():
        if metric.kind != kind:
            continue
        if metric.key != name.replace("-", "_") or metric.key in taken:
            reason = "is not its name" if metric.key not in taken else "is one of ours"
            _LOG.warning("metric %r: its key %r %s; skipped", name, metric.key, reason)
            continue
        found.append(metric)
    return {one.key: one for one in sorted(found, key=lambda one: (one.order, one.key))}
