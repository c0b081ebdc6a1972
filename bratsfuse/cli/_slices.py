"""The option ``--slices``."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

Function = TypeVar("Function", bound=Callable[..., Any])


def slices_option(function: Function) -> Function:
    """Add whether a report gets crops of all scored slices."""
    return click.option(
        "--slices",
        is_flag=True,
        help="Write crops of all scored slices beside the page, to look through: "
        "figures/slices. Only where labels are public.",
    )(function)
