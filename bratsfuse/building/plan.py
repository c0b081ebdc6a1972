"""The choice of slices: case statistics in, the exact slices of every split out.

A pure function: no files, no clock, no order of arrival. It alone decides which slice
sets a release contains.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from bratsfuse.building.survey import Survey
from bratsfuse.errors import InvalidInputError
from bratsfuse.issues import Issue
from bratsfuse.records import Case
from bratsfuse.release.recipe import MIN_BRAIN_AREA, SPLITS, Recipe
from bratsfuse.release.splits import (
    assign,
    patient_position,
    quotas,
    round_robin,
)


@dataclass(frozen=True, slots=True)
class Plan:
    """The slices of a release.

    Attributes
    ----------
    slices
        Split -> case id -> chosen slices in ascending order; cases sorted by id,
        cases without a chosen slice left out, splits without a share left out.
    split_of
        Patient -> split, for every patient with usable slices.
    issues
        Patients that had to move.
    total
        Slice sets in all splits.
    """

    slices: Mapping[str, Mapping[str, tuple[int, ...]]]
    split_of: Mapping[str, str]
    issues: tuple[Issue, ...]
    total: int


def plan_slices(
    cases: Sequence[Case],
    surveys: Mapping[str, Survey],
    recipe: Recipe,
    *,
    allow_fewer: bool = False,
) -> Plan:
    """Return the slices of every split, exactly as many as the recipe asks for.

    Parameters
    ----------
    cases
        The usable cases.
    surveys
        Case id -> case statistics.
    recipe
        The choices.
    allow_fewer
        Whether to take as many as there can be, in the same proportions, where the
        cases do not contain enough.

    Raises
    ------
    InvalidInputError
        If there are fewer than three patients with usable slices, or the cases do not
        contain enough slices and `allow_fewer` is false; the message says how many
        there can be.
    """
    tumour = {
        case.id: surveys[case.id].tumour_slices(recipe.min_area, recipe.min_gap)
        for case in cases
    }
    background = {
        case.id: _background(surveys[case.id], recipe, tumour[case.id])
        for case in cases
    }
    taking_part = [case for case in cases if tumour[case.id] or background[case.id]]
    patients = {case.patient for case in taking_part}
    assignment = assign(patients, recipe)
    shares = assignment.shares
    members = {
        name: _ordered(taking_part, assignment.split_of, name, recipe.seed)
        for name in SPLITS
    }
    capacity = [
        (_count(tumour, members[name]), _count(background, members[name]))
        for name in SPLITS
    ]
    backgrounds = _background_total(recipe, shares, capacity, allow_fewer=allow_fewer)
    possible = replace(recipe, background_slices=backgrounds)
    total = _total(possible, shares, capacity, allow_fewer=allow_fewer)
    slices = {}
    for name, quota, without in zip(
        SPLITS,
        quotas(total, shares),
        quotas(backgrounds, shares),
        strict=True,
    ):
        picks = [
            *round_robin(_of(tumour, members[name]), quota - without),
            *round_robin(_of(background, members[name]), without),
        ]
        if picks:
            slices[name] = _by_case(picks)
    return Plan(slices, assignment.split_of, assignment.moves, total)


def _background(survey: Survey, recipe: Recipe, tumour: Sequence[int]) -> list[int]:
    if not recipe.background_slices:
        return []
    return survey.background_slices(MIN_BRAIN_AREA, recipe.min_gap, tumour)


def _ordered(
    cases: Sequence[Case], split_of: Mapping[str, str], split: str, seed: int
) -> list[str]:
    """Return a split's cases in the order in which they take turns.

    The order is the patients' hash, so that the names of cases decide nothing.
    """
    members = [case for case in cases if split_of[case.patient] == split]
    members.sort(key=lambda case: (patient_position(case.patient, seed), case.id))
    return [case.id for case in members]


def _of(
    ranked: Mapping[str, Sequence[int]], members: Sequence[str]
) -> dict[str, Sequence[int]]:
    return {case: ranked[case] for case in members}


def _count(ranked: Mapping[str, Sequence[int]], members: Sequence[str]) -> int:
    return sum(len(ranked[case]) for case in members)


def _background_total(
    recipe: Recipe,
    shares: Sequence[Fraction],
    capacity: Sequence[tuple[int, int]],
    *,
    allow_fewer: bool,
) -> int:
    """Return how many slice sets without tumour to take."""
    most = recipe.background_slices
    while any(
        quota > held
        for quota, (_, held) in zip(quotas(most, shares), capacity, strict=True)
    ):
        most -= 1
    if most < recipe.background_slices and not allow_fewer:
        raise InvalidInputError(
            f"the cases contain {most} slice sets without tumour in these proportions, "
            f"{recipe.background_slices} were asked for; ask for --background-slices "
            f"{most}, or pass --allow-fewer"
        )
    return most


def _total(
    recipe: Recipe,
    shares: Sequence[Fraction],
    capacity: Sequence[tuple[int, int]],
    *,
    allow_fewer: bool,
) -> int:
    """Return how many slice sets to take, at most what the recipe asks for."""
    if _fits(recipe.slices, recipe, shares, capacity):
        return recipe.slices
    most = min(recipe.slices, sum(sum(counts) for counts in capacity))
    while most > 0 and not _fits(most, recipe, shares, capacity):
        most -= 1
    held = ", ".join(
        f"{name} {with_tumour}" + (f"+{without}" if recipe.background_slices else "")
        for name, (with_tumour, without) in zip(SPLITS, capacity, strict=True)
    )
    if most and allow_fewer:
        return most
    advice = f"ask for --slices {most}, or pass --allow-fewer" if most else "add cases"
    raise InvalidInputError(
        f"the cases contain {most} slice sets in these proportions ({held} usable "
        f"slices), {recipe.slices} were asked for; {advice}, lower --min-area or "
        "--min-gap, or change --split"
    )


def _fits(
    total: int,
    recipe: Recipe,
    shares: Sequence[Fraction],
    capacity: Sequence[tuple[int, int]],
) -> bool:
    wanted = quotas(total, shares)
    backgrounds = quotas(recipe.background_slices, shares)
    return all(
        0 <= quota - without <= with_tumour_held and without <= without_held
        for quota, without, (with_tumour_held, without_held) in zip(
            wanted, backgrounds, capacity, strict=True
        )
    )


def _by_case(picks: Sequence[tuple[str, int]]) -> dict[str, tuple[int, ...]]:
    chosen: dict[str, list[int]] = {}
    for case, z in picks:
        chosen.setdefault(case, []).append(z)
    return {case: tuple(sorted(chosen[case])) for case in sorted(chosen)}
