"""POST /v1/responses, without state: nothing is stored under its id, whatever `store` says."""

import time
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Annotated, Any
from uuid import uuid4

from django.http import JsonResponse
from django.http.response import HttpResponseBase
from pydantic import Field

from accounts.keys import Scope
from solver.api.answers import Answer, Ask
from solver.api.bodies import Body, parse
from solver.api.calls import Call, api_call
from solver.api.errors import as_openai, invalid
from solver.api.openai.chat import answered
from solver.api.openai.conversation import Question, Turn, make_asks
from solver.api.openai.fields import Sampled, StreamOptions
from solver.api.openai.formats import FlatFormat, Shape
from solver.api.openai.streaming import KEEP_ALIVE, Spoken, event, streamed
from solver.api.openai.usage import finish_of, response_usage
from solver.api.parting import Part, part
from solver.api.runs import Run


class TextOptions(Body):
    format: FlatFormat | None = None
    verbosity: str | None = None


class ResponseBody(Sampled):
    input: str | Annotated[list[Turn], Field(min_length=1)]
    instructions: str | None = None
    max_output_tokens: Annotated[int, Field(ge=1)] | None = None
    text: TextOptions | None = None
    stream_options: StreamOptions | None = None
    reasoning: dict[str, Any] | None = None

    def drawing(self) -> dict[str, Any]:
        most = self.max_output_tokens
        return super().drawing() | ({"max_tokens": most} if most else {})

    @property
    def shape(self) -> Shape:
        wanted = (self.text and self.text.format) or FlatFormat()
        return Shape(wanted.type, wanted.json_schema)

    @property
    def question(self) -> Question:
        if isinstance(self.input, list):
            return Question.of_turns(self.input, self.instructions or "")
        if not self.input.strip():
            raise invalid("The input is empty.", "input")
        return Question(({"role": "user", "content": self.input},), self.instructions or "")


@dataclass(frozen=True, slots=True)
class Telling:
    """How one response is written."""

    body: ResponseBody
    shape: Shape
    asks: Sequence[Ask]
    key: str = field(default_factory=lambda: uuid4().hex)
    created: int = field(default_factory=lambda: int(time.time()))

    def whole(self, status: str, answer: Answer | None = None) -> dict[str, Any]:
        ask, body = self.asks[0], self.body
        drawn = ask.sampling
        response: dict[str, Any] = {
            "id": f"resp_{self.key}",
            "object": "response",
            "created_at": self.created,
            "status": status,
            "error": None,
            "incomplete_details": None,
            "instructions": body.instructions,
            "max_output_tokens": body.max_output_tokens,
            "metadata": body.metadata or {},
            "model": ask.model,
            "output": [],
            "parallel_tool_calls": False,
            "previous_response_id": None,
            "reasoning": {"effort": None, "summary": None},
            "store": False,
            "temperature": drawn.get("temperature"),
            "text": {"format": {"type": self.shape.kind}},
            "tool_choice": "none",
            "tools": [],
            "top_p": drawn.get("top_p"),
            "truncation": "disabled",
            "usage": None,
            "user": body.user,
        }
        return response | (self._ended(answer) if answer else {})

    def _ended(self, answer: Answer) -> dict[str, Any]:
        parts = part(answer.text)
        is_cut = finish_of(answer) == "length"
        content = parts.content if is_cut else self.shape.check(parts.content)
        state = "incomplete" if is_cut else "completed"
        thought = [self.reasoning(parts.reasoning)] if parts.reasoning else []
        return {
            "status": state,
            "incomplete_details": {"reason": "max_output_tokens"} if is_cut else None,
            "output": [*thought, self.message(content, state)],
            "usage": response_usage(answer),
            "vibesite": answer.checked,
        }

    def reasoning(self, text: str | None) -> dict[str, Any]:
        content = [] if text is None else [{"type": "reasoning_text", "text": text}]
        status = "in_progress" if text is None else "completed"
        named = {"id": f"rs_{self.key}", "type": "reasoning", "summary": []}
        return {**named, "content": content, "status": status}

    def message(self, text: str | None, status: str) -> dict[str, Any]:
        content = [] if text is None else [output_text(text)]
        named = {"id": f"msg_{self.key}", "type": "message", "role": "assistant"}
        return {**named, "status": status, "content": content}

    async def events(
        self, runs: Sequence[Run], spoken: AsyncIterator[Spoken | None]
    ) -> AsyncGenerator[str]:
        story = Story(self)
        for text in story.begin():
            yield text
        async for item in spoken:
            if item is None:
                yield KEEP_ALIVE
                continue
            for text in story.go_on(item.part):
                yield text
        answer = runs[0].answer
        assert answer is not None
        for text in story.end(answer):
            yield text


class Story:
    """The order of a response's events: an item is added, grows, and is done before the next."""

    def __init__(self, telling: Telling) -> None:
        self._telling = telling
        self._numbers = count()
        self._index = -1
        self._open = ""
        self._said = ""

    def begin(self) -> list[str]:
        whole = self._telling.whole("in_progress")
        return [
            self._event("response.created", response=whole),
            self._event("response.in_progress", response=whole),
        ]

    def go_on(self, parts: Part) -> list[str]:
        return [*self._say("reasoning", parts.reasoning), *self._say("message", parts.content)]

    def end(self, answer: Answer) -> list[str]:
        events = [] if self._open == "message" else self._enter("message")
        whole = self._telling.whole("completed", answer)
        name = f"response.{whole['status']}"
        return [*events, *self._leave(), self._event(name, response=whole)]

    def _say(self, kind: str, text: str) -> list[str]:
        if not text:
            return []
        entered = [] if self._open == kind else self._enter(kind)
        self._said += text
        more: dict[str, Any] = {"logprobs": []} if kind == "message" else {}
        name = "response.output_text.delta" if more else "response.reasoning_text.delta"
        return [*entered, self._event(name, delta=text, **self._place(), **more)]

    def _enter(self, kind: str) -> list[str]:
        events = self._leave()
        self._index, self._open, self._said = self._index + 1, kind, ""
        item = self._item(None, "in_progress")
        events.append(
            self._event("response.output_item.added", output_index=self._index, item=item)
        )
        name = "response.content_part.added"
        return [*events, self._event(name, part=self._part(""), **self._place())]

    def _leave(self) -> list[str]:
        if not self._open:
            return []
        is_message = self._open == "message"
        name = "response.output_text.done" if is_message else "response.reasoning_text.done"
        more: dict[str, Any] = {"logprobs": []} if is_message else {}
        item = self._item(self._said, "completed")
        return [
            self._event(name, text=self._said, **self._place(), **more),
            self._event("response.content_part.done", part=self._part(self._said), **self._place()),
            self._event("response.output_item.done", output_index=self._index, item=item),
        ]

    def _item(self, text: str | None, status: str) -> dict[str, Any]:
        telling = self._telling
        is_message = self._open == "message"
        return telling.message(text, status) if is_message else telling.reasoning(text)

    def _part(self, text: str) -> dict[str, Any]:
        is_message = self._open == "message"
        return output_text(text) if is_message else {"type": "reasoning_text", "text": text}

    def _place(self) -> dict[str, Any]:
        item_id = self._item(None, "in_progress")["id"]
        return {"item_id": item_id, "output_index": self._index, "content_index": 0}

    def _event(self, name: str, **fields: Any) -> str:
        return event({"type": name, "sequence_number": next(self._numbers), **fields}, name)


@api_call(Scope.INFERENCE, as_openai)
async def responses(call: Call) -> HttpResponseBase:
    body = parse(ResponseBody, call.body)
    shape = body.shape
    asks = await make_asks(call.caller, body, [body.question], body.drawing(), shape)
    telling = Telling(body, shape, asks)
    if body.stream:
        return await streamed(call, asks, telling.events)
    return JsonResponse(telling.whole("completed", (await answered(call, asks))[0]))


def output_text(text: str) -> dict[str, Any]:
    return {"type": "output_text", "text": text, "annotations": [], "logprobs": []}
