"""The option ``--slices``, and where crops are until their report is written."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
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


@contextmanager
def room_for_slices(output: Path, *, asked: bool) -> Iterator[Path | None]:
    """Yield an empty folder beside a report that is gone afterwards, if asked for."""
    if not asked:
        yield None
        return
    from bratsfuse.place import workplace
    from bratsfuse.report.write import REPORT

    place = output.absolute()
    with workplace(place.with_name(f"{place.name}.slices"), REPORT) as folder:
        yield folder
