"""Options that name something: a name that nothing has is wrong usage, at once.

The error of whatever knows the names is shown, with its suggestion. It is imported when
the option is given, not when the command is.
"""

import functools
from collections.abc import Callable
from typing import Any, TypeVar

import click

from bratsfuse.errors import BratsfuseError

Made = TypeVar("Made")
Callback = Callable[[click.Context, click.Parameter, Any], Any]


def checked(check: Callable[[Any], Any]) -> Callback:
    """Return a callback that passes on what `check` makes of a value that is given."""

    def callback(
        context: click.Context,
        parameter: click.Parameter,
        value: Any,  # noqa: ANN401  (of whatever type the option has)
    ) -> Any:  # noqa: ANN401
        if value is None or value in ("", ()):
            return value
        try:
            return check(value)
        except BratsfuseError as problem:
            raise click.BadParameter(str(problem), context, parameter) from problem

    return callback


def wrong_usage(make: Callable[..., Made]) -> Callable[..., Made]:
    """Return a function whose refusals of options are wrong usage."""

    @functools.wraps(make)
    def made(*args: Any, **options: Any) -> Made:  # noqa: ANN401  (its own)
        try:
            return make(*args, **options)
        except BratsfuseError as problem:
            raise click.UsageError(str(problem)) from problem

    return made


@checked
def preset(name: str) -> str:
    """Return the name of a lesion-wise preset as tables spell it."""
    from bratsfuse.metrics.of_segmentation import find_preset

    return find_preset(name).name


@checked
def coding(name: str) -> str:
    """Return the name of a label coding."""
    from bratsfuse.anatomy.codings import find_coding

    find_coding(name)
    return name


@checked
def challenge(name: str) -> str:
    """Return the name of a challenge as tables spell it."""
    from bratsfuse.folder_scores.challenge import check_challenge

    return check_challenge(name)


@checked
def layout(name: str) -> str:
    """Return the name of a dataset layout, or ``auto``."""
    if name == "auto":
        return name
    from bratsfuse.anatomy.codings import layout_of
    from bratsfuse.builders import BUILDERS

    BUILDERS[layout_of(name)]
    return name


@checked
def fusers(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names of fusion methods that can be used."""
    from bratsfuse.fusers import check

    check(names)
    return names


@checked
def one_split(name: str) -> str:
    """Return the name of a split to score: not all of them at once."""
    from bratsfuse.submission.expected import refuse_all_splits

    refuse_all_splits(name)
    return name


@checked
def regions(asked: Any) -> Any:  # noqa: ANN401  (a list or a map of them)
    """Return the regions asked for, known or of the user's own."""
    from bratsfuse.metrics.of_segmentation import check_regions

    check_regions(asked)
    return asked


@checked
def fusion_keys(keys: str | tuple[str, ...]) -> str | tuple[str, ...]:
    """Return keys of fusion metrics."""
    from bratsfuse.metrics.fusion import check_names

    check_names(keys)
    return keys


@checked
def segmentation_keys(keys: str | tuple[str, ...]) -> str | tuple[str, ...]:
    """Return keys of segmentation metrics."""
    from bratsfuse.metrics.of_segmentation import metrics_asked

    metrics_asked(keys)
    return keys
