"""Which prediction belongs to which reference, by the names of their files.

Names need not be equal: what all files of one place begin or end with, such as
``-seg`` or ``pred_``, is taken off where that lets more of them match. As little as
possible is taken off, and it is said. Two places never both lose numbers: the second
scan of a patient does not match the first.
"""

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from bratsfuse.folder_scores.places import Place
from bratsfuse.issues import Issue, error, note, warning
from bratsfuse.raw.affixes import JOINTS, same_start
from bratsfuse.wording import counted, some

Affix = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Matching:
    """The files of every case.

    Attributes
    ----------
    cases
        Case -> reference file and, by method, prediction file, None where there is
        none; sorted by case.
    reference_affix, affixes
        What was taken off both ends of the names: of the references, of each method.
    issues
        What has no partner, and what was taken off.
    """

    cases: Mapping[str, tuple[Path, Mapping[str, Path | None]]]
    reference_affix: Affix
    affixes: Mapping[str, Affix]
    issues: tuple[Issue, ...]


def match_cases(
    reference: Place, methods: Mapping[str, Place], *, allow_missing: bool = False
) -> Matching:
    """Return the files of every case, and what has no partner.

    Parameters
    ----------
    reference
        The references; each one is a case.
    methods
        Name -> its predictions.
    allow_missing
        Whether a case without a prediction is a warning; otherwise it is an error. A
        prediction without a reference is then left out, otherwise an error, too.
    """
    methods = {name: _named_alike(reference, one) for name, one in methods.items()}
    taken, chosen = _best(reference, methods)
    by_case = _stripped(reference, taken)
    found = {name: _stripped(place, chosen[name]) for name, place in methods.items()}
    places = [(reference, taken), *((one, chosen[n]) for n, one in methods.items())]
    issues = [*_told(places), *_same_files(reference, methods)]
    for name, files in found.items():
        place = str(methods[name].path)
        if not by_case.keys() & files.keys():
            told = (
                f"no name of it fits one of {reference.path}: found names such as "
                f"{some(list(methods[name].files), 2)}, expected names such as "
                f"{some(list(reference.files), 2)}; rename them, or give CSV lists "
                "with the columns case and path"
            )
            issues.append(error(place, "nothing-in-common", told))
            continue
        issues += _without_partner(name, place, by_case, files, allow_missing)
    cases = {
        case: (path, {name: files.get(case) for name, files in found.items()})
        for case, path in sorted(by_case.items())
    }
    return Matching(cases, taken, chosen, tuple(issues))


def _named_alike(reference: Place, place: Place) -> Place:
    """Return a place; a single file given beside a single file is of its case."""
    if not (reference.is_file and place.is_file):
        return place
    return replace(place, files={next(iter(reference.files)): place.path}, named=True)


def _without_partner(
    name: str,
    place: str,
    references: Iterable[str],
    predictions: Iterable[str],
    allow_missing: bool,
) -> Iterator[Issue]:
    for case in sorted(set(references) - set(predictions)):
        if allow_missing:
            told = f"has no prediction in {place}; counts as the worst of each metric"
            yield warning(f"{name} {case}", "no-prediction", told)
        else:
            told = (
                f"has no prediction in {place}; add it, or pass --allow-missing to "
                "count it as the worst of each metric"
            )
            yield error(f"{name} {case}", "no-prediction", told)
    for case in sorted(set(predictions) - set(references)):
        told = f"the prediction in {place} has no reference"
        if allow_missing:
            yield warning(f"{name} {case}", "no-reference", f"{told}; left out")
        else:
            advice = "add the reference, or pass --allow-missing to leave it out"
            yield error(f"{name} {case}", "no-reference", f"{told}; {advice}")


def _told(places: Iterable[tuple[Place, Affix]]) -> Iterator[Issue]:
    for place, affix in places:
        parts = [repr(part) for part in affix if part]
        if parts:
            told = f"{' and '.join(parts)} taken off every name to match the cases"
            yield note(str(place.path), "affix", told)


def _same_files(reference: Place, methods: Mapping[str, Place]) -> Iterator[Issue]:
    """Yield a warning of predictions that are the references themselves."""
    true = {path.resolve() for path in reference.files.values()}
    for name, place in methods.items():
        same = sum(path.resolve() in true for path in place.files.values())
        if same:
            told = (
                f"{counted(same, 'prediction')} of {len(place.files)} in {place.path} "
                "are the references themselves, and so perfect; check the paths"
            )
            yield warning(name, "same-files", told)


def _best(
    reference: Place, methods: Mapping[str, Place]
) -> tuple[Affix, dict[str, Affix]]:
    """Return what to take off, so that most names match and least is taken off."""
    candidates = {name: list(_affixes(place)) for name, place in methods.items()}
    sets = {
        (name, affix): set(_stripped(methods[name], affix))
        for name, affixes in candidates.items()
        for affix in affixes
    }
    best: tuple[Affix, dict[str, Affix]] = (("", ""), dict.fromkeys(methods, ("", "")))
    highest: tuple[int, int] | None = None
    for taken in _affixes(reference):
        names = set(_stripped(reference, taken))
        chosen, matched, length = {}, 0, _length(taken)
        for name, affixes in candidates.items():
            allowed = [one for one in affixes if not (_numbers(one) & _numbers(taken))]
            one = max(
                allowed,
                key=lambda a: (len(names & sets[name, a]), -_length(a)),
            )
            chosen[name] = one
            matched += len(names & sets[name, one])
            length += _length(one)
        if highest is None or (matched, -length) > highest:
            highest, best = (matched, -length), (taken, chosen)
    return best


def _length(affix: Affix) -> int:
    return len(affix[0]) + len(affix[1])


def _numbers(affix: Affix) -> bool:
    return re.search(r"\d", "".join(affix)) is not None


def _affixes(place: Place) -> Iterator[Affix]:
    """Yield what may be taken off the names of a place, nothing first."""
    if place.named:
        yield "", ""
        return
    stems = list(place.files)
    start = same_start(stems)
    end = same_start([stem[::-1] for stem in stems])[::-1]
    starts = ["", *(start[: i + 1] for i, c in enumerate(start) if c in JOINTS)]
    ends = ["", *(end[i:] for i, c in enumerate(end) if c in JOINTS)]
    shortest = min(map(len, stems))
    for affix in itertools.product(starts, ends):
        # A single name has everything in common with itself: numbers stay on it.
        if _length(affix) < shortest and not (len(stems) == 1 and _numbers(affix)):
            yield affix


def _stripped(place: Place, affix: Affix) -> dict[str, Path]:
    """Return case -> file, with both ends taken off the names."""
    start, end = affix
    return {
        stem[len(start) : len(stem) - len(end)]: path
        for stem, path in place.files.items()
    }
