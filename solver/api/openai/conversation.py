"""From the turns that a caller sent to the questions that our solvers are asked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from channels.db import database_sync_to_async
from pydantic import Field

from accounts.authentication import Caller
from solver.api.answers import Ask
from solver.api.bodies import Body
from solver.api.errors import invalid
from solver.api.lately import lately
from solver.api.models import crew
from solver.api.openai.fields import Sampled, seed_for
from solver.api.openai.formats import Shape
from solver.models.problem import Kind
from solver.running.submit import PROMPT_OF_KIND
from solver.store import prompts
from solver.store.prompts import OWN_VERSION, Prompt


class TextPart(Body):
    type: Literal["text", "input_text", "output_text"]
    text: str
    # What clients send back with a turn that was answered here.
    annotations: list[Any] | None = None
    logprobs: list[Any] | None = None


class Turn(Body):
    """One turn, as chat completions and responses write it."""

    role: Literal["system", "developer", "user", "assistant"]
    content: str | Annotated[list[TextPart], Field(min_length=1)] | None = None
    name: str | None = None
    type: Literal["message"] | None = None
    id: str | None = None
    status: str | None = None
    phase: str | None = None
    # Of an answer that is sent back; the reasoning is not shown to the model again.
    reasoning: str | None = None
    reasoning_content: str | None = None
    refusal: None = None
    annotations: list[Any] | None = None
    audio: None = None
    tool_calls: Annotated[list[Any], Field(max_length=0)] | None = None
    function_call: None = None

    @property
    def text(self) -> str:
        if self.content is None:
            return ""
        if isinstance(self.content, str):
            return self.content
        return "".join(part.text for part in self.content)


@dataclass(frozen=True, slots=True)
class Question:
    """instructions: the caller's own system prompt, or "" for the house's."""

    turns: tuple[Mapping[str, str], ...]
    instructions: str = ""

    @classmethod
    def of_turns(cls, turns: Sequence[Turn], instructions: str = "") -> "Question":
        """Raises ApiError."""
        told = [turn.text for turn in turns if turn.role in {"system", "developer"}]
        said = [turn for turn in turns if turn.role in {"user", "assistant"}]
        if not said or said[-1].role != "user":
            raise invalid("The last message must be the user's.", "messages")
        if not said[-1].text.strip():
            raise invalid("The last message is empty.", "messages")
        parts = [part for part in (instructions, *told) if part.strip()]
        turns_said = tuple({"role": turn.role, "content": turn.text} for turn in said)
        return cls(turns_said, "\n\n".join(parts))


async def make_asks(
    caller: Caller,
    body: Sampled,
    questions: Sequence[Question],
    drawing: Mapping[str, Any],
    shape: Shape,
    answers: int = 1,
) -> list[Ask]:
    """`answers` asks for each question. Raises ApiError."""
    kind, model = (await crew()).choose(body.model, body.vibesite.known_kind)
    asks: list[Ask] = []
    for question in questions:
        prompt = await _prompt(caller, kind, question.instructions, shape.instruction)
        asks += [
            Ask(
                caller,
                kind,
                question.turns[-1]["content"],
                prompt,
                {**drawing, "seed": seed_for(drawing.get("seed"), index)},
                model,
                question.turns,
                index=index,
            )
            for index in range(answers)
        ]
    return asks


async def _prompt(caller: Caller, kind: Kind, own: str, format_wanted: str) -> Prompt:
    name = PROMPT_OF_KIND[kind]
    if own:
        text = f"{own}\n\n{format_wanted}" if format_wanted else own
        return Prompt(name.value, OWN_VERSION, text)
    if format_wanted:
        # The house's prompt asks for worked steps, which JSON alone cannot have.
        return Prompt(name.value, OWN_VERSION, format_wanted)
    person_id = caller.user.pk
    choose = database_sync_to_async(prompts.choose)
    return await lately((name, person_id), lambda: choose(name, person_id))
