import time

import pytest

from solver.checking import gate


@pytest.mark.parametrize(
    "text",
    [
        "42",
        r"\frac{1}{2}",
        "x = 2 或 x = 3",
        r"\lambda^2 + \lambda",
        "a\tb\n",
        r"x^2y^3z^4w^5",
        r"e^{x^{2}}",
        r"\{" * 3 + "1" + r"\}" * 3,
        "10!",
        "1" * gate.MAX_DIGITS,
    ],
)
def test_honest_answers_are_let_in(text):
    assert gate.refusal(text) is None


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("1" * (gate.MAX_LENGTH + 1), "longer"),
        ("1\x00", "U+0000"),
        ("\u202e1", "U+202E"),
        ("1\u200b", "U+200B"),
        ("\x1b[31m1", "U+001B"),
        ("\ud800", "U+D800"),
        ("(" * 50 + "x" + ")" * 50, "nested"),
        ("{" * 50 + "x" + "}" * 50, "nested"),
        (r"\sqrt" * 50 + "2", "nested"),
        ("√" * 50 + "2", "nested"),
        ("|" * 200, "nested"),
        ("1" * (gate.MAX_DIGITS + 1), "digits"),
        (r"\input{/etc/passwd}", "TeX command"),
        (r"\write18{id}", "TeX command"),
        (r"\def\a{1}", "TeX command"),
        ("__import__('os')", "program code"),
        ("eval(1)", "program code"),
        ("lambda: 1", "program code"),
        ("2^2^2^2^2", "powers"),
        ("2^{2^{2^{2^{2}}}}", "powers"),
        ("2**2**2**2**2", "powers"),
        ("99999!", "factorial"),
        ("(((9!)!)!", "factorial"),
    ],
)
def test_hostile_answers_are_refused_with_the_reason(text, why):
    assert why in (gate.refusal(text) or "")


@pytest.mark.parametrize("text", ["^", "(", "!", "|", r"\sqrt", "9^", "1 ", "$", "a("])
def test_gate_is_quick_on_the_longest_text(text):
    began = time.monotonic()
    gate.refusal(text * (gate.MAX_LENGTH // len(text)))
    gate.refusal(text * 1_000_000)
    assert time.monotonic() - began < 1
