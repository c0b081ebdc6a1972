"""The short form of ``make fuzz``: some mutations of every quick target."""

import fuzz
import fuzz_targets
import pytest

QUICK = {
    "meta_image": 15,
    "nrrd": 20,
    "nifti": 40,
    "packed_nifti": 40,
    "manifest": 40,
    "submission_record": 100,
    "slice_ids": 200,
    "tables": 100,
    "split_file": 20,
    "picture": 60,
    "scored_picture": 40,
    "zipped_submission": 20,
    "weights": 60,
    "checkpoint": 60,
    "run_record": 20,
    "definition": 20,
    "name_table": 60,
}


@pytest.mark.parametrize("name", QUICK)
def test_a_reader_reads_or_refuses_whatever_it_is_given(
    name, built_toy_release, monkeypatch
):
    monkeypatch.setattr(fuzz_targets, "toy", lambda: built_toy_release)
    done, wrong = fuzz.plain(name, QUICK[name], 60)
    assert done == QUICK[name]
    assert wrong == {}
