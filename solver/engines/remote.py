"""The engine behind any server that speaks OpenAI's protocol: vLLM, SGLang, llama.cpp's server,
`transformers serve`.

One thread runs an event loop with all requests on it; callers wait on a queue each, so that a
silent server still leaves them their ticks, and closing a stream closes its connection at once.
"""

import asyncio
import queue
import threading
import time
from collections.abc import Generator
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

import httpx

from .base import (
    TICK_S,
    Chunk,
    EngineDead,
    EngineError,
    FinishReason,
    ModelNotFound,
    RemoteFailed,
    Request,
    Timings,
    Usage,
)
from .calls import Call, Cut
from .options import EngineOptions
from .servers import Servers
from .sse import Piece
from .stopping import StopGate

WAIT_S = TICK_S * 0.8
PROBE_TIMEOUT_S = 3.0
PROBE_KEPT_S = 10.0
# English and mathematics are near four characters a token, Chinese near one and a half.
BYTES_PER_TOKEN = 3
# A server that counts otherwise than we do may send a few pieces more than max_tokens.
EXTRA_PIECES = 32


@dataclass(slots=True)
class _Run:
    request: Request
    submitted: float
    inbox: "queue.SimpleQueue[Piece | EngineError | Cut]" = field(default_factory=queue.SimpleQueue)
    first_token: float | None = None
    pieces: int = 0
    known: Piece = field(default_factory=Piece)

    def last(
        self, finish: FinishReason, prompt_tokens: int, text: str = "", error: str = ""
    ) -> Chunk:
        now = time.perf_counter()
        first_s = None if self.first_token is None else self.first_token - self.submitted
        counted = self.known.completion_tokens or self.pieces
        return Chunk(
            text,
            counted,
            finish,
            Usage(self.known.prompt_tokens or prompt_tokens, counted),
            Timings(first_s or 0.0, first_s, now - self.submitted),
            error,
        )


class RemoteEngine:
    """See Engine. Tokens are counted as pieces until the server reports its usage; the time in the
    server's queue cannot be told from the time to the first token, so `queued_s` is that."""

    def __init__(self, spec: str, options: EngineOptions) -> None:
        url, _, model = spec.partition("#")
        self._options = options.remote
        self._servers = Servers((url, *self._options.base_urls), self._options.out_s)
        self.context_tokens = options.context_tokens or self._options.context_tokens
        self.can_resume = self._options.can_resume
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="remote", daemon=True)
        self._thread.start()
        self._client = self._on_loop(self._open())
        self._remote_model = model or self._on_loop(self._first_model())
        self.model = options.name or self._remote_model
        self._runs: set[int] = set()
        self._speaking: set[int] = set()
        self._probed: tuple[float, bool] = (float("-inf"), True)
        self._closed = threading.Event()

    def stream(self, request: Request) -> Generator[Chunk, None, None]:
        """See Engine.stream."""
        if self._closed.is_set():
            raise EngineDead("The engine has been closed: open it again.")
        if request.prefill and not self.can_resume:
            raise RemoteFailed("This server cannot continue a text: ask without a prefill.")
        run = _Run(request, time.perf_counter())
        call = Call(
            self._client,
            self._servers,
            self._options,
            self._remote_model,
            request,
            run.inbox.put,
        )
        task = asyncio.run_coroutine_threadsafe(self._call(call, run), self._loop)
        self._runs.add(id(run))
        try:
            yield from self._deliver(run)
        finally:
            task.cancel()
            self._runs.discard(id(run))
            self._speaking.discard(id(run))

    def count_tokens(self, request: Request) -> int:
        """An estimate; only the server knows."""
        return sum(4 + len(turn.content.encode()) // BYTES_PER_TOKEN for turn in request.messages)

    def running(self) -> int:
        """Requests whose first token has come."""
        return len(self._speaking)

    def waiting(self) -> int:
        """Requests without a first token."""
        return max(0, len(self._runs) - len(self._speaking))

    def healthy(self) -> bool:
        """Whether any of the servers answers; asked at most every 10 s."""
        asked_at, answer = self._probed
        if self._closed.is_set():
            return False
        if time.monotonic() - asked_at > PROBE_KEPT_S:
            answer = self._on_loop(self._probe())
            self._probed = (time.monotonic(), answer)
        return answer

    def close(self) -> None:
        """See Engine.close."""
        if self._closed.is_set():
            return
        self._closed.set()
        self._on_loop(self._shut())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=5)
        self._loop.close()

    # ----- a caller's thread -----

    def _deliver(self, run: _Run) -> Generator[Chunk, None, None]:
        gate = StopGate(run.request.sampling.stop)
        while True:
            item = self._next(run)
            if isinstance(item, EngineError):
                raise item
            if isinstance(item, Cut):
                text = gate.flush()
                sentence = f"The model server broke off in mid-answer ({item}): try again."
                yield self._last(run, FinishReason.ERROR, text, sentence)
                return
            if isinstance(item, FinishReason):
                yield self._last(run, item, gate.flush())
                return
            chunk = Chunk("", run.pieces) if item is None else self._chunk(run, item, gate)
            yield chunk
            if chunk.finish:
                return

    def _next(self, run: _Run) -> Piece | EngineError | Cut | FinishReason | None:
        deadline_s = run.request.deadline_s
        left_s = WAIT_S
        if deadline_s is not None:
            left_s = run.submitted + deadline_s - time.perf_counter()
            if left_s <= 0:
                return FinishReason.DEADLINE
        try:
            return run.inbox.get(timeout=min(WAIT_S, left_s))
        except queue.Empty:
            return FinishReason.CANCELLED if self._closed.is_set() else None

    def _chunk(self, run: _Run, piece: Piece, gate: StopGate) -> Chunk:
        run.known = run.known.with_what_is_known(piece)
        if piece.has_token:
            run.pieces += 1
            self._speaking.add(id(run))
            run.first_token = run.first_token or time.perf_counter()
        text = gate.feed(piece.text)
        if gate.stopped:
            return self._last(run, FinishReason.STOP, text)
        if piece.finish:
            return self._finish(run, piece.finish, text + gate.flush())
        if run.pieces > run.request.sampling.max_tokens + EXTRA_PIECES:
            return self._last(run, FinishReason.LENGTH, text + gate.flush())
        return Chunk(text, run.pieces)

    def _finish(self, run: _Run, reason: str, text: str) -> Chunk:
        if reason == "length":
            return self._last(run, FinishReason.LENGTH, text)
        if reason in {"stop", "eos", "stop_sequence", "tool_calls"}:
            return self._last(run, FinishReason.STOP, text)
        sentence = f"The model server ended the answer for a reason of its own ({reason})."
        return self._last(run, FinishReason.ERROR, text, sentence)

    def _last(self, run: _Run, finish: FinishReason, text: str = "", error: str = "") -> Chunk:
        return run.last(finish, self.count_tokens(run.request), text, error)

    # ----- the loop's thread -----

    def _on_loop(self, coroutine: Any) -> Any:
        future: Future[Any] = asyncio.run_coroutine_threadsafe(coroutine, self._loop)
        return future.result()

    async def _call(self, call: Call, run: _Run) -> None:
        try:
            await call.run()
        except (EngineError, Cut) as error:
            run.inbox.put(error)
        except Exception as error:  # noqa: BLE001  a fault of ours must still end the stream
            run.inbox.put(RemoteFailed(f"Talking to the model server failed ({error!r})."))

    async def _open(self) -> httpx.AsyncClient:
        key = self._options.api_key
        return httpx.AsyncClient(
            headers={"Authorization": f"Bearer {key}"} if key else {},
            timeout=httpx.Timeout(None, connect=self._options.connect_timeout_s),
            limits=httpx.Limits(max_connections=self._options.connections),
        )

    async def _first_model(self) -> str:
        for url in self._servers.all():
            try:
                response = await self._client.get(f"{url}/models", timeout=PROBE_TIMEOUT_S)
                return str(response.json()["data"][0]["id"])
            except (httpx.HTTPError, ValueError, KeyError, IndexError, TypeError):
                continue
        raise ModelNotFound(
            "No model was named and no server tells which it has: write http://host/v1#model."
        )

    async def _probe(self) -> bool:
        """vLLM, SGLang, llama.cpp and transformers have /health; others at least list models."""
        for url in self._servers.all():
            for address in (f"{url.removesuffix('/v1')}/health", f"{url}/models"):
                try:
                    response = await self._client.get(address, timeout=PROBE_TIMEOUT_S)
                except httpx.HTTPError:
                    break
                if response.status_code != httpx.codes.NOT_FOUND:
                    if response.status_code < httpx.codes.INTERNAL_SERVER_ERROR:
                        return True
                    break
        return False

    async def _shut(self) -> None:
        mine = asyncio.current_task()
        calls = [task for task in asyncio.all_tasks() if task is not mine]
        for task in calls:
            task.cancel()
        await asyncio.gather(*calls, return_exceptions=True)
        await self._client.aclose()
