import pytest

from solver.store import intervals


@pytest.mark.parametrize(
    ("hits", "runs", "low", "high"),
    # Newcombe (1998), Two-sided confidence intervals for the single proportion, table I, method 3.
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611),
     (1, 29, 0.0061, 0.1718)],
)  # fmt: skip
def test_rate_matches_published_wilson_intervals(hits, runs, low, high):
    assert intervals.rate(hits, runs) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize(
    ("one", "other", "low", "high"),
    # Newcombe (1998), Interval estimation for the difference, table II, method 10.
    [((56, 70), (48, 80), 0.0524, 0.3339), ((9, 10), (3, 10), 0.1705, 0.8090),
     ((10, 10), (0, 10), 0.6075, 1.0)],
)  # fmt: skip
def test_difference_matches_published_newcombe_intervals(one, other, low, high):
    assert intervals.difference(*one, *other) == pytest.approx((low, high), abs=5e-5)


def test_nothing_is_known_of_no_runs():
    assert intervals.rate(0, 0) == (0.0, 1.0)
    assert intervals.difference(0, 0, 5, 10) == (-1.0, 1.0)
    assert intervals.mean([3.0]) is None


def test_mean_is_inside_its_interval():
    low, high = intervals.mean([1.0, 2.0, 3.0]) or (0.0, 0.0)

    assert low < 2.0 < high
