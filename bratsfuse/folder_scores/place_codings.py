"""What the labels of each place mean: as stated, or as a file beside them says."""

from collections.abc import Mapping
from dataclasses import dataclass

from bratsfuse.anatomy.codings import OURS, Coding, find_coding
from bratsfuse.errors import InvalidInputError, RawDataError
from bratsfuse.folder_scores.challenge import coding_of_files
from bratsfuse.folder_scores.places import Place
from bratsfuse.issues import Issue, note, warning
from bratsfuse.raw.coding_beside import DATASET_JSON, coding_beside


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceCodings:
    """What labels mean.

    Attributes
    ----------
    reference
        Those of the references; None is ours where nothing is ambiguous.
    methods
        Method -> those of its predictions, likewise.
    issues
        What was found out, and what had to be assumed.
    """

    reference: Coding | None
    methods: Mapping[str, Coding | None]
    issues: tuple[Issue, ...] = ()


def find_codings(
    reference: Place,
    places: Mapping[str, Place],
    *,
    coding: str | None,
    reference_coding: str | None,
    challenge: str = "",
) -> PlaceCodings:
    """Return what the labels of references and predictions mean.

    Parameters
    ----------
    reference, places
        Where the references lie, and the predictions of each method.
    coding
        Of the predictions, and of the references without another one; None for what
        lies beside them says, ``dataset.json`` of nnU-Net or ``bratsfuse.json``.
    reference_coding
        Of the references.
    challenge
        One of `segmentation.CHALLENGES`, or "". Masks of which nothing is said are
        coded as its files where those differ from ours: paediatric ones do.

    Raises
    ------
    InvalidInputError
        If a file beside masks does not say what labels mean, or says it of some only.
    UnknownNameError
        If there is no such coding.
    """
    stated = None if coding is None else find_coding(coding)
    told = stated if reference_coding is None else find_coding(reference_coding)
    asked = {"reference": (reference, told)}
    asked |= {f"predictions {name}": (place, stated) for name, place in places.items()}
    found = {
        where: said or _beside(place, reference=where == "reference")
        for where, (place, said) in asked.items()
    }
    issues = []
    files = coding_of_files(challenge) if challenge else None
    if files is not None and not files.is_ours:
        text = (
            f"labels are read as {files}, which the files of the challenge have; pass "
            f"--coding {OURS} for masks of a release"
        )
        for where, (place, _) in [*asked.items()]:
            if found[where] is None:
                found[where] = files
                issues.append(note(str(place.path), "coding-of-challenge", text))
                del asked[where]
    for where, (place, said) in asked.items():
        meant = found[where]
        if said is None and meant is not None:
            text = f"labels are read as {meant}, which a file beside the masks says"
            issues.append(note(str(place.path), "coding-beside", text))
    foreign = [one for one in found.values() if one is not None and not one.is_ours]
    for where, (place, _) in asked.items():
        if found[where] is None and foreign:
            option = "--reference-coding" if where == "reference" else "--coding"
            text = (
                f"nothing says what the labels mean: they are read as {OURS}, and "
                f"others as {foreign[0]}; pass {option} to be sure"
            )
            issues.append(warning(str(place.path), "coding-assumed", text))
    return PlaceCodings(
        reference=found["reference"],
        methods={name: found[f"predictions {name}"] for name in places},
        issues=tuple(issues),
    )


def _beside(place: Place, *, reference: bool) -> Coding | None:
    """Return what a file beside the masks of a place says; it has to say it of all."""
    option = "--reference-coding" if reference else "--coding"
    try:
        whole = coding_beside(place.path) if place.path.is_dir() else None
        if whole is not None:
            return whole
        folders = dict.fromkeys(path.parent for path in place.files.values())
        found = {folder: coding_beside(folder) for folder in folders}
    except RawDataError as problem:
        raise InvalidInputError(f"{problem}; or pass {option}") from problem
    kinds = {_labels(one): folder for folder, one in found.items()}
    if len(kinds) > 1:
        first, second = list(kinds.values())[:2]
        raise InvalidInputError(
            f"{place.path}: {DATASET_JSON} in, or its lack in, {first} and "
            f"{second} makes labels mean different things; pass {option}, or "
            "score them apart"
        )
    return next(iter(found.values()), None)


def _labels(coding: Coding | None) -> tuple[tuple[int, str], ...] | None:
    if coding is None:
        return None
    return tuple((value, str(label)) for value, label in sorted(coding.labels.items()))
