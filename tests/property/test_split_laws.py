"""Laws of splits, quotas and turns."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bratsfuse.errors import InvalidInputError
from bratsfuse.release.recipe import SPLITS
from bratsfuse.release.splits import (
    assign_fold,
    assign_named,
    assign_splits,
    patient_position,
    quotas,
    round_robin,
)

SHARES = (Fraction("0.7"), Fraction("0.1"), Fraction("0.2"))
PATIENTS = st.sets(st.text(min_size=1, max_size=8), min_size=3, max_size=60)


def by_hash(patient, seed):
    place = patient_position(patient, seed)
    return "train" if place < SHARES[0] else "validation" if place < 0.8 else "test"


@given(PATIENTS, st.integers(0, 99))
def test_everyone_has_one_split_and_no_split_is_empty(patients, seed):
    assignment = assign_splits(patients, SHARES, seed)
    assert set(assignment.split_of) == patients
    assert set(assignment.split_of.values()) == set(SPLITS)


@given(PATIENTS, st.integers(0, 99))
def test_only_those_who_were_said_to_move_have_moved(patients, seed):
    assignment = assign_splits(patients, SHARES, seed)
    moved = {p for p, s in assignment.split_of.items() if s != by_hash(p, seed)}
    assert moved == {issue.where for issue in assignment.moves}


@given(PATIENTS, PATIENTS, st.integers(0, 99))
def test_company_does_not_move_a_patient(some, others, seed):
    alone = assign_splits(some, SHARES, seed)
    together = assign_splits(some | others, SHARES, seed)
    if not alone.moves and not together.moves:
        assert all(together.split_of[p] == s for p, s in alone.split_of.items())


def test_a_known_patient_has_a_known_place():
    # A change of the hash would move every patient of every release.
    assert float(patient_position("TCIA_201", 0)) == pytest.approx(0.95958853, abs=1e-8)


def test_shares_are_met_by_many_patients():
    patients = {f"patient {number}" for number in range(5000)}
    splits = list(assign_splits(patients, SHARES, 0).split_of.values())
    for name, share in zip(SPLITS, SHARES, strict=True):
        assert splits.count(name) / 5000 == pytest.approx(float(share), abs=0.02)


def test_the_nearest_hash_moves():
    names = [f"p{number}" for number in range(200)]
    train = [name for name in names if by_hash(name, 0) == "train"][:6]
    assignment = assign_splits(train, SHARES, 0)
    nearest = sorted(train, key=lambda name: -patient_position(name, 0))
    assert assignment.split_of[nearest[0]] == "validation"
    assert assignment.split_of[nearest[1]] == "test"
    assert len(assignment.moves) == 2


@pytest.mark.parametrize("count", [0, 1, 2])
def test_fewer_than_three_patients_are_refused(count):
    with pytest.raises(InvalidInputError, match="at least 3"):
        assign_splits([str(number) for number in range(count)], SHARES, 0)


@given(st.integers(1, 5000))
def test_quotas_add_up_and_stay_within_one(total):
    counts = quotas(total, SHARES)
    assert sum(counts) == total
    for count, share in zip(counts, SHARES, strict=True):
        assert abs(count - share * total) < 1


def test_the_announced_size_divides_evenly():
    assert quotas(2040, SHARES) == (1428, 204, 408)
    assert quotas(300, SHARES) == (210, 30, 60)


@given(
    st.dictionaries(st.text(max_size=3), st.lists(st.integers(), unique=True)),
    st.integers(0, 40),
)
def test_cases_take_turns(ranked, count):
    picks = list(round_robin(ranked, count))
    held = sum(map(len, ranked.values()))
    assert len(picks) == min(count, held) == len(set(picks))
    taken = {case: [z for name, z in picks if name == case] for case in ranked}
    for case, slices in taken.items():
        assert slices == ranked[case][: len(slices)]  # best first
        if len(slices) < len(ranked[case]):  # it had more to give: nobody gave 2 more
            assert max(map(len, taken.values())) <= len(slices) + 1


@given(
    st.sets(st.text(min_size=1, max_size=8), min_size=12, max_size=40),
    st.integers(2, 5),
    st.integers(0, 9),
)
def test_every_patient_is_tested_in_one_fold(patients, folds, seed):
    tested = []
    for fold in range(folds):
        found = assign_fold(patients, folds, fold, Fraction("0.1"), seed)
        assert set(found.split_of) == patients
        assert set(found.split_of.values()) == set(SPLITS)
        assert sum(found.shares) == 1
        members = [one for one, split in found.split_of.items() if split == "test"]
        assert len(members) in (len(patients) // folds, -(-len(patients) // folds))
        assert found.shares[2] == Fraction(len(members), len(patients))
        tested += members
    assert sorted(tested) == sorted(patients)


def test_folds_without_validation_have_none_and_too_few_patients_are_refused():
    names = [f"p{number}" for number in range(6)]
    found = assign_fold(names, 3, 1, Fraction(0), 0)
    assert "validation" not in found.split_of.values()
    with pytest.raises(InvalidInputError, match=r"6 patients .* in 7 folds"):
        assign_fold(names, 7, 0, Fraction("0.1"), 0)
    with pytest.raises(InvalidInputError, match="2 patients"):
        assign_fold(names[:2], 2, 0, Fraction("0.1"), 0)


def test_named_splits_are_taken_and_must_name_everyone():
    found = assign_named(["a", "b"], {"a": "train", "b": "test", "c": "test"})
    assert found.split_of == {"a": "train", "b": "test"}
    assert found.shares == (Fraction(1, 2), 0, Fraction(1, 2))
    with pytest.raises(InvalidInputError, match="1 patient in none of them, such as z"):
        assign_named(["a", "b", "z"], {"a": "train", "b": "test"})
    with pytest.raises(InvalidInputError, match=r"no patient .* in test"):
        assign_named(["a"], {"a": "train", "b": "test"})


def test_who_is_validated_follows_the_tested_in_the_order_of_the_hash():
    names = [f"p{number}" for number in range(10)]
    ordered = sorted(names, key=lambda name: patient_position(name, 3))
    for fold, expected in ((0, ordered[2]), (2, ordered[6]), (4, ordered[0])):
        found = assign_fold(names, 5, fold, Fraction("0.1"), 3).split_of
        assert [one for one in names if found[one] == "validation"] == [expected]
