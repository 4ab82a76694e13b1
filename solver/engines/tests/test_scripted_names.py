from dataclasses import replace
from pathlib import Path

import pytest

from solver.engines.base import EngineDead, Message, ModelNotFound, Request
from solver.engines.choose import open_engine
from solver.engines.scripts import WORKED, tokens_of

ASK = Request((Message("user", "Solve it."),))


def test_a_named_script_is_said_whole() -> None:
    engine = open_engine("scripted:worked")
    assert "".join(chunk.text for chunk in engine.stream(ASK)) == WORKED


def test_tokens_option_sets_about_the_length() -> None:
    engine = open_engine("scripted:worked?tokens=500&rate=100000")
    *_, last = engine.stream(ASK)
    assert last.completion_tokens == pytest.approx(500, rel=0.02)


def test_the_long_script_thinks_for_half_of_its_length() -> None:
    engine = open_engine("scripted:long?tokens=4000")
    text = "".join(chunk.text for chunk in engine.stream(ASK))
    thoughts, _, steps = text.partition("</think>")
    assert len(tokens_of(thoughts)) == pytest.approx(2_000, rel=0.02)
    assert len(tokens_of(steps)) == pytest.approx(2_000, rel=0.02)
    assert steps.count("## Step") > 10


def test_a_file_answers_problem_by_problem_and_sample_by_sample(tmp_path: Path) -> None:
    script = tmp_path / "script.json"
    script.write_text('{"answers": [{"when": "Solve", "say": ["one", "two"]}]}')
    engine = open_engine(f"scripted:@{script}")
    said = [
        "".join(chunk.text for chunk in engine.stream(replace(ASK, id=name)))
        for name in ("a", "a#2", "a#3")
    ]
    assert said == ["one", "two", "one"]
    script.write_text("[]")
    with pytest.raises(ModelNotFound, match="cannot be used"):
        open_engine(f"scripted:@{script}")


@pytest.mark.parametrize("query", ["rate=fast", "speed=3", "rate"])
def test_unknown_options_are_refused(query: str) -> None:
    with pytest.raises(ModelNotFound, match="rate=20"):
        open_engine(f"scripted:worked?{query}")


def test_the_engine_dies_where_it_is_told_to() -> None:
    engine = open_engine("scripted:worked?dies=10")
    with pytest.raises(EngineDead):
        list(engine.stream(ASK))
    assert not engine.healthy()
