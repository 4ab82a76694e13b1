import pytest

from solver.models.prompt import PromptName
from solver.store import wording
from solver.store.wording import MATHS_ENDING, PromptRefused

NONE: frozenset[str] = frozenset()


def test_maths_ending_is_the_sentence_to_the_letter():
    assert MATHS_ENDING == (
        "Let's think step by step and output the final answer within \\boxed{}."
    )


@pytest.mark.parametrize("name", list(PromptName))
def test_built_in_prompt_keeps_its_own_rules(name):
    text = wording.BUILT_IN[name]

    wording.check(text, wording.PLACEHOLDERS.get(name, NONE), 4000)
    assert wording.ended(name, text) == text


def test_ended_adds_the_sentence_to_maths_alone_and_once():
    once = wording.ended(PromptName.MATHS_SOLVER, "Be brief.")

    assert once == f"Be brief.\n\n{MATHS_ENDING}"
    assert wording.ended(PromptName.MATHS_SOLVER, once) == once
    assert wording.ended(PromptName.CODE_SOLVER, "Be brief.") == "Be brief."


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "empty"),
        ("x" * 101, "101 characters, the limit is 100"),
        ("a\x00b", "U+0000"),
        ("a\x1bb", "U+001B"),
        ("Hello {{name}}.", "Unknown placeholder {{name}}"),
        ("Hello {{ Name }}.", "Unknown placeholder {{Name}}"),
    ],
)
def test_check_says_what_to_change(text, says):
    with pytest.raises(PromptRefused, match=says.replace("{", r"\{").replace("+", r"\+")):
        wording.check(text, frozenset({"level"}), 100)


def test_check_takes_latex_and_known_placeholders():
    wording.check(r"Write \frac{1}{2} and \boxed{}; level {{level}}.", frozenset({"level"}), 100)


def test_decode_drops_what_editors_add():
    assert wording.decode("\ufeffYou solve.\r\nWell.\r\n\n".encode()) == "You solve.\nWell."


def test_decode_refuses_other_encodings():
    with pytest.raises(PromptRefused, match="byte 1"):
        wording.decode("Löse".encode("latin-1"))


def test_fill_never_fills_what_it_has_filled_in():
    filled = wording.fill("{{a}} {{b}} {{c}}", {"a": "{{b}}", "b": "two"})

    assert filled == "{{b}} two {{c}}"
