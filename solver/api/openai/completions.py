"""POST /v1/completions: the older call, whose prompt is a text and not a conversation."""

import time
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any
from uuid import uuid4

from django.http import JsonResponse
from django.http.response import HttpResponseBase
from pydantic import Field

from accounts.keys import Scope
from solver.api.answers import Answer, Ask
from solver.api.bodies import parse
from solver.api.calls import Call, api_call
from solver.api.errors import as_openai, invalid
from solver.api.openai.chat import answered
from solver.api.openai.conversation import Question, make_asks
from solver.api.openai.fields import MAX_ANSWERS, Sampled, Stop, StreamOptions, stops
from solver.api.openai.formats import Shape
from solver.api.openai.streaming import DONE, KEEP_ALIVE, Spoken, event, streamed
from solver.api.openai.usage import chat_usage, finish_of
from solver.api.parting import part
from solver.api.runs import Run

MAX_PROMPTS = 16


class CompletionBody(Sampled):
    prompt: str | Annotated[list[str], Field(min_length=1, max_length=MAX_PROMPTS)]
    n: Annotated[int, Field(ge=1, le=MAX_ANSWERS)] | None = None
    max_tokens: Annotated[int, Field(ge=1)] | None = None
    stop: Stop = None
    seed: int | None = None
    stream_options: StreamOptions | None = None

    def drawing(self) -> dict[str, Any]:
        given = super().drawing() | {"stop": stops(self.stop), "seed": self.seed}
        return given | ({"max_tokens": self.max_tokens} if self.max_tokens else {})

    def questions(self) -> list[Question]:
        prompts = [self.prompt] if isinstance(self.prompt, str) else self.prompt
        if not all(prompt.strip() for prompt in prompts):
            raise invalid("The prompt is empty.", "prompt")
        return [Question(({"role": "user", "content": prompt},)) for prompt in prompts]


@dataclass(frozen=True, slots=True)
class Telling:
    """How one call's answers are written."""

    asks: Sequence[Ask]
    wants_usage: bool = False
    id: str = field(default_factory=lambda: f"cmpl-{uuid4().hex}")
    created: int = field(default_factory=lambda: int(time.time()))

    @property
    def head(self) -> dict[str, Any]:
        model = self.asks[0].model
        named = {"id": self.id, "object": "text_completion", "created": self.created}
        return {**named, "model": model, "system_fingerprint": None}

    def whole(self, answers: Sequence[Answer]) -> dict[str, Any]:
        choices = [
            _choice(index, part(answer.text).content, answer)
            for index, answer in enumerate(answers)
        ]
        usage = chat_usage(answers)
        return {**self.head, "choices": choices, "usage": usage, "vibesite": answers[0].checked}

    async def events(
        self, runs: Sequence[Run], spoken: AsyncIterator[Spoken | None]
    ) -> AsyncGenerator[str]:
        async for item in spoken:
            if item is None:
                yield KEEP_ALIVE
            elif item.part.content or item.has_ended:
                ended = runs[item.index].answer if item.has_ended else None
                yield self._event([_choice(item.index, item.part.content, ended)])
        if self.wants_usage:
            yield self._event([], chat_usage([run.answer for run in runs if run.answer]))
        yield DONE

    def _event(self, choices: list[dict[str, Any]], usage: dict[str, Any] | None = None) -> str:
        fields = {**self.head, "choices": choices}
        return event(fields | ({"usage": usage} if self.wants_usage else {}))


@api_call(Scope.INFERENCE, as_openai)
async def completions(call: Call) -> HttpResponseBase:
    body = parse(CompletionBody, call.body)
    asks = await make_asks(
        call.caller, body, body.questions(), body.drawing(), Shape(), body.n or 1
    )
    wants_usage = bool(body.stream_options and body.stream_options.include_usage)
    telling = Telling(asks, wants_usage)
    if body.stream:
        return await streamed(call, asks, telling.events)
    return JsonResponse(telling.whole(await answered(call, asks)))


def _choice(index: int, text: str, answer: Answer | None) -> dict[str, Any]:
    reason = finish_of(answer) if answer else None
    choice = {"index": index, "text": text, "logprobs": None, "finish_reason": reason}
    return choice | ({"vibesite": answer.checked} if answer else {})
