"""Models, completions and responses, through the openai client."""

import openai
import pytest

from solver.api.openai.tests.test_chat import CONTENT, REASONING
from solver.api.tests.conftest import MODEL, Site, only_solution
from solver.engines.base import Message
from solver.running.tests.conftest import until

SOLVE = "Solve x^2 - 5x + 6 = 0."


def test_models_are_those_that_answer(site: Site, client, valkey) -> None:
    assert [model.id for model in client.models.list()] == [MODEL, "vibesite"]
    assert client.models.retrieve(MODEL).id == MODEL
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("gpt/4o")
    site.process.close()
    valkey.delete("vs:workers")
    until(lambda: client.models.list().data == [])
    with pytest.raises(openai.InternalServerError) as none:
        client.completions.create(model=MODEL, prompt=SOLVE)
    assert none.value.status_code == 503


def test_a_completion_for_each_prompt(site: Site, client) -> None:
    site.scripts |= {"first": "One.", "second": "Two."}
    told = client.completions.create(model=MODEL, prompt=["first", "second"], max_tokens=50)
    assert told.object == "text_completion"
    assert [(choice.index, choice.text) for choice in told.choices] == [(0, "One."), (1, "Two.")]
    chunks = list(
        client.completions.create(
            model=MODEL, prompt=SOLVE, stream=True, stream_options={"include_usage": True}
        )
    )
    assert "".join(chunk.choices[0].text for chunk in chunks if chunk.choices) == CONTENT
    assert chunks[-1].usage.total_tokens > 0
    with pytest.raises(openai.BadRequestError, match="echo"):
        client.completions.create(model=MODEL, prompt=SOLVE, echo=True)
    with pytest.raises(openai.BadRequestError, match="prompt"):
        client.completions.create(model=MODEL, prompt=[1, 2, 3])


def test_a_response_has_its_reasoning_as_an_item(site: Site, client) -> None:
    told = client.responses.create(model=MODEL, input=SOLVE, instructions="Be exact.")
    reasoning, message = told.output
    assert (told.status, told.output_text) == ("completed", CONTENT)
    assert (reasoning.type, reasoning.content[0].text) == ("reasoning", REASONING)
    assert message.content[0].text == CONTENT
    assert told.usage.output_tokens == only_solution().completion_tokens
    assert told.vibesite["verdict"] == "checked"
    assert site.asked[0].messages == (Message("system", "Be exact."), Message("user", SOLVE))
    sent_back = [{"role": "user", "content": SOLVE}, *(item.to_dict() for item in told.output[1:])]
    turns = [*sent_back, {"role": "user", "content": "And now?"}]
    client.responses.create(model=MODEL, input=turns)
    assert [turn.content for turn in site.asked[1].messages[1:3]] == [SOLVE, CONTENT]


def test_a_response_that_was_cut_is_incomplete(site: Site, client) -> None:
    told = client.responses.create(model=MODEL, input="long", max_output_tokens=5)
    assert (told.status, told.incomplete_details.reason) == ("incomplete", "max_output_tokens")
    with pytest.raises(openai.BadRequestError, match="previous_response_id"):
        client.responses.create(model=MODEL, input=SOLVE, previous_response_id="resp_1")


def test_the_events_of_a_response_build_it(site: Site, client) -> None:
    with client.responses.stream(model=MODEL, input=SOLVE) as stream:
        events = list(stream)
        final = stream.get_final_response()
    assert final.output_text == CONTENT
    assert [event.sequence_number for event in events if event.type.endswith("done")]
    assert events[0].type == "response.created"
    assert events[-1].type == "response.completed"
    added = [event.item.type for event in events if event.type == "response.output_item.added"]
    assert added == ["reasoning", "message"]
    thought = [event.delta for event in events if event.type == "response.reasoning_text.delta"]
    assert "".join(thought) == REASONING
