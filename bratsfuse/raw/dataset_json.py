"""What a ``dataset.json`` of nnU-Net or the Decathlon says of channels and labels."""

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from bratsfuse.anatomy import MODALITY_ALIASES, Label, Modality, Region
from bratsfuse.errors import RawDataError

_EXAMPLE: Final = (
    '{"channel_names": {"0": "T1", "1": "T1ce", "2": "T2", "3": "FLAIR"}, '
    '"labels": {"background": 0, "NCR": 1, "ED": 2, "ET": 3}}'
)

# A name in small letters and digits, without words that every sequence may carry.
_MODALITY_NAMES: Final[tuple[tuple[Modality, re.Pattern[str]], ...]] = (
    (Modality.FLAIR, re.compile(r"(?:t2)?flair|flairt2|t2f")),
    (Modality.T2, re.compile(r"t2w?")),
    (
        Modality.T1CE,
        re.compile(
            r"t1w?(?:c|ce|g|gd|gad|gado|gadolinium|km|post|with)*(?:contrast)?(?:enhanced)?"
            r"(?:gd|gad|gadolinium)?|(?:post|ce|gd|gadolinium)*(?:contrast)?(?:enhanced)?t1w?"
        ),
    ),
)
_T1: Final = re.compile(
    r"t1[nw]?|t1w?(?:native|pre|non|without)(?:contrast)?(?:enhanced)?"
    r"|(?:native|pre|non|without)(?:contrast)?(?:enhanced)?t1w?"
)
_IS_NUMBER: Final = re.compile(r"[0-9]{1,3}").fullmatch
_WORDS_OF_ALL: Final = re.compile(
    r"\b(?:mri?|image|imaging|scan|sequence|volume|axial|weighted|plus)\b"
)


def modality_named(name: str) -> Modality | None:
    """Return the modality that a name means, None if it is not certain.

    Examples
    --------
    >>> modality_named("T1-weighted Gd"), modality_named("T2-FLAIR")
    (<Modality.T1CE: 't1ce'>, <Modality.FLAIR: 'flair'>)
    >>> modality_named("T1 or T2"), modality_named("pre-contrast T1")
    (None, <Modality.T1: 't1'>)
    """
    words = _WORDS_OF_ALL.sub(" ", re.sub(r"[^a-z0-9]+", " ", name.lower()))
    plain = words.replace(" ", "").removeprefix("mri").replace("weighted", "")
    if plain in MODALITY_ALIASES:
        return MODALITY_ALIASES[plain]
    if _T1.fullmatch(plain):
        return Modality.T1
    for modality, pattern in _MODALITY_NAMES:
        if pattern.fullmatch(plain):
            return modality
    return None


def read_dataset_json(path: Path) -> dict[str, object]:
    """Return the content of a ``dataset.json``.

    Raises
    ------
    RawDataError
        If the file is not a JSON object.
    """
    if not path.exists():
        raise RawDataError(
            f"{path}: missing, and without it neither the channels nor the labels are "
            f"known; write it, for example {_EXAMPLE}"
        )
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as problem:
        raise RawDataError(
            f"{path}: not readable as JSON ({problem}); correct the file"
        ) from problem
    if not isinstance(content, dict):
        raise RawDataError(f"{path}: expected a JSON object")
    return content


def channel_order(content: Mapping[str, object], path: Path) -> tuple[Modality, ...]:
    """Return the modality of each channel as a ``dataset.json`` says.

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
        If the entry is missing, does not contain each of the four modalities once, or
        contains a name that is none of their aliases. The order is never guessed.
    """
    names = content.get("channel_names", content.get("modality"))
    if not isinstance(names, dict):
        raise RawDataError(
            f"{path}: neither channel_names nor modality; the channel order must be "
            'given, for example "channel_names": {"0": "FLAIR", "1": "T1w", ...}'
        )
    if not all(_IS_NUMBER(str(key)) for key in names):
        raise RawDataError(
            f"{path}: channels {', '.join(map(str, names))}; expected their numbers as "
            'keys, for example {"0": "FLAIR"}'
        )
    ordered = [str(names[key]) for key in sorted(names, key=int)]
    found = tuple(modality_named(name) for name in ordered)
    known = tuple(modality for modality in found if modality is not None)
    if len(known) != len(found) or sorted(known) != sorted(Modality):
        raise RawDataError(
            f"{path}: channels {', '.join(ordered)}; expected each of "
            "T1, T1ce (T1c, T1gd), T2 and FLAIR once"
        )
    return known


def label_coding(content: Mapping[str, object], path: Path) -> dict[int, Label]:
    """Return source value -> canonical label as the labels of a ``dataset.json`` say.

    Both forms of nnU-Net are read: one value per named tissue, and nested regions
    (whole tumour, tumour core, enhancing tumour) with the values of each.

    Raises
    ------
    RawDataError
        If a name speaks of no known tissue or region.
    """
    labels = content.get("labels")
    if not isinstance(labels, dict):
        raise RawDataError(f"{path}: no labels; the meaning of values must be given")
    pairs = list(_named_values(labels))
    if any(isinstance(value, list) and len(value) > 1 for _, value in pairs):
        return _region_coding(pairs, path)
    coding: dict[int, Label] = {}
    for name, value in pairs:
        number = _number(_listed(value)[0] if _listed(value) else None, path)
        if number:
            _code(coding, number, _tissue(name, path), path)
    return coding


def _code(coding: dict[int, Label], number: int, label: Label, path: Path) -> None:
    """Add a value to a coding that has no other meaning for it."""
    if coding.setdefault(number, label) is not label:
        raise RawDataError(
            f"{path}: value {number} is both {coding[number].name} and {label.name}; "
            "correct one"
        )


def _named_values(labels: Mapping[str, Any]) -> Iterable[tuple[str, Any]]:
    # nnU-Net v1 and the Decathlon write {"1": "edema"}, v2 writes {"edema": 1}.
    for key, value in labels.items():
        yield (str(value), int(key)) if _IS_NUMBER(key) else (key, value)


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


_NOT_ENHANCING: Final = re.compile("(non?|not|un|hypo|without)(contrast)?enh")
"""Names of tissue that a word before "enhancing" sets apart from enhancing tumour."""


def tissue_named(name: str) -> Label | None:
    """Return the tissue that a label's name means, None if it means none."""
    text = re.sub(r"[^a-z]", "", name.lower())
    if "edema" in text or "snfh" in text or text == "ed":
        return Label.ED
    if "necro" in text or text in ("ncr", "net", "ncrnet", "netc"):
        return Label.NCR
    if _NOT_ENHANCING.search(text):
        return Label.NCR
    if "enhanc" in text or text == "et":
        return Label.ET
    if "cavity" in text or text == "rc":
        return Label.RC
    return Label.CC if "cyst" in text or text == "cc" else None


def _tissue(name: str, path: Path) -> Label:
    label = tissue_named(name)
    if label is None:
        raise RawDataError(
            f"{path}: label {name!r} names no known tumour tissue; expected names such "
            "as NCR, NETC, edema, SNFH, enhancing, cavity, cyst"
        )
    return label


def _region_coding(pairs: Iterable[tuple[str, Any]], path: Path) -> dict[int, Label]:
    """Return the coding of nested regions, and of labels that lie outside of them."""
    regions: dict[str, set[int]] = {}
    others: dict[int, Label] = {}
    for name, value in pairs:
        values = {_number(v, path) for v in _listed(value)}
        if not values:
            raise RawDataError(
                f"{path}: region {name!r} has no values; expected those it is made of"
            )
        region = _region_name(name)
        if region is not None:
            regions[region] = values
        elif values != {0}:
            if len(values) > 1:
                raise RawDataError(
                    f"{path}: region {name!r} is not WT, TC or ET; expected one value"
                )
            _code(others, values.pop(), _tissue(name, path), path)
    if set(regions) != {"WT", "TC", "ET"}:
        raise RawDataError(f"{path}: expected the regions whole, core and enhancing")
    if not regions["ET"] <= regions["TC"] <= regions["WT"]:
        raise RawDataError(
            f"{path}: the regions are not nested; expected the values of the enhancing "
            "tumour among those of the core, and these among those of the whole tumour"
        )
    coding = dict.fromkeys(sorted(regions["WT"]), Label.ED)
    coding |= dict.fromkeys(sorted(regions["TC"]), Label.NCR)
    coding |= dict.fromkeys(sorted(regions["ET"]), Label.ET)
    for number, label in others.items():
        if coding.get(number, label) is not label and label in (Label.ED, Label.ET):
            raise RawDataError(
                f"{path}: value {number} is {label.name} by its own name and "
                f"{coding[number].name} by its regions; correct one"
            )
    return coding | others


def _region_name(name: str) -> str | None:
    text = re.sub(r"[^a-z]", "", name.lower())
    if _NOT_ENHANCING.search(text):
        return None
    if "whole" in text or text == "wt":
        return "WT"
    if ("core" in text and "necro" not in text) or text == "tc":
        return "TC"
    return "ET" if "enhanc" in text or text == "et" else None
