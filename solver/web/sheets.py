"""A solution to take away: Markdown to copy or to keep, and LaTeX of a step or the whole."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.text import slugify
from django.views.decorators.http import require_safe

from solver.models import Solution
from solver.text.steps import Step, split
from solver.web.access import visible_solution
from solver.web.latex import to_latex
from solver.web.shown import read
from solver.web.tags import without_number


@login_required
@require_safe
def source(request: HttpRequest, solution_id: UUID) -> HttpResponse:
    """The whole, or `?step=n` (from 1), as Markdown or with `?as=latex` as LaTeX."""
    solution = visible_solution(request, solution_id)
    text = read(solution).text
    steps = split(text, solution.is_final).steps
    number = request.GET.get("step", "")
    markdown = step_markdown(_find(steps, number)) if number else solution_markdown(solution, text)
    if request.GET.get("as") == "latex":
        return HttpResponse(to_latex(markdown), content_type="text/plain; charset=utf-8")
    return HttpResponse(markdown, content_type="text/plain; charset=utf-8")


@login_required
@require_safe
def download(request: HttpRequest, solution_id: UUID) -> HttpResponse:
    solution = visible_solution(request, solution_id)
    markdown = solution_markdown(solution, read(solution).text)
    response = HttpResponse(markdown, content_type="text/markdown; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{file_name(solution)}"'
    return response


def file_name(solution: Solution) -> str:
    """ASCII letters, digits and hyphens only, whatever the problem says."""
    words = slugify(solution.problem.title)[:40].strip("-") or "solution"
    return f"{solution.created_at:%Y-%m-%d}-{words}-{str(solution.pk)[:8]}.md"


def step_markdown(step: Step) -> str:
    number = step.index + 1
    name = without_number(step.title, number)
    title = f"Step {number}: {name}" if name else f"Step {number}"
    return f"**{title}**\n\n{step.body.strip()}\n"


def solution_markdown(solution: Solution, text: str) -> str:
    worked = split(text, solution.is_final)
    steps = "\n".join(step_markdown(step) for step in worked.steps)
    finished = solution.finished_at or timezone.now()
    answer = solution.answer or worked.answer
    closing = f"**Answer** ({solution.verdict_words}): ${answer}$\n\n" if answer else ""
    return (
        f"# Problem\n\n{solution.problem.text.strip()}\n\n"
        f"# Solution\n\n{steps}\n{closing}"
        f"---\n\n{solution.model or 'No model yet'}, prompt {solution.prompt_name or 'own'} "
        f"{solution.prompt_version}, {solution.completion_tokens} tokens, "
        f"{finished:%Y-%m-%d %H:%M} UTC. State: {solution.get_state_display()}.\n"
    )


def _find(steps: tuple[Step, ...], number: str) -> Step:
    if not (number.isdecimal() and len(number) < 6 and 1 <= int(number) <= len(steps)):
        raise Http404
    return steps[int(number) - 1]
