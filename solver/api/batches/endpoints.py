"""The calls that a batch may be made of, as a batch needs them: checked, asked, and told."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

from asgiref.sync import async_to_sync

from accounts.authentication import Caller
from solver.api.answers import Answer, Ask
from solver.api.bodies import parse
from solver.api.errors import invalid
from solver.api.openai import chat, completions, responses
from solver.api.openai.conversation import Question, make_asks
from solver.api.openai.fields import Sampled
from solver.api.openai.formats import Shape
from solver.models.problem import Kind
from solver.models.solution import Priority, Solution
from solver.store.prompts import Prompt


@dataclass(frozen=True, slots=True)
class Endpoint:
    model: type[Sampled]
    questions: Callable[[Any], list[Question]]
    shape: Callable[[Any], Shape]
    tell: Callable[[Any, Ask, Answer], dict[str, Any]]

    def check(self, values: dict[str, Any]) -> Sampled:
        """Raises ApiError."""
        body = parse(self.model, values)
        if body.stream:
            raise invalid("A batch cannot stream: leave 'stream' out.", "stream")
        if len(self.questions(body)) * (getattr(body, "n", None) or 1) != 1:
            raise invalid("A line of a batch asks for one answer: write more lines.", "n")
        self.shape(body)
        return body

    def ask(self, caller: Caller, values: dict[str, Any]) -> Ask:
        """Raises ApiError."""
        body = self.check(values)
        questions, shape = self.questions(body), self.shape(body)
        (ask,) = async_to_sync(make_asks)(caller, body, questions, body.drawing(), shape)
        return replace(ask, priority=Priority.BATCH)

    def answer(self, caller: Caller, values: dict[str, Any], solution: Solution) -> dict[str, Any]:
        """The body that the call itself would have had. Raises ApiError."""
        body = self.check(values)
        prompt = Prompt(solution.prompt_name, solution.prompt_version, solution.system_prompt)
        kind = Kind(solution.route)
        ask = Ask(caller, kind, "", prompt, solution.sampling, solution.model)
        return self.tell(body, ask, Answer.of(solution))


def _tell_chat(body: chat.ChatBody, ask: Ask, answer: Answer) -> dict[str, Any]:
    return chat.Telling(body.shape, [ask]).whole([answer])


def _tell_completion(_body: completions.CompletionBody, ask: Ask, answer: Answer) -> dict[str, Any]:
    return completions.Telling([ask]).whole([answer])


def _tell_response(body: responses.ResponseBody, ask: Ask, answer: Answer) -> dict[str, Any]:
    return responses.Telling(body, body.shape, [ask]).whole("completed", answer)


ENDPOINTS: Final[dict[str, Endpoint]] = {
    "/v1/chat/completions": Endpoint(
        chat.ChatBody,
        lambda body: [Question.of_turns(body.messages)],
        lambda body: body.shape,
        _tell_chat,
    ),
    "/v1/completions": Endpoint(
        completions.CompletionBody,
        lambda body: body.questions(),
        lambda body: Shape(),
        _tell_completion,
    ),
    "/v1/responses": Endpoint(
        responses.ResponseBody,
        lambda body: [body.question],
        lambda body: body.shape,
        _tell_response,
    ),
}
