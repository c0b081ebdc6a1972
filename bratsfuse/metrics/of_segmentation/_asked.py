"""Which segmentation metrics are asked for."""

from collections.abc import Iterable

from bratsfuse.errors import InvalidInputError
from bratsfuse.metrics._declared import NUMBERED, declared
from bratsfuse.metrics._metric import Metric
from bratsfuse.metrics.of_segmentation._tolerances import PATTERNS, metric_of
from bratsfuse.wording import did_you_mean

NUMBERED["segmentation"] = metric_of


def default_keys() -> tuple[str, ...]:
    """Return the keys that are scored unasked, and that a report has."""
    return tuple(
        key for key, one in declared("segmentation").items() if not one.on_request
    )


def metrics_asked(metrics: Iterable[str] | None) -> list[Metric]:
    """Return the metrics asked for, in order and without repetition.

    Raises
    ------
    InvalidInputError
        If a key is unknown, or there is none.
    """
    known = declared("segmentation")
    if metrics is None or (isinstance(metrics, str) and metrics == "all"):
        return [one for one in known.values() if metrics or not one.on_request]
    keys = dict.fromkeys([metrics] if isinstance(metrics, str) else metrics)
    unknown = [key for key in keys if key not in known and not metric_of(str(key))]
    if unknown or not keys:
        meant = did_you_mean(str(unknown[0]), known) if unknown else ""
        raise InvalidInputError(
            f"metrics: found {unknown or 'none'}, expected keys out of "
            f"{', '.join(known)}, {PATTERNS}; "
            f"{meant or 'leave the argument out for the default'}"
        )
    return [known[key] for key in keys]
