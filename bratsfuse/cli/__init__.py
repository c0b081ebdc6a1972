"""The command line: one file per command, named like it.

A command parses, calls one function of the package and prints. Nothing heavy is
imported before a command runs, so that ``bratsfuse --help`` answers at once.
"""

import functools
import importlib
import os
from typing import TYPE_CHECKING, cast

import click

from bratsfuse import __version__
from bratsfuse.cli._failures import FailingInOneLine

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


class CommandFiles(FailingInOneLine, click.Group):
    """A group whose commands are the modules of this package."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the commands, sorted."""
        return list(_files())

    def format_commands(
        self, ctx: click.Context, formatter: click.HelpFormatter
    ) -> None:
        """Write what every command does, without importing it."""
        with formatter.section("Commands"):
            lines = [(name, self._line(ctx, name)) for name in self.list_commands(ctx)]
            formatter.write_dl(lines)

    def shell_complete(
        self, ctx: click.Context, incomplete: str
    ) -> "list[CompletionItem]":
        """Return the commands and options that begin so; no command is imported."""
        from click.shell_completion import CompletionItem

        commands = [
            CompletionItem(name, help=self._line(ctx, name))
            for name in self.list_commands(ctx)
            if name.startswith(incomplete)
        ]
        return [*commands, *click.Command.shell_complete(self, ctx, incomplete)]

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that words begin with, and the other words.

        A misspelt name gets a suggestion; addresses become paths of their copies.
        """
        name = args[0]
        if self.get_command(ctx, name) is None and not name.startswith("-"):
            from bratsfuse.wording import did_you_mean

            hint = did_you_mean(name, self.list_commands(ctx))
            advice = hint or "bratsfuse --help lists all"
            ctx.fail(f"no command {name!r}; {advice}")
        found, command, words = super().resolve_command(ctx, args)
        if command is not None and any("://" in word for word in words):
            from bratsfuse.cli._elsewhere import with_copies

            command, words = with_copies(command, words)
        return found, command, words

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command of a name; only its module is imported."""
        if cmd_name not in _files():
            return None
        file_name = cmd_name.replace("-", "_")
        module = importlib.import_module(f"{__name__}.{file_name}")
        return cast("click.Command", module.command)

    def _line(self, ctx: click.Context, name: str) -> str:
        """Return what a command does: the first line of its file has it."""
        with open(_files()[name], encoding="utf-8") as file:  # noqa: PTH123  (as below)
            _, _, text = file.readline().strip().strip('"').partition("``: ")
        command = None if text else self.get_command(ctx, name)
        return command.get_short_help_str() if command else text.rstrip(".")


@functools.cache
def _files() -> dict[str, str]:
    """Return command -> its file, sorted."""
    files = {
        name[:-3].replace("_", "-"): f"{folder}/{name}"
        for folder in __path__
        for name in os.listdir(folder)  # noqa: PTH208  (pathlib is slow to import)
        if name.endswith(".py") and not name.startswith("_")
    }
    return dict(sorted(files.items()))


@click.group(cls=CommandFiles, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="bratsfuse")
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
def main(debug: bool) -> None:
    """Paired BraTS slices for image fusion and segmentation.

    \b
    Examples:
      bratsfuse demo                             everything, on synthetic cases
      bratsfuse inspect BraTS2021                what a raw folder contains
      bratsfuse build BraTS2021 -o release       2040 slice sets, split by patient

    Exit status: 0 done, 1 input refused or check failed, 2 wrong usage.
    """
