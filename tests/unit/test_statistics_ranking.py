import numpy as np

from bratsfuse.statistics.ranking import shown_ranks
from bratsfuse.statistics.stability import (
    draw_patients,
    resample_case_ranks,
    resample_means,
)

PATIENTS = np.array([0, 0, 0, 1])
UP_AND_DOWN = np.array([[0.1, 0.2, 0.3, 1.0], [0.3, 0.2, 0.1, 1.0]]).T
"""Two submissions whose sums per patient are equal, but for 0.6000000000000001."""


def test_places_after_a_tie_are_left_out():
    assert shown_ranks(np.array([1.5, 3.0, 2.0, 2.0])) == [1, 4, 2, 2]
    assert shown_ranks(np.array([2.0, 2.0, 2.0])) == [1, 1, 1]


def test_the_order_of_summation_breaks_no_tie():
    up, down = 0.1 + 0.2 + 0.3, 0.3 + 0.2 + 0.1
    assert up != down
    assert shown_ranks(np.array([up, 0.5, down])) == [2, 1, 2]


def test_the_order_of_summation_breaks_no_tie_of_a_resample():
    draws = draw_patients(2, 50, seed=0)
    assert (resample_case_ranks(UP_AND_DOWN, PATIENTS, draws) == 1).all()
    assert (resample_means(UP_AND_DOWN[:, None], PATIENTS, draws) == 1).all()


def test_as_many_patients_are_drawn_as_there_are():
    draws = draw_patients(7, 50, seed=0)
    assert (draws.sum(axis=1) == 7).all()
    assert (draws == 0).any()
    assert (draws != draw_patients(7, 50, seed=1)).any()


def test_a_criterion_ranks_all_alike_where_its_patients_are_not_drawn():
    """Patient 1 lacks the second criterion; drawn twice, the first one decides."""
    filled = np.array([[[1.0, 2.0], [3.0, 1.0]], [[1.0, 2.0], [np.nan, np.nan]]])
    patients = np.array([0, 1])
    both, only_second = np.array([[1.0, 1.0]]), np.array([[0.0, 2.0]])
    assert resample_means(filled, patients, both).tolist() == [[1, 1]]
    assert resample_means(filled, patients, only_second).tolist() == [[1, 2]]
