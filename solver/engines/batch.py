"""The continuous batch: everything that touches Transformers' ContinuousBatchingManager.

Written against Transformers 5.23 (5.17 is the oldest that may work). Behaviour that this file
leans on, and that its tests hold: a failed step sets `background_thread_status` to stopping before
it fails the requests; cancelled requests send no output; a request's list of tokens only grows,
until it is put back.
"""

import queue
from dataclasses import dataclass
from typing import Any

import torch
from transformers import ContinuousBatchingConfig, GenerationConfig
from transformers.generation.continuous_batching import RequestState, RequestStatus
from transformers.generation.continuous_batching.requests import GenerationOutput

from .attention import PACKED, is_packable
from .base import EngineError, Sampling
from .positions import Positions
from .sampler import Sampler

# 256 is what the flash kernels' block tables want; elsewhere small pages share more of a prompt.
FLASH_PAGE_TOKENS = 256
PAGE_TOKENS = 32
# Longest piece of a prompt that is read in one step: running answers pause for that long.
CPU_STEP_TOKENS = 256
GPU_MASK_STEP_TOKENS = 2048
CACHE_MARGIN = 0.15
LAST_WORDS_S = 5.0


@dataclass(frozen=True, slots=True)
class BatchSize:
    """slots: requests at once. cache_tokens: None sizes the cache from the free memory."""

    slots: int
    cache_tokens: int | None
    memory_share: float | None


@dataclass(frozen=True, slots=True)
class Step:
    """What one step of the batch brought one request. count: its tokens so far, the first ones of
    `tokens`, a list to read only: the batch goes on adding to it.
    """

    id: str
    tokens: list[int]
    count: int
    is_last: bool
    error: str | None
    started: float


class _Request(RequestState):  # type: ignore[misc]
    """Transformers copies all tokens of an answer for each further one, which at 40,000 tokens
    takes 0.4 ms with freeing them again, and nobody else may run Python meanwhile."""

    def to_generation_output(self) -> Any:
        """One output for each step; all of them share one list of tokens."""
        if self._true_initial_tokens:
            return super().to_generation_output()
        return GenerationOutput(
            self.request_id,
            generated_tokens=self.generated_tokens,
            error=self.error,
            status=self.status,
            lifespan=self.lifespan,
        )


class Outbox:
    """Stands where the manager keeps its OutputRouter: one item for each step of the batch."""

    def __init__(self) -> None:
        self.steps: queue.SimpleQueue[list[Step]] = queue.SimpleQueue()

    def deliver(self, output: Any) -> None:
        """One request's output."""
        self.deliver_batch([output])

    def deliver_batch(self, outputs: list[Any]) -> None:
        """Every output of one step."""
        self.steps.put([_step(output) for output in outputs])

    def fail_and_deliver(self, state: Any, error: Exception) -> None:
        """A request failed alone, or with all others when the loop dies."""
        state.status = RequestStatus.FAILED
        state.error = f"{type(error).__name__}: {error}"
        self.deliver(state.to_generation_output())


class Batch:
    """One generation loop over one model. Methods may be called from any thread."""

    def __init__(self, model: Any, size: BatchSize, eos_ids: tuple[int, ...]) -> None:
        self.outbox = Outbox()
        is_flash = "flash" in str(model.config._attn_implementation)
        self.page_tokens = FLASH_PAGE_TOKENS if is_flash else PAGE_TOKENS
        self._eos_ids = list(eos_ids) or [-1]
        generation = GenerationConfig(do_sample=False, eos_token_id=self._eos_ids)
        try:
            self._manager = model.init_continuous_batching(
                generation_config=generation,
                continuous_batching_config=self._config(model, size, is_flash),
            )
            is_packed = not is_flash and model.device.type == "cpu" and is_packable(model.config)
            if is_packed:
                model.set_attn_implementation(PACKED)
            self._manager.logit_processor = Sampler()
            self._manager.output_router = self.outbox
            with torch.no_grad():
                self._manager.warmup()  # makes the cache now, so that its size is known
        except (MemoryError, torch.OutOfMemoryError) as error:
            raise EngineError(
                "Not enough memory for the key-value cache: lower the cache's tokens or the "
                f"context, or take a smaller model ({error})."
            ) from error
        self.cache = self._manager.batch_processor.cache
        if is_packed:
            inputs = self._manager.batch_processor.inputs_and_outputs
            self.cache.positions = Positions(self.cache, inputs)
        self.cache_tokens = self.cache.num_blocks * self.page_tokens
        self.shares_prefixes = bool(self.cache.use_prefix_sharing)

    def _config(self, model: Any, size: BatchSize, is_flash: bool) -> ContinuousBatchingConfig:
        blocks = None if size.cache_tokens is None else -(-size.cache_tokens // self.page_tokens)
        step_tokens = CPU_STEP_TOKENS if model.device.type == "cpu" else GPU_MASK_STEP_TOKENS
        return ContinuousBatchingConfig(
            page_size=self.page_tokens,
            num_blocks=blocks,
            max_batch_tokens=None if is_flash else max(step_tokens, size.slots),
            max_memory_percent=size.memory_share,
            max_requests_per_batch=size.slots,
            safety_margin=CACHE_MARGIN,
        )

    def start(self) -> None:
        """Begin the loop. Its thread is a daemon when the calling thread is one."""
        self._manager.start()

    def add(
        self, name: str, tokens: list[int], max_tokens: int, sampling: Sampling, seed: int
    ) -> None:
        """Queue one request; its steps come to the outbox."""
        settings = {
            "temperature": float(sampling.temperature),
            "top_p": float(sampling.top_p),
            "top_k": sampling.top_k or 0,
            "seed": seed,
        }
        self._manager.input_queue.put(
            _Request(
                name,
                list(tokens),
                streaming=True,
                max_new_tokens=max_tokens,
                eos_token_id=self._eos_ids,
                logit_processor_kwargs=settings,
            )
        )
        self._manager._wake_up_loop.set()

    def ends(self, tokens: list[int]) -> bool:
        """Whether the last of these tokens of an answer is an end token."""
        return bool(tokens) and tokens[-1] in self._eos_ids

    def cancel(self, name: str) -> None:
        """End a request and free its blocks before the next step. No output comes of it."""
        self._manager.cancel_request(name)

    def is_alive(self) -> bool:
        """False once the loop has stopped, or is about to because a step failed."""
        status = self._manager.background_thread_status
        return bool(self._manager.is_running()) and status.can_accept_new_requests() is None

    def death(self) -> str:
        """Why the loop died, in the words of what killed it. Waits for its end, a moment at most:
        the reason is recorded after the requests have failed."""
        if (thread := self._manager._generation_thread) is not None:
            thread.join(LAST_WORDS_S)
        error = self._manager.background_thread_status.fatal_error
        return f"{type(error).__name__}: {error}" if error else "the loop has stopped"

    def stop(self) -> None:
        """End the loop and every request in it, and free the cache."""
        if self._manager.is_running():
            self._manager.stop(block=True, timeout=30, hard_stop=True)

    def free_tokens(self) -> int:
        """Room in the cache now, blocks that are kept only for sharing included."""
        allocator = next(iter(self.cache.cache_allocators.values()))
        held = {block for blocks in list(allocator.block_table.values()) for block in blocks}
        return int(self.cache_tokens - len(held) * self.page_tokens)


def _step(output: Any) -> Step:
    return Step(
        output.request_id,
        output.generated_tokens,
        len(output.generated_tokens),
        output.is_finished(),
        output.error,
        output.lifespan[0],
    )
