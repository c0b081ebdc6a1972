"""The short form of ``make fuzz``: some mutations of every quick target."""

import pytest
from fuzz import plain

QUICK = {
    "meta_image": 40,
    "nrrd": 40,
    "nifti": 40,
    "packed_nifti": 40,
    "manifest": 40,
    "submission_record": 100,
    "slice_ids": 200,
    "tables": 100,
    "split_file": 20,
    "picture": 60,
}


@pytest.mark.parametrize("name", QUICK)
def test_a_reader_reads_or_refuses_whatever_it_is_given(name):
    done, wrong = plain(name, QUICK[name], 60)
    assert done == QUICK[name]
    assert wrong == {}
