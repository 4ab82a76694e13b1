"""Draws the next token of every request in the batch, each with its own settings.

Stands where Transformers keeps its logits processors. Theirs sort the whole vocabulary at every
step and draw from one shared random stream; on two cores that took half of the time of a batch of
16 (55 ms for the sort and 32 ms for the draw, against 3 ms here). Here each request has a random
stream of its own, a function of its seed and the position in the text: its tokens do not depend
on its neighbours, and a resumed answer goes on with the same stream.
"""

from typing import Any

import torch

TENSORS = 4  # temperature, top_p, top_k, uniform draw
FIRST_CANDIDATES = 64
GRAPH_CANDIDATES = 1024
_MASK = 2**64 - 1


def uniform(seed: int, position: int) -> float:
    """A number from 0 to 1 - 2**-23, the same for the same seed and position (SplitMix64)."""
    state = (seed * 0x9E3779B97F4A7C15 + position * 0xD1342543DE82EF95 + 1) & _MASK
    state = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    state = ((state ^ (state >> 27)) * 0x94D049BB133111EB) & _MASK
    return ((state ^ (state >> 31)) >> 41) / 2**23


class Sampler:
    """Takes the place of ContinuousBatchingLogitsProcessorList (Transformers 5.23).

    Requests carry their settings in `logit_processor_kwargs`: temperature (0: greedy), top_p,
    top_k (0: no limit), seed. Returns scores that leave one token, for the argmax that follows.
    """

    do_processing = True
    tensors_required = TENSORS

    def check_kwargs(self, kwargs: dict[str, Any]) -> None:
        """Raise for settings that cannot be used; the manager fails that request alone."""
        for name, kind in (("temperature", float), ("top_p", float), ("top_k", int), ("seed", int)):
            if not isinstance(kwargs[name], kind):
                raise TypeError(f"{name} must be {kind.__name__}.")

    def fill_defaults(self, int32_tensor: torch.Tensor) -> None:
        """Greedy, for rows that only pad the batch."""
        int32_tensor.zero_()

    def prepare_tensor_args(self, requests_in_batch: list[Any], arg_storage: torch.Tensor) -> Any:
        """One column for each request that gets a token now; floats are stored bit by bit."""
        rows = [
            (kwargs["temperature"], kwargs["top_p"], uniform(kwargs["seed"], state.position_offset))
            for state in (request.state for request in requests_in_batch if request.has_new_token)
            for kwargs in (state.logit_processor_kwargs,)
        ]
        top_k = [
            request.state.logit_processor_kwargs["top_k"]
            for request in requests_in_batch
            if request.has_new_token
        ]
        if rows:
            floats = torch.tensor(rows, dtype=torch.float32).T.contiguous().view(torch.int32)
            columns = torch.cat((floats, torch.tensor([top_k], dtype=torch.int32)))
            arg_storage[:, : len(rows)] = columns.to(arg_storage.device)
        return arg_storage

    def __call__(
        self, _input_ids: torch.Tensor, scores: torch.Tensor, arguments: torch.Tensor
    ) -> torch.Tensor:
        """scores: [rows, vocabulary], float32; arguments: [4, rows], int32."""
        count = scores.size(0)
        temperature, top_p, draw = (
            row.contiguous().view(torch.float32).unsqueeze(1) for row in arguments[:3, :count]
        )
        top_k = arguments[3, :count].unsqueeze(1)
        if scores.device.type == "cpu" and not bool((temperature > 0).any()):
            return scores
        tokens = draw_tokens(scores, temperature, top_p, top_k, draw)
        return torch.full_like(scores, float("-inf")).scatter_(1, tokens, 0.0)


def draw_tokens(
    scores: torch.Tensor,
    temperature: torch.Tensor,
    top_p: torch.Tensor,
    top_k: torch.Tensor,
    draw: torch.Tensor,
) -> torch.Tensor:
    """One token for each row: temperature, then top_k, then top_p, then the draw.

    All arguments but scores are [rows, 1]; returns [rows, 1]. Exact on the CPU; elsewhere, where
    the work must not depend on the data (CUDA graphs), top_k and top_p choose among the 1,024
    likeliest tokens.
    """
    greedy = temperature <= 0
    scaled = scores / torch.where(greedy, 1.0, temperature)
    probabilities = torch.softmax(torch.nan_to_num(scaled), dim=-1)
    unlimited = (top_p >= 1) & (top_k <= 0)
    limited = _draw_limited(probabilities, top_p, top_k, draw, unlimited | greedy)
    if scores.device.type != "cpu" or bool(unlimited.any()):
        limited = torch.where(unlimited, _draw_any(probabilities, draw), limited)
    return torch.where(greedy, scores.argmax(dim=-1, keepdim=True), limited)


def _draw_any(probabilities: torch.Tensor, draw: torch.Tensor) -> torch.Tensor:
    summed = probabilities.cumsum(dim=-1)
    return _position(summed, draw * summed[:, -1:])


def _draw_limited(
    probabilities: torch.Tensor,
    top_p: torch.Tensor,
    top_k: torch.Tensor,
    draw: torch.Tensor,
    ignored: torch.Tensor,
) -> torch.Tensor:
    vocabulary = probabilities.size(-1)
    on_cpu = probabilities.device.type == "cpu"
    candidates = min(FIRST_CANDIDATES if on_cpu else GRAPH_CANDIDATES, vocabulary)
    while True:
        likeliest, tokens = probabilities.topk(candidates, dim=-1)
        summed = likeliest.cumsum(dim=-1)
        k = torch.where(top_k <= 0, vocabulary, top_k).clamp(max=vocabulary)
        whole = torch.where(top_k <= 0, 1.0, _at(summed, k.clamp(max=candidates) - 1))
        goal = top_p * whole
        enough = (summed[:, -1:] >= goal) & ((top_k <= 0) | (k <= candidates)) | ignored
        if not on_cpu or candidates == vocabulary or bool(enough.all()):
            break
        candidates = min(candidates * 16, vocabulary)
    kept = (summed < goal).sum(dim=-1, keepdim=True).clamp(max=candidates - 1)
    kept = torch.minimum(kept, k - 1)
    chosen = torch.minimum(_position(summed, draw * _at(summed, kept)), kept)
    return tokens.gather(1, chosen)


def _position(summed: torch.Tensor, goal: torch.Tensor) -> torch.Tensor:
    """Index of the first sum above the goal."""
    found = torch.searchsorted(summed, goal.contiguous(), right=True)
    return found.clamp(max=summed.size(-1) - 1)


def _at(summed: torch.Tensor, index: torch.Tensor) -> torch.Tensor:
    return summed.gather(1, index.to(torch.int64))
