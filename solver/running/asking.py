"""What the model is asked, and how much a caller may ask."""

from dataclasses import replace
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from solver.engines.base import (
    Engine,
    EngineError,
    Message,
    PromptTooLong,
    Request,
    Sampling,
)
from solver.models.prompt import PromptName
from solver.models.solution import Solution
from solver.store.prompts import OWN_VERSION
from solver.store.wording import MATHS_ENDING


class InputTooLong(PromptTooLong):
    """The caller's own words are above what this call takes, whatever the context holds."""

    def __init__(self, tokens: int, limit: int) -> None:
        EngineError.__init__(
            self,
            _("The input has %(tokens)d tokens and the limit is %(limit)d. Shorten it.")
            % {"tokens": tokens, "limit": limit},
        )
        self.over_tokens, self.context_tokens = tokens - limit, limit


def build_request(claim: Solution, prefill: str, max_tokens: int | None = None) -> Request:
    """What the model is asked: the stored system prompt, the problem, the stored sampling."""
    messages = _turns(claim)
    if claim.system_prompt:
        messages.insert(0, Message("system", claim.system_prompt))
    values: dict[str, Any] = {**claim.sampling, "stop": tuple(claim.sampling.get("stop", ()))}
    if max_tokens is not None:
        values["max_tokens"] = min(max_tokens, values.get("max_tokens", max_tokens))
    return Request(
        messages=tuple(messages),
        sampling=Sampling(**values),
        prefill=prefill,
        deadline_s=settings.SOLVE_DEADLINE_S,
        id=str(claim.pk),
    )


def check_input(claim: Solution, request: Request, engine: Engine) -> None:
    """Raises PromptTooLong where the caller's own words are above the row's limit."""
    if claim.input_limit is None:
        return
    is_own = claim.prompt_version == OWN_VERSION
    said = [message for message in request.messages if is_own or message.role != "system"]
    empty = [replace(message, content="") for message in said]
    # What the chat template adds to every prompt is not the caller's.
    words, around = (
        engine.count_tokens(replace(request, messages=tuple(turns), prefill=""))
        for turns in (said, empty)
    )
    if words - around > claim.input_limit:
        raise InputTooLong(words - around, claim.input_limit)


def _turns(claim: Solution) -> list[Message]:
    """The conversation; the house's way of asking goes with the house's prompts alone."""
    if not claim.messages:
        return [Message("user", _question(claim))]
    turns = [Message(turn["role"], turn["content"]) for turn in claim.messages]
    if claim.prompt_version != OWN_VERSION and turns[-1].role == "user":
        turns[-1] = Message("user", _question(claim))
    return turns


def _question(claim: Solution) -> str:
    # VibeThinker was trained on maths prompts that end with this sentence.
    text = claim.problem.text
    is_maths = claim.prompt_name == PromptName.MATHS_SOLVER
    return f"{text}\n\n{MATHS_ENDING}" if is_maths else text
