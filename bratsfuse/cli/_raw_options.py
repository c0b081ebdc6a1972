"""Options of the commands that read raw volumes."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from bratsfuse.cli._checked import layout as checked_layout

Function = TypeVar("Function", bound=Callable[..., Any])


class RecipeOption(click.Option):
    """An option of a recipe's field, with the recipe's own default.

    The recipe is imported when the default is needed, not when the command is.
    """

    def get_default(self, ctx: click.Context, call: bool = True) -> Any:  # noqa: ANN401  (click's own signature)
        """Return the default as it would be typed."""
        from bratsfuse.release.recipe import Recipe

        value = getattr(Recipe(), str(self.name))
        if isinstance(value, tuple) and not self.multiple:
            return ",".join(map(str, value))
        return value


def raw_options(function: Function) -> Function:
    """Add the options that say how a raw folder is read."""
    for option in reversed(
        (
            click.option(
                "--layout",
                default="auto",
                show_default=True,
                callback=checked_layout,
                help="Dataset layout of the raw folder, if its names fit several.",
            ),
            click.option(
                "--name-mapping",
                "name_mappings",
                type=click.Path(exists=True, dir_okay=False, path_type=Path),
                multiple=True,
                help="Table that joins patients across releases; repeatable. "
                "Found by itself in or beside the raw folder.",
            ),
            click.option(
                "--clip-negatives",
                is_flag=True,
                help="Set negative intensities to 0 instead of refusing the case.",
            ),
            click.option(
                "--any-shape",
                is_flag=True,
                help="Take volumes of any shape; slices are padded to one size.",
            ),
            click.option(
                "--min-area",
                cls=RecipeOption,
                show_default=True,
                type=click.IntRange(min=1),
                help="Tumour pixels that a slice needs.",
            ),
            click.option(
                "--min-gap",
                cls=RecipeOption,
                show_default=True,
                type=click.IntRange(min=0),
                help="Slices left out between two chosen ones of a case.",
            ),
        )
    ):
        function = option(function)
    return function
