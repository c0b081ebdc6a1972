"""The scores of a scene: of all its pixels, in regions of it, for each source alone."""

import functools
import math
from collections.abc import Callable, Iterator, Mapping, Sequence

from bratsfuse.errors import InvalidInputError
from bratsfuse.metrics._declared import declared
from bratsfuse.metrics.of_fusion._scene import Alone, NotApplicableError, Scene

LARGE = 2**22
"""The pixels from which an image is scored in strips: 2048 x 2048."""

Functions = Mapping[str, Callable[[Scene], float]]


def scores_of(
    scene: Scene, functions: Functions, names: Sequence[str] | None, suffix: str = ""
) -> Iterator[tuple[str, float]]:
    """Yield each score by key, then those of each source by key and its name.

    Parameters
    ----------
    scene
        What is scored.
    functions
        Key to a metric of a scene.
    names
        Of the sources; None leaves their own scores out.
    suffix
        Appended to every key: the name of a region.
    """
    for key, function in functions.items():
        yield f"{key}{suffix}", score(_within_memory(key, function, scene), scene)
    for key in functions if names is not None else ():
        of_each = declared("fusion")[key].per_source
        if of_each is None:
            continue
        values = _of_each_source(key, functions[key], of_each, scene)
        for name, value in zip(names or (), values, strict=True):
            yield f"{key}{suffix}_{name}", float(value)


def _of_each_source(
    key: str,
    function: Callable[[Scene], float],
    of_each: Callable[[Scene], Sequence[float]],
    scene: Scene,
) -> Sequence[float]:
    large = math.prod(scene.fused.shape) >= LARGE
    if large and isinstance(of_each, Alone):
        parts = [scene.alone(number) for number in range(len(scene.sources))]
        return [score(_within_memory(key, function, one), one) for one in parts]
    try:
        if large:
            from bratsfuse.metrics.in_strips import tiles

            found = tiles.TILES.get(key)
            if found and found.of_each:
                return found.of_each(tiles.sums_in_strips(key, found, scene))
            scene = tiles.released(scene)
        function(scene)  # refuses what has no value before parts of it do
        return of_each(scene)
    except NotApplicableError:
        return (math.nan,) * len(scene.sources)


def _within_memory(
    key: str, function: Callable[[Scene], float], scene: Scene
) -> Callable[[Scene], float]:
    """Return the function, in strips or with maps of its own if the scene is large."""
    if math.prod(scene.fused.shape) < LARGE:
        return function
    from bratsfuse.metrics.in_strips import tiles, whole

    metric = declared("fusion")[key]
    if function == metric.formula:
        if key in tiles.TILES:
            return functools.partial(tiles.value_in_strips, key, tiles.TILES[key])
        if key in whole.WHOLE:
            return whole.WHOLE[key]
    return lambda large: function(tiles.released(large))


def score(function: Callable[[Scene], float], scene: Scene) -> float:
    """Return a metric of a scene; NaN where its window does not fit the image."""
    try:
        return float(function(scene))
    except NotApplicableError:
        return math.nan


def checked_names(
    per_source: bool | Sequence[str], count: int, convention: str
) -> list[str] | None:
    """Return the names of the sources in keys; None where they are not asked for.

    Raises
    ------
    InvalidInputError
        If they are not one distinct name for each source, or the convention has no
        values of single sources.
    """
    if per_source is False:
        return None
    if convention != "bratsfuse":
        raise InvalidInputError(
            f"per_source: the convention {convention!r} prints no values of single "
            "sources; leave per_source out or use 'bratsfuse'"
        )
    if per_source is True:
        return [str(number) for number in range(1, count + 1)]
    names = [per_source] if isinstance(per_source, str) else list(per_source)
    right = all(isinstance(name, str) and name for name in names)
    if not right or len(names) != count or len(set(names)) != count:
        raise InvalidInputError(
            f"per_source: found {names}; expected {count} different names, one for "
            "each source in order, or True for their numbers"
        )
    return names
