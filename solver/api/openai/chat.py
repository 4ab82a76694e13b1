"""POST /v1/chat/completions"""

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
from solver.api.openai.conversation import Question, Turn, make_asks
from solver.api.openai.fields import MAX_ANSWERS, Sampled, Stop, StreamOptions, stops
from solver.api.openai.formats import Format, Shape
from solver.api.openai.streaming import DONE, KEEP_ALIVE, Spoken, event, streamed
from solver.api.openai.usage import chat_usage, finish_of
from solver.api.parting import part
from solver.api.runs import Run, begun


class ChatBody(Sampled):
    messages: Annotated[list[Turn], Field(min_length=1)]
    n: Annotated[int, Field(ge=1, le=MAX_ANSWERS)] | None = None
    max_tokens: Annotated[int, Field(ge=1)] | None = None
    max_completion_tokens: Annotated[int, Field(ge=1)] | None = None
    stop: Stop = None
    seed: int | None = None
    stream_options: StreamOptions | None = None
    response_format: Format | None = None
    reasoning_effort: str | None = None
    verbosity: str | None = None

    def drawing(self) -> dict[str, Any]:
        given = super().drawing() | {"stop": stops(self.stop), "seed": self.seed}
        most = self.max_completion_tokens or self.max_tokens
        return given | ({"max_tokens": most} if most else {})

    @property
    def shape(self) -> Shape:
        wanted = self.response_format or Format()
        named = wanted.json_schema
        return Shape(wanted.type, named.json_schema if named else None)


@dataclass(frozen=True, slots=True)
class Telling:
    """How one call's answers are written."""

    shape: Shape
    asks: Sequence[Ask]
    wants_usage: bool = False
    id: str = field(default_factory=lambda: f"chatcmpl-{uuid4().hex}")
    created: int = field(default_factory=lambda: int(time.time()))

    @property
    def head(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "created": self.created,
            "model": self.asks[0].model,
            "system_fingerprint": f"fp_{self.asks[0].prompt.sha256[:10]}",
        }

    def whole(self, answers: Sequence[Answer]) -> dict[str, Any]:
        return {
            **self.head,
            "object": "chat.completion",
            "choices": [self._choice(index, answer) for index, answer in enumerate(answers)],
            "usage": chat_usage(answers),
            "vibesite": answers[0].checked,
        }

    def _choice(self, index: int, answer: Answer) -> dict[str, Any]:
        parts = part(answer.text)
        message = {"role": "assistant", "content": self.shape.check(parts.content), "refusal": None}
        return {
            "index": index,
            "message": message | _thoughts(parts.reasoning),
            "logprobs": None,
            "finish_reason": finish_of(answer),
            "vibesite": answer.checked,
        }

    async def events(
        self, runs: Sequence[Run], spoken: AsyncIterator[Spoken | None]
    ) -> AsyncGenerator[str]:
        for index in range(len(runs)):
            yield self._chunk(index, {"role": "assistant", "content": ""})
        async for item in spoken:
            if item is None:
                yield KEEP_ALIVE
                continue
            said = _thoughts(item.part.reasoning)
            if item.part.content:
                said["content"] = item.part.content
            if said:
                yield self._chunk(item.index, said)
            if item.has_ended:
                yield self._ending(item.index, runs[item.index])
        if self.wants_usage:
            answers = [run.answer for run in runs if run.answer]
            yield self._event([], chat_usage(answers))
        yield DONE

    def _chunk(self, index: int, delta: dict[str, Any]) -> str:
        choice = {"index": index, "delta": delta, "logprobs": None, "finish_reason": None}
        return self._event([choice])

    def _ending(self, index: int, run: Run) -> str:
        assert run.answer is not None
        self.shape.check(part(run.answer.text).content)
        checked = run.answer.checked
        reason = finish_of(run.answer)
        choice = {"index": index, "delta": {}, "logprobs": None, "finish_reason": reason}
        return self._event([choice | {"vibesite": checked}], vibesite=checked)

    def _event(
        self, choices: list[dict[str, Any]], usage: dict[str, Any] | None = None, **more: Any
    ) -> str:
        fields = {**self.head, "object": "chat.completion.chunk", "choices": choices, **more}
        return event(fields | ({"usage": usage} if self.wants_usage else {}))


@api_call(Scope.INFERENCE, as_openai)
async def chat_completions(call: Call) -> HttpResponseBase:
    body = parse(ChatBody, call.body)
    if body.stream_options is not None and not body.stream:
        raise invalid("'stream_options' is for streams: set 'stream' too.", "stream_options")
    shape = body.shape
    questions = [Question.of_turns(body.messages)]
    asks = await make_asks(call.caller, body, questions, body.drawing(), shape, body.n or 1)
    wants_usage = bool(body.stream_options and body.stream_options.include_usage)
    telling = Telling(shape, asks, wants_usage)
    if body.stream:
        return await streamed(call, asks, telling.events)
    return JsonResponse(telling.whole(await answered(call, asks)))


async def answered(call: Call, asks: Sequence[Ask]) -> list[Answer]:
    """All answers, once all are there."""
    async with begun(asks, not call.wants_fresh) as runs:
        answers = [await run.wait() for run in runs]
    call.headers["x-cache"] = "hit" if all(run.is_cached for run in runs) else "miss"
    for answer in answers:
        call.count(answer)
    return answers


def _thoughts(reasoning: str) -> dict[str, Any]:
    """Under both names that clients look for."""
    return {"reasoning": reasoning, "reasoning_content": reasoning} if reasoning else {}
