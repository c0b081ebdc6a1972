"""Releases of an earlier schema: the command that builds one again."""

import json
import re
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bratsfuse.errors import InvalidInputError
from bratsfuse.records import from_json
from bratsfuse.release.recipe import SPLITS, Recipe

_NAME = re.compile(r"[A-Za-z0-9_.-]{1,80}", re.ASCII)


def how_to_renew(content: Mapping[str, Any], release: Path) -> str:
    """Return how to build a release of schema 1 again, in the words of a message.

    Parameters
    ----------
    content
        Its manifest as JSON values, which nobody has checked.
    release
        Its folder.

    Returns
    -------
    str
        The whole command, but for the raw folder, which a release does not name. Where
        the content is not what schema 1 had, no more than the command's head.
    """
    options = [f"-o {shlex.quote(str(release))}", "--overwrite"]
    added: list[str] = []
    try:
        layout, recipe = content["source"]["layout"], _recipe(content["recipe"])
        withheld, added = list(content.get("withheld", ())), [*content.get("added", ())]
        if all(map(_NAME.fullmatch, [layout, *withheld, *added])):
            options += [f"--layout {layout}", *_options(recipe)]
            options += [f"--withhold-labels {split}" for split in withheld]
        else:
            added = []
    except (LookupError, TypeError, AttributeError, InvalidInputError):
        added = []
    then = f", then bratsfuse fuse for {', '.join(added)}" if added else ""
    return f"; build it again: bratsfuse build RAW {' '.join(options)}{then}"


def _recipe(values: Mapping[str, Any]) -> Recipe:
    split = [values["split"][name] for name in SPLITS]
    return from_json(Recipe, json.dumps({**values, "split": split}))


def _options(recipe: Recipe) -> list[str]:
    """Return the options of ``bratsfuse build`` that give a recipe."""
    default = Recipe()
    words: Mapping[str, str] = {
        "slices": f"--slices {recipe.slices}",
        "background_slices": f"--background-slices {recipe.background_slices}",
        "split": f"--split {','.join(map(str, recipe.split))}",
        "sources": f"--sources {','.join(recipe.sources)}",
        "fusers": " ".join(f"--fuser {name}" for name in recipe.fusers),
        "seed": f"--seed {recipe.seed}",
        "min_area": f"--min-area {recipe.min_area}",
        "min_gap": f"--min-gap {recipe.min_gap}",
        "clip_negatives": "--clip-negatives",
        "any_shape": "--any-shape",
    }
    return [
        text
        for name, text in words.items()
        if getattr(recipe, name) != getattr(default, name)
    ]
