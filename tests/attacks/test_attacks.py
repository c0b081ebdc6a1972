"""Hostile and broken submissions: each is told by its own code within the limits.

The default limits are 1 GiB and, for these few slices, eight seconds of work; beyond
them the code would be another.
"""

import attacks_on_columns
import attacks_on_files
import attacks_on_hdf5
import attacks_on_png
import attacks_on_zip
import h5py
import numpy as np
import pytest
from PIL import Image
from toy_submission import EXPECTED, IDS, SECRET, Place, png

from bratsfuse.issues import Severity, errors_in
from bratsfuse.plausibility import DOUBTS
from bratsfuse.submission import CODES, DEFAULT_LIMITS, read_submission
from bratsfuse.submission.hdf5_form import no_further_files
from bratsfuse.submission.limits import MIB

FILES = (
    attacks_on_columns,
    attacks_on_files,
    attacks_on_hdf5,
    attacks_on_png,
    attacks_on_zip,
)
ATTACKS = {name: made for file in FILES for name, made in file.ATTACKS.items()}


@pytest.fixture
def place(tmp_path):
    secret = tmp_path / "secret.h5"
    with h5py.File(secret, "w") as file:
        file["mask"] = SECRET
        file["case_id"] = np.array([one.case for one in IDS], "S20")
    secret.with_suffix(".raw").write_bytes(SECRET.tobytes())
    secret.with_suffix(".png").write_bytes(png(SECRET[0]))
    return Place(tmp_path / "submission", secret)


def test_every_attack_has_a_name_of_its_own():
    assert len(ATTACKS) == sum(len(file.ATTACKS) for file in FILES) > 100


def test_the_limits_are_those_that_this_file_speaks_of():
    assert DEFAULT_LIMITS.cpu_seconds(len(EXPECTED)) == 8
    assert DEFAULT_LIMITS.memory_bytes == 1024 * MIB


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_is_told_by_its_own_code(name, place):
    check(name, place)


@pytest.mark.slow  # a process each; the copies above are told by all attacks
@pytest.mark.parametrize("name", sorted(ATTACKS)[::8])
def test_an_attack_is_told_so_by_a_process_of_its_own(name, place):
    check(name, place)


@pytest.mark.parametrize(
    "name", ["external_link", "png_bomb_of_pixels", "zip_bomb", "many_groups"]
)
def test_a_process_of_its_own_reads_as_its_copies_do(name, place):
    check(name, place)


def check(name, place):
    make, codes = ATTACKS[name]
    with read_submission(make(place), EXPECTED) as reading:
        assert {issue.code for issue in reading.issues} == codes, reading.issues
        for issue in reading.issues:
            assert issue.severity is CODES[issue.code].severity
            assert str(issue).isprintable()
            assert len(str(issue)) < 2000
        refused = any(CODES[code].severity is Severity.ERROR for code in codes)
        assert refused == bool(errors_in(reading.issues))
        for images in reading.staged.values():
            for row in range(len(EXPECTED)):
                assert not (images[row] == SECRET[row]).all()


@pytest.mark.parametrize(
    "name",
    [
        "external_link",
        "external_link_relative",
        "virtual_dataset",
        "external_storage",
        "soft_link_to_external_link",
        "predictions_linked_outside",
    ],
)
def test_a_trusting_reader_would_be_given_the_labels(name, place):
    """So these attacks are real, and are not refused for another reason."""
    make, _ = ATTACKS[name]
    with h5py.File(make(place) / "predictions.h5", "r") as file:
        assert (file["mask"][()] == SECRET).all()


@pytest.mark.parametrize("name", ["png_linked_outside", "folder_linked_outside"])
def test_a_trusting_reader_of_pngs_would_be_given_the_labels(name, place):
    make, _ = ATTACKS[name]
    path = make(place) / "mask" / f"{IDS[0]}.png"
    assert (np.asarray(Image.open(path)) == SECRET[0]).all()


@pytest.mark.parametrize("name", ["external_link", "virtual_dataset"])
def test_no_other_file_can_be_opened_while_hdf5_reads(name, place):
    """The second line of defence holds without the first."""
    make, _ = ATTACKS[name]
    with h5py.File(make(place) / "predictions.h5", "r") as file, no_further_files():
        try:
            values = file["mask"][()]
        except (OSError, KeyError):
            return
    assert not values.any()


def test_every_code_has_an_attack_or_a_test_of_its_own(place):
    attacked = set().union(*(codes for _, codes in ATTACKS.values()))
    elsewhere = {"too-slow", "out-of-memory", "reader-died"}  # test_limits.py
    elsewhere |= {"more-problems"}  # test_submission_*.py
    elsewhere |= set(DOUBTS) - attacked  # test_plausibility*.py
    elsewhere |= {"other-splits"}  # test_downstream.py
    assert attacked | elsewhere == set(CODES)
    assert not attacked & elsewhere
