import pytest

from solver.checking.samples_compare import Comparison, Matcher

EXACT, TOKENS = Matcher(Comparison.EXACT), Matcher(Comparison.TOKENS)
NEAR = Matcher(Comparison.TOLERANCE, 1e-6)


@pytest.mark.parametrize(
    ("matcher", "got", "expected", "same"),
    [
        (EXACT, b"1 2\n", b"1 2", True),
        (EXACT, b"1 2\r\n3\r\n", b"1 2\n3", True),
        (EXACT, b"1  2", b"1 2", False),
        (EXACT, b" 1", b"1", False),
        (TOKENS, b" 1\n2 ", b"1 2", True),
        (TOKENS, b"12", b"1 2", False),
        (TOKENS, b"1.0", b"1", False),
        (TOKENS, b"Yes", b"YES", False),
        (TOKENS, b"", b"", True),
        (NEAR, b"0.3333333", b"0.33333333", True),
        (NEAR, b"1.0", b"1", True),
        (NEAR, b"1e3", b"1000", True),
        (NEAR, b"1000000.5", b"1000000", True),
        (NEAR, b"0.334", b"0.333", False),
        (NEAR, b"1 2", b"1", False),
        (NEAR, b"yes 0.5", b"yes .5", True),
        (NEAR, b"no 0.5", b"yes .5", False),
        (NEAR, b"nan", b"0", False),
        (NEAR, b"inf", b"1e999", False),
        (NEAR, b"1e999", b"1e998", False),
        (NEAR, b"1_0", b"10", False),
        (NEAR, b"9" * 500, b"9" * 499, False),
    ],
)
def test_matcher(matcher, got, expected, same):
    assert matcher.matches(got, expected) is same


@pytest.mark.parametrize("tolerance", [-1, 1, float("nan")])
def test_matcher_refuses_a_silly_tolerance(tolerance):
    with pytest.raises(ValueError, match="tolerance"):
        Matcher(Comparison.TOLERANCE, tolerance)
