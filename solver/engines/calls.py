"""One request to an OpenAI-compatible server: tried again until its first token, then never."""

import asyncio
import random
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Any

import httpx

from .base import ModelNotFound, RemoteFailed, Request
from .options import RemoteOptions
from .refusals import Refusal, read_refusal
from .servers import Servers
from .sse import DONE, EventParser, Malformed, Piece, PieceReader

# Fields that not every server knows; left out when a refusal names one of them.
OPTIONAL = ("stream_options", "top_k", "seed", "continue_final_message", "add_generation_prompt")
LONGEST_PAUSE_S = 30.0
AFTER_FINISH_S = 2.0


class Transient(Exception):
    """Nothing was generated and another try may help. after_s: what the server asked for."""

    def __init__(self, reason: str, after_s: float | None = None) -> None:
        super().__init__(reason)
        self.after_s = after_s


class Cut(Exception):
    """The stream broke after its first token; its text stands."""


@dataclass(frozen=True, slots=True)
class Call:
    """show is called for every piece, on the event loop; exactly one piece has a finish, and it is
    the last."""

    client: httpx.AsyncClient
    servers: Servers
    options: RemoteOptions
    model: str
    request: Request
    show: Callable[[Piece], None]

    async def run(self) -> None:
        """Raises EngineError before the first token, Cut after it."""
        body, reason = self._body(), ""
        for attempt in range(self.options.attempts):
            url = self.servers.next()
            try:
                await self._try(url, body)
                self.servers.put_back(url)
                return
            except Transient as error:
                self.servers.take_out(url)
                reason, after_s = str(error), error.after_s
            if attempt + 1 < self.options.attempts:
                await asyncio.sleep(self._pause_s(attempt, after_s))
        raise RemoteFailed(
            f"The model server does not answer ({reason}; {self.options.attempts} tries): see "
            "whether it runs and can be reached."
        )

    def _pause_s(self, attempt: int, asked_s: float | None) -> float:
        """Doubles with each try, with jitter so that many callers do not come back at once."""
        pause_s: float = self.options.backoff_s * 2.0**attempt * random.uniform(0.5, 1.0)  # noqa: S311
        return min(LONGEST_PAUSE_S, max(pause_s, asked_s or 0.0))

    def _body(self) -> dict[str, Any]:
        sampling = self.request.sampling
        turns = [{"role": turn.role, "content": turn.content} for turn in self.request.messages]
        body: dict[str, Any] = {
            "model": self.model,
            "messages": turns,
            "stream": True,
            "stream_options": {"include_usage": True},
            "temperature": sampling.temperature,
            "top_p": sampling.top_p,
            "max_tokens": sampling.max_tokens,
        }
        chosen = {"top_k": sampling.top_k, "seed": sampling.seed, "stop": list(sampling.stop)}
        body.update({name: value for name, value in chosen.items() if value not in (None, [])})
        if self.request.prefill:
            turns.append({"role": "assistant", "content": self.request.prefill})
            body.update(continue_final_message=True, add_generation_prompt=False)
        return {**body, **self.options.extra}

    async def _try(self, url: str, body: dict[str, Any]) -> None:
        refusal = await self._post(url, body)
        while refusal:
            changed = _without_cause(body, refusal)
            if changed is None:
                raise await self._error(url, refusal)
            body = changed
            refusal = await self._post(url, body)

    async def _post(self, url: str, body: dict[str, Any]) -> Refusal | None:
        """None when the answer has been shown to its end."""
        request = self.client.build_request("POST", f"{url}/chat/completions", json=body)
        try:
            async with asyncio.timeout(self.options.first_token_timeout_s):
                response = await self.client.send(request, stream=True)
        except TimeoutError as error:
            raise Transient("no answer in time") from error
        except httpx.TransportError as error:
            raise Transient(f"{type(error).__name__} {error}".strip()) from error
        try:
            if response.status_code != httpx.codes.OK:
                return await read_refusal(response)
            await self._show_all(response)
            return None
        finally:
            await response.aclose()

    async def _error(self, url: str, refusal: Refusal) -> Exception:
        if refusal.is_transient:
            return Transient(f"it says {refusal.status}: {refusal.text}", refusal.retry_after_s)
        if refusal.status in {401, 403}:
            return RemoteFailed(f"The model server refuses the key ({refusal.text}): set another.")
        offered = await self._offered(url) if refusal.status in {400, 404} else ()
        if refusal.status == httpx.codes.NOT_FOUND or (offered and self.model not in offered):
            names = f" It offers {', '.join(offered)}." if offered else ""
            return ModelNotFound(
                f"The server at {url} has no model {self.model!r}: correct the name.{names}"
            )
        if refusal.is_about_length:
            return RemoteFailed(f"Prompt and answer do not fit the model ({refusal.text}).")
        return RemoteFailed(f"The model server refuses ({refusal.status}: {refusal.text}).")

    async def _offered(self, url: str) -> tuple[str, ...]:
        try:
            response = await self.client.get(f"{url}/models")
            return tuple(str(model["id"]) for model in response.json()["data"])
        except (httpx.HTTPError, ValueError, KeyError, TypeError):
            return ()

    async def _show_all(self, response: httpx.Response) -> None:
        started, last = False, Piece()
        now = asyncio.get_running_loop().time
        ends_at = now() + self.options.total_timeout_s
        try:
            async with (
                asyncio.timeout(self.options.first_token_timeout_s) as limit,
                aclosing(_pieces(response)) as pieces,
            ):
                async for piece in pieces:
                    if piece.error:
                        raise Malformed(piece.error)
                    started = started or piece.has_token
                    last = last.with_what_is_known(piece)
                    if started:
                        self.show(replace(piece, finish=None))
                    patience_s = AFTER_FINISH_S if last.finish else self.options.silence_timeout_s
                    limit.reschedule(min(ends_at, now() + patience_s))
        except (httpx.HTTPError, Malformed, TimeoutError) as error:
            if not last.finish:
                reason = str(error) or "nothing more came in time"
                raise (Cut(reason) if started else Transient(reason)) from error
        if not last.finish:
            raise Cut("it broke off") if started else Transient("it broke off")
        self.show(last)


async def _pieces(response: httpx.Response) -> AsyncGenerator[Piece, None]:
    reader = PieceReader()
    if "application/json" in response.headers.get("content-type", ""):
        # A server that does not stream: its whole answer is one piece.
        yield reader.read((await response.aread()).decode("utf-8", errors="replace"))
        return
    parser = EventParser()
    async for received in response.aiter_bytes():
        for event in parser.feed(received):
            if event.strip() == DONE:
                return
            yield reader.read(event)


def _without_cause(body: dict[str, Any], refusal: Refusal) -> dict[str, Any] | None:
    """The body without what the server refused, where that can be told; raises PromptTooLong."""
    unknown = {name for name in OPTIONAL if name in body and name in refusal.text}
    if refusal.status in {400, 422} and unknown:
        return {name: value for name, value in body.items() if name not in unknown}
    room_tokens = refusal.room_tokens() if refusal.is_about_length else None
    if room_tokens is not None and room_tokens < body["max_tokens"]:
        return {**body, "max_tokens": room_tokens}
    return None
