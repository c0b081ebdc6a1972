"""The one table of label codings, and what lies outside them."""

import pickle

import numpy as np
import pytest
from toys import write_toys

from bratsfuse.anatomy import REGIONS, Label, Region
from bratsfuse.anatomy.codings import CODINGS, OURS, ambiguity, find_coding, layout_of
from bratsfuse.anatomy.recoding import recode, values_in
from bratsfuse.builders import BUILDERS, find_cases
from bratsfuse.errors import InvalidInputError, UnknownNameError


def test_every_layout_in_the_table_reads_by_it_and_the_table_has_no_other():
    names = set(CODINGS) - {OURS}
    assert names <= BUILDERS.own()
    for name in names:  # one that is not in it has its own, which metrics do not know
        assert BUILDERS[name].label_map is CODINGS[name], name


def test_codings_travel_to_worker_processes():
    for labels in CODINGS.values():
        assert pickle.loads(pickle.dumps(labels)) == labels  # noqa: S301


@pytest.mark.parametrize("name", [*CODINGS, "brats2024-gli", "brats2021-numbered"])
def test_a_coding_is_found_by_its_name_with_hyphens_or_underscores(name):
    coding = find_coding(name)
    assert coding.labels == CODINGS[name.replace("-", "_")]
    assert str(coding).startswith(f"{name} (1 ")


@pytest.mark.parametrize(
    ("name", "layout"),
    [
        ("brats2016", "brats2015"),
        ("brats2022", "brats2021"),
        ("brats2025-gli", "brats2024_gli"),
        ("brats2026_met", "brats2023_met"),
        ("brats2026-ped", "brats2024_ped"),
        ("brats2026-goat", "brats2024_goat"),
    ],
)
def test_later_editions_have_the_coding_that_they_kept(name, layout):
    assert find_coding(name).labels == CODINGS[layout]


@pytest.mark.parametrize(
    ("name", "meant"),
    [("BraTS2018", "brats2018"), ("brats2024gli", "brats2024_gli"), ("x", "known:")],
)
def test_an_unknown_coding_is_refused_with_what_was_meant(name, meant):
    with pytest.raises(UnknownNameError, match=meant):
        find_coding(name)


@pytest.mark.parametrize(
    ("name", "wt", "tc", "et"),
    [  # section by section as the challenges define them, in their own values
        ("brats2012", {1, 2}, {2}, set()),
        ("brats2013", {1, 2, 3, 4}, {1, 3, 4}, {4}),
        ("brats2018", {1, 2, 4}, {1, 4}, {4}),
        ("brats2023_gli", {1, 2, 3}, {1, 3}, {3}),
        ("brats2024_gli", {1, 2, 3}, {1, 3}, {3}),
        ("brats2024_ped", {1, 2, 3, 4}, {1, 2, 3}, {1}),
        ("decathlon", {1, 2, 3}, {2, 3}, {3}),
    ],
)
def test_regions_consist_of_the_values_that_the_challenge_says(name, wt, tc, et):
    for region, values in zip(Region, (wt, tc, et), strict=True):
        labels = CODINGS[name].items()
        assert {v for v, label in labels if label in REGIONS[region]} == values
        assert find_coding(name).expresses(REGIONS[region]) == bool(values)


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.int64])
def test_recoding_maps_every_value_at_once_and_changes_nothing_else(dtype):
    mask = np.array([[0, 1, 2], [3, 4, 1]], dtype)
    kept = mask.copy()
    got = recode(mask, "brats2024-ped")
    assert got.dtype == np.uint8
    np.testing.assert_array_equal(got, [[0, 3, 1], [5, 2, 3]])
    np.testing.assert_array_equal(mask, kept)


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("step", [1, 2])
def test_recoding_takes_any_memory_order_and_gives_a_copy(order, step):
    rng = np.random.default_rng(1)
    mask = np.asarray(rng.choice([0, 1, 2, 4], (4, 6, 8)), np.uint8, order=order)
    mask = mask[:, ::step]
    mask.flags.writeable = False
    got = recode(mask, "brats2021")
    np.testing.assert_array_equal(got, np.array([0, 1, 2, 9, 3], np.uint8)[mask])
    assert got.flags.writeable
    assert recode(mask[:0], "brats2021").shape == (0, *mask.shape[1:])


@pytest.mark.parametrize(
    ("values", "name", "said"),
    [
        ([0, 1, 3], "brats2018", "1 label outside the coding, 3; .* 4 ET.*'bratsfuse'"),
        (
            [0, 4],
            "brats2023-gli",
            "outside the coding, 4; .*'bratsfuse' or 'brats2013'",
        ),
        ([0, 255], OURS, "pass mask > 0 to a metric function"),
        ([0, 2, 255], OURS, "if 255 means unlabelled"),
        ([0, 7, 9], OURS, "2 labels outside the coding, 7, 9; .*regions="),
        ([-1, 0, 1], OURS, "outside the coding, -1"),
        ([0, 256], OURS, "outside the coding, 256"),
    ],
)
def test_labels_outside_the_coding_are_never_background(values, name, said):
    with pytest.raises(InvalidInputError, match=said):
        recode(np.array([values], np.int16), name)


@pytest.mark.parametrize("order", ["C", "F"])
def test_values_are_found_in_volumes_of_any_memory_order(order):
    volume = np.zeros((4, 5, 6), np.uint8, order=order)
    volume[1, 2, 3], volume[3, 4, 5] = 4, 255
    assert values_in(volume) == [0, 4, 255]
    assert values_in(volume.astype(np.int64) - 1) == [-1, 3, 254]
    assert values_in(np.full((3, 3, 3), 2)) == [2]
    assert values_in(volume[:0]) == []


def test_our_coding_has_every_label_and_needs_no_table():
    ours = find_coding(OURS)
    assert set(ours.labels.values()) == set(Label) - {Label.BACKGROUND}
    assert ours.is_ours
    assert not find_coding("brats2018").is_ours


def test_later_editions_have_the_layout_of_an_earlier_one(tmp_path):
    assert layout_of("brats2026-ped") == "brats2024_ped"
    assert layout_of("brats2018") == "brats2018"
    write_toys(tmp_path / "raw", layout="brats2024_ped")
    found = find_cases(tmp_path / "raw", "brats2026-ped")
    assert found.layout.name == "brats2024_ped"


def test_4_without_3_is_ambiguous():
    told = ambiguity([0, 1, 4], "--coding {}")
    for name in ("brats2021", "brats2024-gli", "brats2024-ped", OURS):
        assert f"--coding {name}" in told
        assert find_coding(name).labels[4].name in {"ET", "RC", "ED"}
    for clear in ([], [0, 1, 2], [3, 4], [0, 3]):
        assert ambiguity(clear) == ""
