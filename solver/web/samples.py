"""The samples of a solution: how the vote went, and each one's text."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from solver.checking.exhibits import Source
from solver.live.cards import cards
from solver.models import Sample, Solution, State
from solver.web.access import visible_solution


@dataclass(frozen=True, slots=True)
class Progress:
    """How many of a running solution's samples have ended."""

    done: int
    of: int


@dataclass(frozen=True, slots=True)
class GivenWay:
    """The first sample lost the vote: which one is shown instead, and why."""

    shown: int
    agreeing: int
    of: int
    was_checked: bool


def progress(solution: Solution) -> Progress | None:
    if solution.samples < 2 or solution.state != State.RUNNING:
        return None
    return Progress(solution.drawn.exclude(finish_reason="").count(), solution.samples)


def given_way(solution: Solution) -> GivenWay | None:
    """None where the text on the page is the one that arrived first."""
    votes = _votes(solution)
    shown = next((row["number"] for row in votes if row["shown"]), 1)
    if shown == 1:
        return None
    was_checked = solution.verdict == "checked"
    return GivenWay(shown, solution.agreeing, solution.samples, was_checked)


def _votes(solution: Solution) -> list[dict[str, Any]]:
    exhibits = [one for one in solution.evidence if one.get("source") == Source.VOTE]
    return list(exhibits[0]["rows"]) if exhibits else []


@login_required
@require_safe
def sample(request: HttpRequest, solution_id: UUID, number: int) -> HttpResponse:
    """One sample's whole text, once the solution has ended."""
    solution = visible_solution(request, solution_id)
    if not solution.is_final:
        raise Http404
    found = get_object_or_404(Sample, solution=solution, number=number)
    context = {
        "solution": solution,
        "problem": solution.problem,
        "sample": found,
        "worked": cards(found.text, True),
    }
    return render(request, "solutions/sample.html", context)
