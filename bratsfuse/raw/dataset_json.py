"""What a ``dataset.json`` of nnU-Net or the Decathlon says of channels and labels."""

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from bratsfuse.anatomy import MODALITY_ALIASES, Label, Modality, Region
from bratsfuse.errors import RawDataError


def read_dataset_json(path: Path) -> dict[str, object]:
    """Return the content of a ``dataset.json``.

    Raises
    ------
    RawDataError
        If the file is not a JSON object.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as problem:
        raise RawDataError(f"{path}: not readable as JSON ({problem})") from problem
    if not isinstance(content, dict):
        raise RawDataError(f"{path}: expected a JSON object")
    return content


def channel_order(content: Mapping[str, object], path: Path) -> tuple[Modality, ...]:
    """Return the modality of each channel as a ``dataset.json`` tells.

    Parameters
    ----------
    content
        The JSON object; ``channel_names`` (nnU-Net v2) or ``modality`` (v1 and the
        Decathlon) maps channel numbers to names.
    path
        Where it came from, for messages.

    Raises
    ------
    RawDataError
        If the entry is missing, does not hold each of the four modalities once, or
        holds a name that is none of their aliases. The order is never guessed.
    """
    names = content.get("channel_names", content.get("modality"))
    if not isinstance(names, dict):
        raise RawDataError(
            f"{path}: neither channel_names nor modality; the channel order must be "
            'told, for example "channel_names": {"0": "FLAIR", "1": "T1w", ...}'
        )
    if not all(str(key).isdigit() for key in names):
        raise RawDataError(
            f"{path}: channels {', '.join(map(str, names))}; expected their numbers as "
            'keys, for example {"0": "FLAIR"}'
        )
    ordered = [str(names[key]) for key in sorted(names, key=int)]
    found = tuple(MODALITY_ALIASES.get(_plain(name)) for name in ordered)
    known = tuple(modality for modality in found if modality is not None)
    if len(known) != len(found) or sorted(known) != sorted(Modality):
        raise RawDataError(
            f"{path}: channels {', '.join(ordered)}; expected each of "
            "T1, T1ce (T1c, T1gd), T2 and FLAIR once"
        )
    return known


def _plain(name: str) -> str:
    """Return a modality name without case, blanks and the ``mri_`` of some copies."""
    return re.sub(r"[^a-z0-9]", "", name.lower()).removeprefix("mri")


def label_coding(content: Mapping[str, object], path: Path) -> dict[int, Label]:
    """Return source value -> canonical label as the labels of a ``dataset.json`` tell.

    Both forms of nnU-Net are read: one value per named tissue, and nested regions
    (whole tumour, tumour core, enhancing tumour) with the values of each.

    Raises
    ------
    RawDataError
        If a name speaks of no known tissue or region.
    """
    labels = content.get("labels")
    if not isinstance(labels, dict):
        raise RawDataError(f"{path}: no labels; the meaning of values must be told")
    pairs = dict(_named_values(labels))
    if any(isinstance(value, list) and len(value) > 1 for value in pairs.values()):
        return _region_coding(pairs, path)
    coding = {}
    for name, value in pairs.items():
        number = _number(_listed(value)[0] if _listed(value) else None, path)
        if number:
            coding[number] = _tissue(name, path)
    return coding


def _named_values(labels: Mapping[str, Any]) -> Iterable[tuple[str, Any]]:
    # nnU-Net v1 and the Decathlon write {"1": "edema"}, v2 writes {"edema": 1}.
    for key, value in labels.items():
        yield (str(value), int(key)) if key.isdigit() else (key, value)


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]


def _number(value: object, path: Path) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 256:
        raise RawDataError(f"{path}: label value {value!r}; expected a whole number")
    return value


def expressed_regions(labels: Mapping[int, Label]) -> tuple[Region, ...]:
    """Return the regions that a label coding can express.

    The enhancing tumour needs a label of its own, the core one inside it, the whole
    tumour also the oedema.
    """
    known = set(labels.values())
    expressed = {
        Region.WT: Label.ED in known,
        Region.TC: bool(known & {Label.NCR, Label.ET}),
        Region.ET: Label.ET in known,
    }
    return tuple(region for region, yes in expressed.items() if yes)


def _tissue(name: str, path: Path) -> Label:
    text = re.sub(r"[^a-z]", "", name.lower())
    if "edema" in text or "snfh" in text or text == "ed":
        return Label.ED
    if "necro" in text or "nonenh" in text or text in ("ncr", "net", "ncrnet", "netc"):
        return Label.NCR
    if "enhanc" in text or text == "et":
        return Label.ET
    if "cavity" in text or text == "rc":
        return Label.RC
    if "cyst" in text or text == "cc":
        return Label.CC
    raise RawDataError(f"{path}: label {name!r} names no known tumour tissue")


def _region_coding(pairs: Mapping[str, Any], path: Path) -> dict[int, Label]:
    regions: dict[str, set[int]] = {}
    for name, value in pairs.items():
        text = re.sub(r"[^a-z]", "", name.lower())
        values = {_number(v, path) for v in _listed(value)}
        if not values:
            raise RawDataError(f"{path}: region {name!r} has no values")
        if "whole" in text or text == "wt":
            regions["WT"] = values
        elif "core" in text or text == "tc":
            regions["TC"] = values
        elif "enhanc" in text or text == "et":
            regions["ET"] = values
        elif values != {0}:
            raise RawDataError(f"{path}: region {name!r} is not WT, TC or ET")
    if set(regions) != {"WT", "TC", "ET"}:
        raise RawDataError(f"{path}: expected the regions whole, core and enhancing")
    coding = dict.fromkeys(sorted(regions["WT"]), Label.ED)
    coding |= dict.fromkeys(sorted(regions["TC"]), Label.NCR)
    coding |= dict.fromkeys(sorted(regions["ET"]), Label.ET)
    return coding
