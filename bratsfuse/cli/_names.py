"""The name of something that a registry contains, as the value of an option."""

from typing import Any

import click
from click.shell_completion import CompletionItem

from bratsfuse.errors import UnknownNameError
from bratsfuse.registry import Registry


class RegisteredName(click.ParamType):  # type: ignore[type-arg]  # not yet in 8.1
    """A name of a registry: checked before any work, completed by shells.

    Parameters
    ----------
    registry
        Where it is looked up. Asking for a name imports one file.
    hyphens
        Whether names are shown with hyphens instead of underscores.
    """

    name = "name"

    def __init__(self, registry: Registry[Any], *, hyphens: bool = False) -> None:
        self._registry = registry
        self._hyphens = hyphens

    def get_metavar(
        self, param: click.Parameter, ctx: click.Context | None = None
    ) -> str:
        """Return our own names, as help shows choices."""
        return f"[{'|'.join(self._shown(self._registry.own()))}]"

    def convert(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> str:
        """Return the name, or refuse it with a suggestion as wrong usage."""
        try:
            self._registry[value]
        except UnknownNameError as problem:
            self.fail(str(problem), param, ctx)
        return value

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Return the names that begin so, third parties' included."""
        names = self._shown(self._registry)
        return [CompletionItem(name) for name in names if name.startswith(incomplete)]

    def _shown(self, names: Any) -> list[str]:  # noqa: ANN401  (any iterable of names)
        ordered = sorted(names)
        if self._hyphens:
            return [name.replace("_", "-") for name in ordered]
        return ordered
