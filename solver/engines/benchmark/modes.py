"""The ways of running a model that are compared. Each opens something that can be asked.

(a) `generate`: one call at a time under a lock, as the articles that this product comes from do;
    its first token is counted when its streamer brings it.
(b) `manager`: Transformers' ContinuousBatchingManager with its own sampler, read by one loop.
(c) `engine`: ours.
(s) `serve`: ours (remote) against a real `transformers serve` over the same folder.
Callers may add modes of their own, anything that is a Mode: `manage.py benchmark engine` adds
(d) `site`, the whole road from the form to the websocket.
"""

import os
import queue
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ..base import Request, Sampling
from ..options import EngineOptions
from ..threads import in_passing_thread
from .measure import Ask, Sighting, ask_engine

SERVE_START_S = 300


@dataclass(frozen=True, slots=True)
class Setting:
    """What all modes share."""

    folder: Path
    options: EngineOptions
    sampling: Sampling


# Opens a mode for one setting, gives how to ask it, and closes it.
Mode = Callable[[Setting], AbstractContextManager[Ask]]


def load_without_end(setting: Setting) -> Any:
    """The model with no end token, so that every answer has the same length."""
    from ..loading import load

    loaded = in_passing_thread(lambda: load(setting.folder, setting.options))
    return replace(loaded, eos_ids=())


@contextmanager
def generate(setting: Setting) -> Iterator[Ask]:
    """Mode (a)."""
    import torch
    from transformers.generation.streamers import BaseStreamer

    from ..chat import ChatForm

    loaded = load_without_end(setting)
    form = ChatForm(loaded.tokenizer)
    turn = threading.Lock()

    class Watch(BaseStreamer):  # type: ignore[misc]
        def __init__(self) -> None:
            self.seen: list[Sighting] = []
            self.is_prompt = True

        def put(self, _value: Any) -> None:
            if not self.is_prompt:
                self.seen.append((time.perf_counter(), len(self.seen) + 1))
            self.is_prompt = False

        def end(self) -> None:
            pass

    def ask(request: Request) -> Iterator[Sighting]:
        tokens = torch.tensor([form.prompt(request).tokens], device=loaded.model.device)
        watch = Watch()
        with turn, torch.inference_mode():
            loaded.model.generate(
                tokens,
                attention_mask=torch.ones_like(tokens),
                max_new_tokens=request.sampling.max_tokens,
                min_new_tokens=request.sampling.max_tokens,
                streamer=watch,
                pad_token_id=0,
                **_generation(request.sampling),
            )
        yield from watch.seen

    yield ask


def _generation(sampling: Sampling) -> dict[str, Any]:
    if sampling.temperature == 0:
        return {"do_sample": False}
    return {
        "do_sample": True,
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        "top_k": sampling.top_k or 0,
    }


@contextmanager
def manager(setting: Setting) -> Iterator[Ask]:
    """Mode (b): its loop's outputs go to one reader, with nothing done to them."""
    from transformers import ContinuousBatchingConfig, GenerationConfig

    from ..batch import CPU_STEP_TOKENS, FLASH_PAGE_TOKENS
    from ..chat import ChatForm
    from ..sizes import choose_sizes

    loaded = load_without_end(setting)
    sizes = choose_sizes(loaded.model, setting.options)
    form = ChatForm(loaded.tokenizer)
    is_cpu = loaded.model.device.type == "cpu"
    blocks = None if sizes.cache_tokens is None else -(-sizes.cache_tokens // FLASH_PAGE_TOKENS)

    def make() -> Any:
        batch = loaded.model.init_continuous_batching(
            generation_config=GenerationConfig(eos_token_id=-1, **_generation(setting.sampling)),
            continuous_batching_config=ContinuousBatchingConfig(
                num_blocks=blocks,
                max_batch_tokens=CPU_STEP_TOKENS if is_cpu else None,
                max_requests_per_batch=sizes.slots,
            ),
        )
        batch.warmup()
        return batch

    batch = in_passing_thread(make)
    batch.start()
    boxes: dict[str, queue.SimpleQueue[Any]] = {}
    leave = threading.Event()

    def read() -> None:
        while not leave.is_set():
            output = batch.get_result(timeout=0.1)
            if output is not None:
                boxes[output.request_id].put((time.perf_counter(), output))

    reader = threading.Thread(target=read)
    reader.start()

    def ask(request: Request) -> Iterator[Sighting]:
        tokens = form.prompt(request).tokens
        name = f"{threading.get_ident()}-{time.perf_counter_ns()}"
        boxes[name] = queue.SimpleQueue()
        batch.add_request(tokens, name, max_new_tokens=request.sampling.max_tokens, streaming=True)
        while True:
            at, output = boxes[name].get(timeout=600)
            yield at, len(output.generated_tokens)
            if output.is_finished():
                return

    yield ask
    leave.set()
    reader.join()
    batch.stop(block=True)


@contextmanager
def engine(setting: Setting) -> Iterator[Ask]:
    """Mode (c)."""
    from ..choose import open_loaded

    loaded = load_without_end(setting)
    opened = in_passing_thread(lambda: open_loaded(loaded, setting.options, "benchmark"))
    yield ask_engine(opened)
    opened.close()


def free_port() -> int:
    """A port of loopback that nobody listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serve(setting: Setting) -> Iterator[Ask]:
    """Mode (s): one piece of the stream is counted as one token until its usage comes."""
    import httpx

    from ..choose import open_engine

    port = free_port()
    arguments = ["serve", str(setting.folder), "--continuous-batching", "--host", "127.0.0.1"]
    options = setting.options
    arguments += ["--port", str(port), "--dtype", options.dtype, "--device", options.device]
    threads = str(options.threads or os.cpu_count() or 1)
    with subprocess.Popen(
        [sys.executable, "-m", "transformers.cli.transformers", *arguments],
        env={**os.environ, "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": threads},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            ends_at = time.monotonic() + SERVE_START_S
            while time.monotonic() < ends_at and process.poll() is None:
                try:
                    if httpx.get(f"http://127.0.0.1:{port}/health", timeout=2).is_success:
                        break
                except httpx.TransportError:
                    time.sleep(0.2)
            opened = open_engine(f"http://127.0.0.1:{port}/v1#{setting.folder}")
            yield ask_engine(opened)
            opened.close()
        finally:
            process.terminate()


MODES: dict[str, Mode] = {
    "a generate": generate,
    "b manager": manager,
    "c engine": engine,
    "s serve": serve,
}
# Modes whose model is in another process: memory measured here says nothing.
APART = frozenset({"s serve", "d site"})
