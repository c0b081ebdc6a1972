"""Facts about image files whose names fit no layout, to help name them rightly."""

import re
from typing import Final

import numpy as np

from bratsfuse.anatomy import MODALITY_ALIASES
from bratsfuse.errors import RawDataError
from bratsfuse.raw.layout import RawTree
from bratsfuse.raw.read_case import LABEL_TOLERANCE
from bratsfuse.raw.volume_file import read_volume_file, times

_SHOWN: Final = 40
_MANY_LABELS: Final = 20


def describe(tree: RawTree) -> list[str]:
    """Return one line per image file: what it could be, and what it contains.

    Parameters
    ----------
    tree
        The files; at most 40 are read.
    """
    images = [path for path in tree.files if path.name != "dataset.json"]
    lines = []
    for path in images[:_SHOWN]:
        role = _role(path.name)
        try:
            lines.append(f"{path} ({role}): {_content(tree, path.as_posix())}")
        except RawDataError as problem:
            lines.append(f"{path} ({role}): {problem}")
    if len(images) > _SHOWN:
        lines.append(f"... and {len(images) - _SHOWN} more files")
    found = {_role(path.name) for path in images}
    missing = sorted(set(map(str, MODALITY_ALIASES.values())) - found)
    if missing:
        lines.append(f"no file looks like {', '.join(missing)}")
    return lines


def _role(name: str) -> str:
    words = re.split(r"[^a-z0-9]+", name.lower())
    for word in words:
        if word in MODALITY_ALIASES:
            return str(MODALITY_ALIASES[word])
    if any(part in name.lower() for part in ("seg", "mask", "truth", "label", "ot")):
        return "a mask?"
    return "unknown"


def _content(tree: RawTree, name: str) -> str:
    volume = read_volume_file(tree.root / name)
    data, source = volume.data, volume.source
    low, high = float(data.min()), float(data.max())
    text = (
        f"{source.dtype} {times(source.shape)}, {source.orientation}, "
        f"values {low:.9g} to {high:.9g}"
    )
    negative = int((data < 0).sum())
    if negative:
        text += f", {negative} negative"
    apart = float(np.abs(data - np.rint(data)).max())
    if 0 < apart < LABEL_TOLERANCE:
        text += f", integers but for {apart:.2g}"
    if apart < LABEL_TOLERANCE and high - low < _MANY_LABELS:
        values = np.unique(np.rint(data)).astype(int).tolist()
        text += f", labels {', '.join(map(str, values))}"
    return text
