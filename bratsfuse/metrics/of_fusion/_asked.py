"""Which fusion metrics are asked for, and by whose definitions."""

import importlib
from collections.abc import Callable, Iterable, Sequence
from types import ModuleType
from typing import Literal, get_args

import numpy as np

from bratsfuse.errors import InvalidInputError, UnknownNameError
from bratsfuse.metrics._declared import declared
from bratsfuse.metrics._metric import Metric
from bratsfuse.metrics.of_fusion._scene import Scene
from bratsfuse.wording import did_you_mean, suggestion

Convention = Literal["bratsfuse", "cddfuse", "linfeng-tang", "vifb"]


def default_keys() -> tuple[str, ...]:
    """Return the keys that a report shows."""
    return tuple(key for key, one in declared("fusion").items() if one.headline)


def functions_of(
    metrics: str | Sequence[str] | None, convention: Convention
) -> dict[str, Callable[[Scene], float]]:
    """Return each metric asked for as a function of a scene, under a convention.

    Raises
    ------
    InvalidInputError
        If the convention lacks a metric.
    UnknownNameError
        If a key or the convention is unknown.
    """
    known = declared("fusion")
    functions: dict[str, Callable[[Scene], float]]
    if convention == "bratsfuse":
        functions = {key: _of_scene(metric) for key, metric in known.items()}
    elif convention in get_args(Convention):
        functions = dict(_printed_by(convention).FUNCTIONS)
    else:
        raise UnknownNameError(_unknown(convention))
    if metrics is None:
        return {key: functions[key] for key in default_keys() if key in functions}
    if isinstance(metrics, str):
        if metrics == "all":
            return functions
        metrics = [metrics]
    several = isinstance(metrics, Iterable)
    if not several or not all(isinstance(key, str) for key in metrics):
        raise InvalidInputError(
            f"metrics: found {type(metrics).__name__}, expected keys such as ['mi', "
            "'vif']; sources are one argument, both together: evaluate((a, b), fused)"
        )
    for key in metrics:
        if key not in known:
            told = suggestion(key, known)
            raise UnknownNameError(f"unknown fusion metric {key!r}; {told}")
        if key not in functions:
            raise InvalidInputError(
                f"metrics: the convention {convention!r} has no {key!r}; it has "
                f"{' '.join(functions)}; ask for those or use 'bratsfuse'"
            )
    return {key: functions[key] for key in metrics}


def _unknown(convention: str) -> str:
    known = get_args(Convention)
    hint = did_you_mean(convention, known) or "bratsfuse is the default"
    expected = " or ".join(map(repr, known))
    return f"unknown convention {convention!r}; expected {expected}; {hint}"


def _of_scene(metric: Metric) -> Callable[[Scene], float]:
    """Return a metric as a function of a scene, whether it knows scenes or arrays."""
    if metric.shared is not None:
        return metric.score

    def of_arrays(scene: Scene) -> float:
        sources = np.stack([source.grey for source in scene.sources])
        return metric.score(sources, scene.fused.grey.copy(), inside=scene.inside)

    return of_arrays


def _printed_by(convention: str) -> ModuleType:
    """Return the module of what a toolbox prints, with ``FUNCTIONS`` and ``UNITS``."""
    name = convention.replace("-", "_")
    return importlib.import_module(f"bratsfuse.metrics.of_fusion._{name}")


def unit_of(key: str, convention: Convention = "bratsfuse") -> str:
    """Return the unit of a metric under a convention; ``""`` for a pure number."""
    if convention != "bratsfuse":
        units: dict[str, str] = _printed_by(convention).UNITS
        if key in units:
            return units[key]
    return declared("fusion")[key].unit
