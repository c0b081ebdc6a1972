"""Exactly as many slice sets as were asked for, or a refusal that says how many."""

import dataclasses
import json
from dataclasses import fields
from itertools import pairwise
from pathlib import Path

import pytest

from bratsfuse.anatomy import Label
from bratsfuse.building import Survey, plan_slices
from bratsfuse.errors import InvalidInputError
from bratsfuse.records import Case, Grade, from_json, json_values, to_json
from bratsfuse.release import Recipe
from bratsfuse.release.recipe import SPLITS
from bratsfuse.release.splits import patient_position

DEPTH = 155


def make_case(name, patient=None):
    return Case(
        id=name,
        patient=patient or name,
        grade=Grade.HGG,
        layout="brats2021",
        folder=Path(name),
        images={},
        mask=None,
        label_map={1: Label.NCR, 2: Label.ED, 4: Label.ET},
        shapes=((240, 240, DEPTH),),
    )


def make_survey(name, slices, *, empty=20):
    """A survey whose tumour spans so many slices, largest in the middle."""
    area = [0] * DEPTH
    start = (DEPTH - slices) // 2
    for offset in range(slices):
        area[start + offset] = 200 + min(offset, slices - offset)
    return Survey(
        case_id=name,
        shape=(240, 240, DEPTH),
        spacing_mm=(1.0, 1.0, 1.0),
        windows={},
        areas={"ED": area},
        brain_area=[9000 if empty <= z < DEPTH - empty else 0 for z in range(DEPTH)],
        incomplete=(),
        modality_iou=1.0,
        digests={},
        sources={},
        issues=(),
    )


def cohort(count, slices):
    cases = [make_case(f"case{number:03d}") for number in range(count)]
    return cases, {case.id: make_survey(case.id, slices) for case in cases}


def counts(plan):
    return {name: sum(map(len, cases.values())) for name, cases in plan.slices.items()}


def test_2040_come_out_as_announced():
    cases, surveys = cohort(369, 60)
    plan = plan_slices(cases, surveys, Recipe())
    assert counts(plan) == {"train": 1428, "validation": 204, "test": 408}
    assert plan.total == 2040


def test_cases_of_a_split_give_nearly_equally():
    cases, surveys = cohort(100, 60)
    plan = plan_slices(cases, surveys, Recipe(slices=1000))
    for chosen in plan.slices.values():
        given = [len(slices) for slices in chosen.values()]
        assert max(given) - min(given) <= 1


def test_the_best_slices_are_chosen_and_ascend():
    cases, surveys = cohort(10, 41)
    plan = plan_slices(cases, surveys, Recipe(slices=30))
    for chosen in plan.slices.values():
        for slices in chosen.values():
            assert list(slices) == sorted(slices)
            assert all(abs(z - 77) <= len(slices) for z in slices)


def test_the_order_of_the_cases_does_not_matter():
    cases, surveys = cohort(40, 60)
    forwards = plan_slices(cases, surveys, Recipe(slices=333))
    backwards = plan_slices(cases[::-1], surveys, Recipe(slices=333))
    assert forwards.slices == backwards.slices


def test_the_names_of_cases_decide_nothing():
    """Who gives one slice set more than another goes by the hash of the patient."""
    people = [f"patient{number:02d}" for number in range(20)]
    given = []
    for names in (people, people[::-1]):
        cases = [
            make_case(f"case_of_{name}", patient)
            for name, patient in zip(names, people, strict=True)
        ]
        surveys = {case.id: make_survey(case.id, 60) for case in cases}
        plan = plan_slices(cases, surveys, Recipe(slices=170))
        patient_of = {case.id: case.patient for case in cases}
        given.append(
            {
                (split, patient_of[name]): slices
                for split, chosen in plan.slices.items()
                for name, slices in chosen.items()
            }
        )
    assert len(set(map(len, given[0].values()))) > 1  # some do give one more
    assert given[0] == given[1]
    by_hash = sorted(people, key=lambda patient: patient_position(patient, 0))
    for split in SPLITS:
        numbers = [len(given[0].get((split, patient), ())) for patient in by_hash]
        in_split = [number for number in numbers if number]
        assert in_split == sorted(in_split, reverse=True)


def test_another_seed_gives_other_splits():
    cases, surveys = cohort(40, 60)
    one = plan_slices(cases, surveys, Recipe(slices=100))
    two = plan_slices(cases, surveys, Recipe(slices=100, seed=1))
    assert one.split_of != two.split_of


def test_cases_of_one_patient_stay_together():
    cases = [make_case(f"case{n:03d}", f"patient{n // 3}") for n in range(60)]
    surveys = {case.id: make_survey(case.id, 60) for case in cases}
    plan = plan_slices(cases, surveys, Recipe(slices=400))
    home = {}
    for split, chosen in plan.slices.items():
        for name in chosen:
            home.setdefault(int(name[4:]) // 3, set()).add(split)
    assert all(len(splits) == 1 for splits in home.values())
    assert len(home) == 20


def test_too_few_slices_are_refused_with_the_number_there_can_be():
    cases, surveys = cohort(31, 10)
    with pytest.raises(InvalidInputError, match="--allow-fewer") as problem:
        plan_slices(cases, surveys, Recipe())
    most = int(str(problem.value).split("contain ")[1].split()[0])
    plan = plan_slices(cases, surveys, Recipe(), allow_fewer=True)
    assert plan.total == most < 310
    plan_slices(cases, surveys, Recipe(slices=most))
    with pytest.raises(InvalidInputError):
        plan_slices(cases, surveys, Recipe(slices=most + 1))


def test_patients_without_usable_slices_do_not_fill_a_split():
    cases, surveys = cohort(3, 60)
    more = [make_case(f"empty{number}") for number in range(50)]
    surveys |= {case.id: make_survey(case.id, 0) for case in more}
    plan = plan_slices([*cases, *more], surveys, Recipe(slices=20))
    assert counts(plan) == {"train": 14, "validation": 2, "test": 4}


def test_background_slices_are_part_of_the_count():
    cases, surveys = cohort(30, 30)
    recipe = Recipe(slices=200, background_slices=50)
    plan = plan_slices(cases, surveys, recipe)
    assert counts(plan) == {"train": 140, "validation": 20, "test": 40}
    empty = [
        z
        for chosen in plan.slices.values()
        for name, slices in chosen.items()
        for z in slices
        if surveys[name].areas["ED"][z] == 0
    ]
    assert len(empty) == 50
    assert all(20 <= z < DEPTH - 20 for z in empty)


def test_the_gap_holds_between_tumour_and_background_too():
    cases, surveys = cohort(10, 30)
    recipe = Recipe(slices=40, background_slices=20, min_gap=4)
    plan = plan_slices(cases, surveys, recipe)
    for chosen in plan.slices.values():
        for slices in chosen.values():
            assert all(b - a > 4 for a, b in pairwise(slices))


def test_too_few_background_slices_are_refused_with_their_number():
    cases, surveys = cohort(10, 60)
    recipe = Recipe(slices=590, background_slices=580)
    with pytest.raises(InvalidInputError, match="--background-slices") as problem:
        plan_slices(cases, surveys, recipe)
    most = int(str(problem.value).split("contain ")[1].split()[0])
    assert 0 < most < 580
    plan_slices(cases, surveys, Recipe(slices=most + 10, background_slices=most))
    fewer = plan_slices(cases, surveys, recipe, allow_fewer=True)
    assert fewer.total > most


def test_there_are_no_background_slices_by_default():
    cases, surveys = cohort(30, 30)
    plan = plan_slices(cases, surveys, Recipe(slices=200))
    for chosen in plan.slices.values():
        for name, slices in chosen.items():
            assert all(surveys[name].areas["ED"][z] >= 100 for z in slices)


def test_incomplete_slices_are_never_chosen():
    cases, surveys = cohort(10, 40)
    surveys["case000"] = dataclasses.replace(surveys["case000"], incomplete=(77, 78))
    plan = plan_slices(cases, surveys, Recipe(slices=200))
    (slices,) = [c["case000"] for c in plan.slices.values() if "case000" in c]
    assert not {77, 78} & set(slices)


@pytest.mark.parametrize(
    "choice",
    [
        {"slices": 0},
        {"background_slices": 3000},
        {"split": (0.7, 0.1, 0.1)},
        {"split": (1.2, -0.4, 0.2)},
        {"split": (float("nan"), 0.5, 0.5)},
        {"split": (float("inf"), 0.5, 0.5)},
        {"sources": ("t1ce",)},
        {"sources": ("t1ce", "t1ce")},
        {"fusers": ()},
        {"fusers": ("average", "average")},
        {"fusers": ("no-product",)},
        {"min_area": 0},
        {"min_gap": -1},
    ],
)
def test_a_recipe_that_makes_no_sense_is_refused(choice):
    from bratsfuse.errors import BratsfuseError

    with pytest.raises(BratsfuseError):
        Recipe(**choice)


def test_a_recipe_survives_json():
    recipe = Recipe(slices=7, seed=3, min_gap=2, fusers=("maximum",))
    assert from_json(Recipe, to_json(recipe)) == recipe


def test_a_recipe_of_another_version_is_refused():
    text = to_json(Recipe()).replace('"version": 1', '"version": 99')
    with pytest.raises(InvalidInputError, match="version: found 99, expected 1"):
        from_json(Recipe, text)


@pytest.mark.parametrize("key", [field.name for field in fields(Recipe)])
def test_a_recipe_that_lacks_a_choice_or_has_another_type_is_refused(key):
    content = json_values(Recipe())
    for wrong in (None, {"a": 1}, "x"):
        with pytest.raises(
            InvalidInputError, match=rf"^{key}(\.a)?: found .*, expected"
        ):
            from_json(Recipe, json.dumps({**content, key: wrong}))
    with pytest.raises(InvalidInputError, match="surprise: unknown key"):
        from_json(Recipe, json.dumps({**content, "surprise": 1}))
    del content[key]
    with pytest.raises(InvalidInputError, match=f"{key}: missing"):
        from_json(Recipe, json.dumps(content), every_key=True)
