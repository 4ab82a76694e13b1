"""The reasoning, a piece at a time: it may be forty thousand tokens long."""

import re
from dataclasses import dataclass
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from solver.live.cards import CardedText
from solver.models import Solution
from solver.text.steps import split
from solver.web.access import visible_solution
from solver.web.shown import read

PIECE_CHARS = 6_000
HEADING_CHARS = 90
_MARKUP = re.compile(r"^[#>*\-\s]+|[$*_`]+")


@login_required
@require_safe
def reasoning(request: HttpRequest, solution_id: UUID) -> HttpResponse:
    """One piece, from character `from` on: a page by itself, or its middle for scripts."""
    solution = visible_solution(request, solution_id)
    whole = split(read(solution).text, solution.is_final).reasoning
    asked = request.GET.get("from", "0")
    start = min(int(asked), len(whole)) if asked.isdecimal() and len(asked) < 9 else 0
    end = piece_end(whole, start)
    context = {
        "solution": solution,
        "piece": whole[start:end],
        "start": start,
        "next": end if end < len(whole) else None,
        "end": end,
    }
    is_fragment = "fragment" in request.GET
    template = "solutions/_reasoning_piece.html" if is_fragment else "solutions/reasoning.html"
    return render(request, template, context)


def piece_end(text: str, start: int) -> int:
    """Where the piece that begins at `start` ends: after a paragraph where one ends in time."""
    limit = start + PIECE_CHARS
    if limit >= len(text):
        return len(text)
    for mark in ("\n\n", "\n", " "):
        cut = text.rfind(mark, start + PIECE_CHARS // 2, limit)
        if cut > start:
            return cut + len(mark)
    return limit


@dataclass(frozen=True, slots=True)
class Summary:
    """The one line over the reasoning. `tokens` is its share of the whole text's, by length."""

    is_open: bool
    chars: int
    tokens: int
    heading: str


def summarise(solution: Solution, worked: CardedText, all_chars: int) -> Summary:
    chars = len(worked.reasoning)
    tokens = round(_tokens_of_shown(solution) * chars / all_chars) if chars else 0
    is_open = worked.reasoning_open and not solution.is_final
    return Summary(is_open, chars, tokens, heading(worked.reasoning) if is_open else "")


def _tokens_of_shown(solution: Solution) -> int:
    """Without those of the samples that are not on the page."""
    if solution.samples < 2 or not solution.is_final:
        return solution.completion_tokens
    shown = solution.drawn.filter(text=solution.text).values_list("completion_tokens", flat=True)
    return shown.first() or solution.completion_tokens


def heading(reasoning: str) -> str:
    """What the model is thinking of right now: its last line with words in it."""
    for line in reversed(reasoning[-2_000:].splitlines()):
        plain = _MARKUP.sub("", line).strip()
        if len(plain) > 3:
            return plain if len(plain) <= HEADING_CHARS else plain[: HEADING_CHARS - 1] + "…"
    return ""
