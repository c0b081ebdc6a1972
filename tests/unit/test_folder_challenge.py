"""The label values of a challenge's own files, and ours turned into them."""

import numpy as np
import pytest

from bratsfuse.anatomy import Label
from bratsfuse.folder_scores.challenge import coding_of_files, score_challenge
from bratsfuse.metrics import segmentation
from bratsfuse.metrics.of_segmentation._challenges import find_challenge


@pytest.mark.parametrize("name", segmentation.CHALLENGES)
def test_the_coding_has_the_labels_of_the_challenge(name):
    coding = coding_of_files(name)
    values = find_challenge(name).labels - {0}
    assert values <= set(coding.labels)
    for group, label in {"et": Label.ET, "ed": Label.ED, "cc": Label.CC}.items():
        for own, labels in find_challenge(name).groups.items():
            if own.lower() == group:
                assert {coding.labels[value] for value in labels} == {label}


def test_canonical_labels_become_those_of_paediatric_files():
    reference = np.zeros((9, 12, 12), np.uint8)
    reference[2:7, 2:9, 2:9] = Label.ED
    reference[3:6, 3:6, 3:6] = Label.ET
    stored = np.where(reference == Label.ET, 1, np.where(reference, 4, 0))
    found = score_challenge(
        reference, reference, (1, 1, 1), "brats2026-ped", as_stored=False
    )
    wanted = segmentation.challenge_scores(
        *[stored.astype(np.uint8)] * 2, "brats2026-ped"
    )
    for group, scores in found.items():
        for key, value in scores.items():
            assert value == pytest.approx(wanted[group][key], nan_ok=True)
    assert found["et"]["tp"] == found["ed"]["tp"] == 1
    assert found["netc"]["tp"] == 0
