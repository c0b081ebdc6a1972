"""Several methods on one command line: a place, or NAME=PLACE repeated."""

from pathlib import Path

import click


def named_places(
    place: Path | None, named: tuple[str, ...], option: str
) -> dict[str, Path]:
    """Return name -> place of every method, in the order given.

    Parameters
    ----------
    place
        A method without a name, which is called like its folder or file.
    named
        As typed: NAME=PLACE each.
    option
        Its name, for what is wrong.

    Raises
    ------
    click.UsageError
        If there is no method, a name or place is lacking, or a name comes twice.
    """
    pairs = [] if place is None else [(place.resolve().name, place)]
    for text in named:
        name, sign, path = text.partition("=")
        if not (name.strip() and sign and path):
            raise click.UsageError(f"{option} {text}: expected NAME=PLACE")
        pairs.append((name.strip(), Path(path)))
    if not pairs:
        raise click.UsageError(f"expected a place, or {option} NAME=PLACE")
    places = dict(pairs)
    if len(places) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise click.UsageError(f"found the name {twice} twice; name every method apart")
    return places
