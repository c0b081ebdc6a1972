"""Values of options that are more than a word or a number."""

from pathlib import Path

import click

from bratsfuse.anatomy import MODALITY_ALIASES, Modality


def shares(
    _context: click.Context, _parameter: click.Parameter, text: str
) -> tuple[float, float, float] | Path:
    """Return the three shares that a text such as 0.7,0.1,0.2 spells, or a file."""
    if Path(text).is_file():
        return Path(text)
    try:
        train, validation, test = (float(part) for part in text.split(","))
    except ValueError as problem:
        raise click.BadParameter(
            f"{text!r}; expected three numbers such as 0.7,0.1,0.2, or a JSON file of "
            "splits that exists"
        ) from problem
    return train, validation, test


def splits(
    _context: click.Context, _parameter: click.Parameter, texts: tuple[str, ...]
) -> tuple[str, ...]:
    """Return the splits that texts such as test or validation,test name, each once."""
    from bratsfuse.release.recipe import SPLITS

    names = [part.strip() for text in texts for part in text.split(",")]
    for name in names:
        if name not in SPLITS:
            raise click.BadParameter(f"{name!r}; expected some of {','.join(SPLITS)}")
    return tuple(name for name in SPLITS if name in names)


def modalities(
    _context: click.Context, _parameter: click.Parameter, text: str
) -> tuple[Modality, ...]:
    """Return the modalities that a text such as t1ce,flair names."""
    try:
        return tuple(MODALITY_ALIASES[part.strip().lower()] for part in text.split(","))
    except KeyError as problem:
        raise click.BadParameter(
            f"{text!r}; expected some of {','.join(Modality)}"
        ) from problem
