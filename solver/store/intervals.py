"""Intervals of rates and means, for small numbers of runs too."""

import math
from collections.abc import Sequence
from statistics import fmean, stdev

# Two-sided normal quantiles.
Z_95 = 1.959964
Z_999 = 3.290527

Interval = tuple[float, float]


def rate(hits: int, runs: int, z: float = Z_95) -> Interval:
    """Wilson's score interval of a proportion (Wilson 1927); (0, 1) of nothing."""
    if runs == 0:
        return 0.0, 1.0
    share = hits / runs
    middle = (share + z * z / (2 * runs)) / (1 + z * z / runs)
    half = (z / (1 + z * z / runs)) * math.sqrt(
        share * (1 - share) / runs + z * z / (4 * runs * runs)
    )
    return max(0.0, middle - half), min(1.0, middle + half)


def difference(hits: int, runs: int, other_hits: int, other_runs: int, z: float = Z_95) -> Interval:
    """Of rate minus other rate: Newcombe's hybrid score interval (1998, method 10)."""
    if runs == 0 or other_runs == 0:
        return -1.0, 1.0
    one, other = hits / runs, other_hits / other_runs
    low, high = rate(hits, runs, z)
    other_low, other_high = rate(other_hits, other_runs, z)
    middle = one - other
    return (
        middle - math.hypot(one - low, other_high - other),
        middle + math.hypot(high - one, other - other_low),
    )


def mean(values: Sequence[float], z: float = Z_95) -> Interval | None:
    """None for fewer than two values, of which no spread is known."""
    if len(values) < 2:
        return None
    half = z * stdev(values) / math.sqrt(len(values))
    middle = fmean(values)
    return middle - half, middle + half
