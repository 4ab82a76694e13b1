import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from transformers import AutoTokenizer

from ..detokenise import BROKEN, Detokeniser


@pytest.fixture(scope="module")
def tokenizer(tiny_folder):
    return AutoTokenizer.from_pretrained(tiny_folder)


def pieces_of(tokenizer, tokens, before=()):
    words = Detokeniser(tokenizer, list(before))
    return [*(words.feed([token]) for token in tokens), words.flush()]


@pytest.mark.parametrize("text", ["设 x = 2 🙂👩‍👩‍👧", "√2 ≠ 1.41", "plain", "\n\n\t  spaces", "é̂"])
def test_pieces_never_split_a_character(tokenizer, text):
    pieces = pieces_of(tokenizer, tokenizer.encode(text, add_special_tokens=False))
    assert "".join(pieces) == text
    assert not any(BROKEN in piece for piece in pieces)


def test_special_tokens_are_not_shown(tokenizer):
    tokens = tokenizer.encode("<|im_start|>a<|im_end|>b<|endoftext|>", add_special_tokens=False)
    assert "".join(pieces_of(tokenizer, tokens)) == "ab"


@settings(
    max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(st.lists(st.integers(0, 299), max_size=60), st.integers(1, 7))
def test_any_tokens_join_to_what_they_decode_to_at_once(tokenizer, tokens, step):
    words = Detokeniser(tokenizer, [])
    text = "".join(words.feed(tokens[at : at + step]) for at in range(0, len(tokens), step))
    assert text + words.flush() == tokenizer.decode(tokens, skip_special_tokens=True)
