import numpy as np
import pytest
from scipy import stats

from bratsfuse.statistics import holm, sign_flip_test, significance, wilcoxon_test
from bratsfuse.statistics.significance import friedman_test


def column(values):
    return np.asarray(values, np.float64)[:, None]


@pytest.mark.parametrize("n", [1, 2, 6, 19, 20])
def test_the_smallest_p_is_two_of_all_patterns(n):
    p = sign_flip_test(column(-np.arange(1, n + 1)))
    assert p.two_sided == pytest.approx([2 / 2**n], rel=1e-12)
    assert p.less == pytest.approx([1 / 2**n], rel=1e-12)
    assert p.greater == pytest.approx([1.0])


def test_hand_counted_patterns():
    """Of +-1 +-2 +-3, the sums 6, 4, 2, 0, 0, -2, -4, -6: five are at least 0."""
    p = sign_flip_test(column([-1, -2, 3]))
    assert (p.two_sided[0], p.less[0], p.greater[0]) == (1.0, 5 / 8, 5 / 8)
    p = sign_flip_test(column([-1, 2, 3]))
    assert (p.two_sided[0], p.less[0], p.greater[0]) == (4 / 8, 7 / 8, 2 / 8)


def test_equal_sums_count_whatever_their_rounding():
    """0.1 + 0.2 - 0.3 is not 0 in floating point, and must count as 0."""
    p = sign_flip_test(column([0.1, 0.2, -0.3]))
    assert (p.two_sided[0], p.less[0]) == (1.0, 5 / 8)
    whole = sign_flip_test(column([1, 2, -3]))
    assert (whole.two_sided[0], whole.less[0]) == (1.0, 5 / 8)


def test_zero_differences_tell_nothing():
    p = sign_flip_test(np.zeros((6, 1)))
    assert (p.two_sided[0], p.less[0], p.greater[0]) == (1.0, 1.0, 1.0)
    assert wilcoxon_test(np.zeros((6, 1))).two_sided[0] == 1.0


def test_no_pair_has_no_p():
    for patients in (6, 30):
        assert sign_flip_test(np.zeros((patients, 0))).two_sided.shape == (0,)


def test_drawn_patterns_approach_all_patterns(monkeypatch):
    differences = np.random.default_rng(5).normal(0.4, 1, (16, 3))
    exact = sign_flip_test(differences)
    monkeypatch.setattr(significance, "EXACT_UP_TO", 15)
    drawn = sign_flip_test(differences)
    for side in ("two_sided", "less", "greater"):
        assert getattr(drawn, side) == pytest.approx(getattr(exact, side), abs=0.006)
        assert (getattr(drawn, side) != getattr(exact, side)).all()


def test_drawn_p_is_never_zero():
    p = sign_flip_test(np.ones((60, 1)))
    assert p.two_sided[0] == p.greater[0] == 1 / 100_001
    assert p.less[0] == 1.0


def test_drawn_p_follows_the_seed():
    differences = np.random.default_rng(5).normal(0.2, 1, (40, 2))
    first, again, other = (
        sign_flip_test(differences, seed=seed).two_sided for seed in (0, 0, 1)
    )
    assert (first == again).all()
    assert (first != other).any()


def test_wilcoxon_drops_zeros_and_shares_tied_ranks():
    """Signed ranks -1.5, 1.5 and 3: of eight sums three are at least 3."""
    p = wilcoxon_test(column([0, -0.1, 0.1, 0, 0.7]))
    assert p.greater[0] == 3 / 8
    assert p.two_sided[0] == 6 / 8
    # -1, -2, -3 and 4: of sixteen sums all but two are at least 2 in size.
    p = wilcoxon_test(column([0, -0.1, -0.2, 0, -0.3, 0.4]))
    assert p.two_sided[0] == 14 / 16


@pytest.mark.parametrize("n", [3, 8, 15])
def test_wilcoxon_is_that_of_scipy(n):
    differences = np.random.default_rng(n).normal(0.3, 1, n)
    p = wilcoxon_test(column(differences))
    for side, alternative in (("two_sided", "two-sided"), ("less", "less")):
        expected = stats.wilcoxon(differences, alternative=alternative, method="exact")
        assert getattr(p, side)[0] == pytest.approx(expected.pvalue, rel=1e-9)


def test_drawn_wilcoxon_is_near_that_of_scipy():
    differences = np.random.default_rng(2).normal(0.3, 1, 40)
    expected = stats.wilcoxon(differences, method="exact").pvalue
    assert wilcoxon_test(column(differences)).two_sided[0] == pytest.approx(
        expected, abs=0.006
    )


def test_holm_by_hand():
    assert holm([0.01, 0.04, 0.03, 0.005]).tolist() == [0.03, 0.06, 0.06, 0.02]
    assert holm([0.6, 0.7]).tolist() == [1.0, 1.0]
    assert holm([]).tolist() == []


def test_friedman_is_that_of_scipy():
    ranks = np.random.default_rng(0).random((9, 4))
    expected = stats.friedmanchisquare(*ranks.T)
    found = friedman_test(ranks)
    assert (found.statistic, found.p) == pytest.approx(tuple(expected))


@pytest.mark.parametrize("shape", [(9, 2), (1, 4)])
def test_friedman_needs_three_submissions_and_two_patients(shape):
    assert friedman_test(np.random.default_rng(0).random(shape)) is None


def test_friedman_of_ties_alone_has_no_value():
    assert friedman_test(np.full((5, 3), 2.0)) is None


@pytest.mark.parametrize("patients", [1, 4, 7, 12])
def test_pairs_tested_together_have_the_p_of_each_alone(patients):
    rng = np.random.default_rng(patients)
    table = rng.integers(-3, 4, (patients, 600)) / 7
    table[:, 0] = 0
    together = significance.sign_flip_test(table)
    alone = np.array([significance.all_flips(column) for column in table.T])
    assert np.array_equal(together.two_sided, alone[:, 0])
    assert np.array_equal(together.less, alone[:, 1])
    assert np.array_equal(together.greater, alone[:, 2])
