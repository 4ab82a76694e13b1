from hypothesis import given
from hypothesis import strategies as st

from solver.checking.sandbox import Outcome, Verdict, shown


def test_shown_strips_controls_and_keeps_text():
    raw = b"a\x00b\xff\xfe\x1b]0;title\x07\x1b[2J\x1b[31mred\xe2\x80\xae<script>\r\n\tend\r"
    assert shown(raw) == "ab\ufffd\ufffdred<script>\n\tend\n"


def test_shown_cuts_long_text_and_says_so():
    assert shown(b"x" * 100, most=10) == "x" * 10 + "\n… (90 more characters)"
    assert shown(b"x" * 10, most=10) == "x" * 10


def test_shown_survives_an_unclosed_escape():
    assert shown(b"before\x1b]0;never closed") == "before"


@given(st.binary(max_size=300))
def test_shown_is_always_storable(raw):
    text = shown(raw)
    assert text.encode("utf-8").decode("utf-8") == text
    assert not any(ord(char) < 32 and char not in "\n\t" for char in text)


def test_outcome_keeps_bytes_and_shows_text():
    outcome = Outcome(Verdict.OK, stdout_bytes=b"a\x00", stderr_bytes=b"\xff")
    assert (outcome.stdout, outcome.stderr, outcome.stdout_bytes) == ("a", "\ufffd", b"a\x00")
