import pytest

from solver.engines.base import EngineDead, Message, ModelNotFound, Request
from solver.engines.choose import open_engine
from solver.engines.scripted import WORKED

ASK = Request((Message("user", "Solve it."),))


def test_a_named_script_is_said_whole() -> None:
    engine = open_engine("scripted:worked")
    assert "".join(chunk.text for chunk in engine.stream(ASK)) == WORKED


def test_tokens_option_sets_about_the_length() -> None:
    engine = open_engine("scripted:worked?tokens=500&rate=100000")
    *_, last = engine.stream(ASK)
    assert last.completion_tokens == pytest.approx(500, rel=0.02)


@pytest.mark.parametrize("query", ["rate=fast", "speed=3", "rate"])
def test_unknown_options_are_refused(query: str) -> None:
    with pytest.raises(ModelNotFound, match="rate=20"):
        open_engine(f"scripted:worked?{query}")


def test_the_engine_dies_where_it_is_told_to() -> None:
    engine = open_engine("scripted:worked?dies=10")
    with pytest.raises(EngineDead):
        list(engine.stream(ASK))
    assert not engine.healthy()
