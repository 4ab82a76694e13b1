"""An answer as callers get it, from the row of a finished run or from the cache."""

import hashlib
import json
import unicodedata
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Self
from uuid import UUID

from django.conf import settings

from accounts.authentication import Caller
from accounts.models import PartnerKey
from solver.api.errors import DONT_RETRY, ApiError
from solver.api.sizes import least_tokens
from solver.engines.base import FinishReason
from solver.live.connection import async_redis_client
from solver.models.problem import Kind
from solver.models.solution import Priority, Solution, State
from solver.running.outcomes import TOO_LONG
from solver.running.submit import PartnerCall, submit
from solver.store.prompts import Prompt


@dataclass(frozen=True, slots=True)
class Ask:
    """One answer that a caller wants.

    text: the problem itself, the last turn of `messages` where there are some. index: which of
    several answers to one call. model: the name of the model that will speak.
    """

    caller: Caller
    kind: Kind
    text: str
    prompt: Prompt
    sampling: Mapping[str, Any]
    model: str
    messages: tuple[Mapping[str, str], ...] = ()
    input_limit: int | None = None
    index: int = 0
    priority: Priority = Priority.INTERACTIVE

    @property
    def is_greedy(self) -> bool:
        return self.sampling.get("temperature") == 0

    @property
    def fingerprint(self) -> str:
        """The same for the same question of the same person to the same model and prompt."""
        sampling = dict(self.sampling)
        if self.is_greedy:
            # Greedy answers do not depend on it.
            sampling.pop("seed", None)
        asked = [
            self.caller.user.pk,
            self.kind,
            _normal(self.text),
            [(turn["role"], _normal(turn["content"])) for turn in self.messages],
            [self.prompt.name, self.prompt.version, self.prompt.sha256],
            sorted((name, value) for name, value in sampling.items() if value is not None),
            [self.model, settings.MODEL_REVISION],
            self.input_limit,
            0 if self.is_greedy else self.index,
        ]
        return hashlib.sha256(json.dumps(asked).encode()).hexdigest()

    @property
    def least_tokens(self) -> int:
        turns = [turn["content"] for turn in self.messages] or [self.text]
        return least_tokens(self.prompt.text, *turns)

    def submit(self, solution_id: UUID) -> Solution:
        """Queue it. Raises ValidationError."""
        key: PartnerKey | None = self.caller.key
        partner = PartnerCall(solution_id, key, self.messages, self.input_limit)
        return submit(
            self.caller.user,
            self.text,
            self.kind,
            priority=self.priority,
            sampling=self.sampling,
            prompt=self.prompt,
            partner=partner,
        )


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. `text` is raw: reasoning in `<think>…</think>`, then the answer."""

    solution: str
    model: str
    text: str
    finish: str
    prompt_tokens: int
    completion_tokens: int
    verdict: str
    answer: str
    prompt_name: str
    prompt_version: str
    evidence: list[Any] = field(default_factory=list)

    @classmethod
    def of(cls, solution: Solution) -> Self:
        """Of a row in a final state. Raises ApiError where the run did not end well."""
        if solution.state != State.DONE:
            raise _failure(solution)
        return cls(
            solution=str(solution.pk),
            model=solution.model,
            text=solution.text,
            finish=solution.finish_reason,
            prompt_tokens=solution.prompt_tokens,
            completion_tokens=solution.completion_tokens,
            verdict=solution.verdict,
            answer=solution.answer,
            prompt_name=solution.prompt_name,
            prompt_version=solution.prompt_version,
            evidence=solution.evidence,
        )

    @property
    def checked(self) -> dict[str, Any]:
        """The extra field `vibesite`: what was done to check the answer, and where to read it."""
        return {
            "solution": self.solution,
            "url": f"{settings.SITE_URL}/solutions/{self.solution}/",
            "answer": self.answer,
            "verdict": self.verdict,
            "evidence": self.evidence,
            "prompt": {"name": self.prompt_name, "version": self.prompt_version},
        }


async def remembered(ask: Ask) -> Answer | None:
    """The cached answer to a greedy question."""
    if not ask.is_greedy:
        return None
    found = await async_redis_client().get(_cache_key(ask))
    return Answer(**json.loads(found)) if found else None


async def remember(ask: Ask, answer: Answer) -> None:
    """Keep a greedy answer for API_CACHE_S; another model or prompt version has another key."""
    if ask.is_greedy and settings.API_CACHE_S and answer.model == ask.model:
        await async_redis_client().set(
            _cache_key(ask), json.dumps(asdict(answer)), ex=settings.API_CACHE_S
        )


def _cache_key(ask: Ask) -> str:
    return f"vs:api:answer:{ask.fingerprint}"


def _normal(text: str) -> str:
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return unicodedata.normalize("NFC", lines).strip()


def _failure(solution: Solution) -> ApiError:
    if solution.state == State.CANCELLED:
        return ApiError(500, "cancelled", "The run was cancelled.", headers=DONT_RETRY)
    if solution.finish_reason == TOO_LONG:
        return ApiError(400, "context_length_exceeded", solution.error, "messages")
    if solution.finish_reason == FinishReason.DEADLINE:
        return ApiError(504, "deadline_exceeded", solution.error, headers=DONT_RETRY)
    return ApiError(500, "run_failed", solution.error or "The model failed. Try again.")
