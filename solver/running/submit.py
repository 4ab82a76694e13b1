"""The one front door for new work: pages, the API and follow-up runs all submit here.

Refusals are ValidationErrors keyed by field (`text`, `kind`, `system_prompt`, `sampling`,
`samples`), each saying what to do; the caller keeps what was typed.
"""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import PartnerKey, User
from solver.engines.base import Sampling
from solver.models.assignment import AssignedProblem
from solver.models.problem import Kind, Problem
from solver.models.prompt import PromptName
from solver.models.solution import Priority, Solution
from solver.running import tickets
from solver.running.acceptance import (
    check_characters,
    check_samples,
    check_system_prompt,
    check_text,
    tidy,
)
from solver.running.helping import check_help
from solver.store import config, prompts
from solver.text.steps import Step, split

PROMPT_OF_KIND = {Kind.MATHS: PromptName.MATHS_SOLVER, Kind.CODE: PromptName.CODE_SOLVER}
# JSON numbers beyond this lose digits in other languages.
MAX_SEED = 2**31
Found = TypeVar("Found")
# For the heading of the steps before the one to explain.
SPARE_CHARS = 100


@dataclass(frozen=True, slots=True)
class PartnerCall:
    """What a call through the API brings beside the problem.

    solution_id: chosen before, so that others can join the run before its row is there.
    messages: the turns of a conversation, without system turns, as `{"role", "content"}`.
    input_limit: the most tokens of the caller's own words; the worker counts them.
    """

    solution_id: UUID
    key: PartnerKey | None = None
    messages: Sequence[Mapping[str, str]] = ()
    input_limit: int | None = None

    def check(self, text: str) -> None:
        """Longer texts than on pages are taken: the model's context is the limit."""
        for content in (text, *(message["content"] for message in self.messages)):
            check_characters(tidy(content))

    def columns(self) -> dict[str, Any]:
        return {
            "id": self.solution_id,
            "partner_key": self.key,
            "messages": [dict(message) for message in self.messages],
            "input_limit": self.input_limit,
        }


def submit(
    owner: User,
    text: str,
    kind: str = Kind.MATHS,
    system_prompt: str = "",
    priority: Priority = Priority.INTERACTIVE,
    sampling: Mapping[str, Any] | None = None,
    prompt: prompts.Prompt | None = None,
    partner: PartnerCall | None = None,
    samples: int = 1,
) -> Solution:
    """Take a problem in and queue its first solution. Raises ValidationError.

    `prompt` is for a try before release: this very version, whatever is live. Nothing is lost
    where Redis is away: the row waits, and the reaper wakes a worker for it.
    """
    text, system_prompt = tidy(text), tidy(system_prompt).strip()
    errors: dict[str, ValidationError] = {}
    known_kind = _collect(errors, "kind", lambda: _known_kind(kind))
    _collect(errors, "text", lambda: _check_problem(owner, text, partner))
    _collect(errors, "system_prompt", lambda: check_system_prompt(owner, system_prompt))
    drawn = _collect(errors, "sampling", lambda: _sampling(known_kind or Kind.MATHS, sampling))
    _collect(errors, "samples", lambda: check_samples(samples, drawn))
    if errors or known_kind is None or drawn is None:
        raise ValidationError(errors)
    # Before the transaction: the bucket may have to be waited for.
    prompt = prompt or _prompt(owner, known_kind, system_prompt)
    with transaction.atomic():
        problem = Problem.objects.create(owner=owner, kind=known_kind, text=text)
        brought = partner.columns() if partner else {}
        solution = Solution(
            problem=problem, owner=owner, priority=priority, samples=samples, **brought
        )
        return _queue(solution, prompt, drawn)


def solve_assigned(
    assigned: AssignedProblem, owner: User, priority: Priority = Priority.INTERACTIVE
) -> Solution:
    """A solution of a problem that a class was set, where the help rule allows it now.

    Raises ValidationError.
    """
    problem = assigned.problem
    check_help(owner, problem.text, problem)
    kind = Kind(problem.kind)
    drawn = _sampling(kind, {})
    prompt = _prompt(owner, kind, "")
    with transaction.atomic():
        return _queue(Solution(problem=problem, owner=owner, priority=priority), prompt, drawn)


def try_again(
    solution: Solution, owner: User, sampling: Mapping[str, Any] | None = None
) -> Solution:
    """A new solution of the same problem, with other sampling where given.

    A teacher's own system prompt is kept; a named prompt is chosen anew, so that a newer version
    is used. Raises ValidationError.
    """
    if not solution.is_final:
        message = _("This solution is still at work. Wait until it ends, or cancel it first.")
        raise ValidationError(message, code="open")
    errors: dict[str, ValidationError] = {}
    problem = solution.problem
    check_help(owner, problem.text, problem)
    kind = Kind(problem.kind)
    chosen = {**_kept_sampling(solution, kind), **(sampling or {})}
    drawn = _collect(errors, "sampling", lambda: _sampling(kind, chosen))
    samples = min(solution.samples, config.current().most_samples)
    _collect(errors, "samples", lambda: check_samples(samples, drawn))
    if errors or drawn is None:
        raise ValidationError(errors)
    is_own = solution.prompt_version == prompts.OWN_VERSION
    prompt = _prompt(owner, kind, solution.system_prompt if is_own else "")
    with transaction.atomic():
        again = Solution(problem=problem, owner=owner, priority=solution.priority, samples=samples)
        return _queue(again, prompt, drawn)


def explain(solution: Solution, step_index: int, owner: User) -> Solution:
    """A follow-up run that explains one step, counted from 0, of a solution.

    It sees the problem and the steps up to that one. Raises ValidationError for a step that is not
    there, or not finished.
    """
    steps = split(solution.text, finished=solution.is_final).steps
    if not 0 <= step_index < len(steps) or steps[step_index].is_open:
        raise ValidationError(_("That step is not finished. Wait until it is."), code="unknown")
    check_help(owner, solution.problem.text, solution.problem)
    kind = Kind(solution.problem.kind)
    text = _explanation_wanted(solution, steps[: step_index + 1])
    drawn = _sampling(kind, {})
    prompt = prompts.choose(PromptName.EXPLAIN_STEP, owner.pk)
    with transaction.atomic():
        problem = Problem.objects.create(owner=owner, kind=kind, text=text)
        follow_up = Solution(problem=problem, owner=owner, priority=solution.priority)
        follow_up.explains, follow_up.explains_step = solution, step_index
        return _queue(follow_up, prompt, drawn)


def _explanation_wanted(solution: Solution, steps: Sequence[Step]) -> str:
    """The question; the earliest steps are left out where not all fit into a problem."""
    *earlier, last = [solution.text[step.start : step.end].strip() for step in steps]
    opening = _("Explain step %(number)d of a solution.") % {"number": len(steps)}
    problem = solution.problem.text.strip()
    head = f"{opening}\n\n**{_('The problem')}**\n\n{problem}\n\n"
    tail = f"**{_('The step to explain')}**\n\n{last}"
    limit = config.current().problem_chars
    room = limit - len(head) - len(tail) - SPARE_CHARS
    so_far = "\n\n".join(earlier)
    if so_far and room > 0:
        kept = so_far if len(so_far) <= room else f"…{so_far[-room:]}"
        head += f"**{_('The steps before it')}**\n\n{kept}\n\n"
    return (head + tail)[:limit]


def _check_problem(owner: User, text: str, partner: PartnerCall | None) -> None:
    if partner:
        partner.check(text)
    else:
        check_text(text)
    check_help(owner, text)


def _queue(solution: Solution, prompt: prompts.Prompt, sampling: Sampling) -> Solution:
    solution.route = solution.problem.kind
    solution.system_prompt = prompt.text
    solution.prompt_name = prompt.name
    solution.prompt_version = prompt.version
    solution.prompt_sha256 = prompt.sha256
    # A seed in every row, so that the run can be replayed.
    seed = secrets.randbelow(MAX_SEED) if sampling.seed is None else sampling.seed
    solution.sampling = {**asdict(sampling), "stop": list(sampling.stop), "seed": seed}
    solution.save(force_insert=True)
    transaction.on_commit(partial(tickets.wake, solution.route))
    return solution


def _prompt(owner: User, kind: Kind, own_text: str) -> prompts.Prompt:
    name = PROMPT_OF_KIND[kind]
    return prompts.own(name, own_text) if own_text else prompts.choose(name, owner.pk)


def _known_kind(kind: str) -> Kind:
    try:
        return Kind(kind)
    except ValueError:
        names = ", ".join(Kind.values)
        raise ValidationError(
            _("There is no such kind of problem. Choose one of: %(names)s.") % {"names": names},
            code="unknown",
        ) from None


def _kept_sampling(solution: Solution, kind: Kind) -> dict[str, Any]:
    limit = config.current().sampling(kind)["max_tokens"]
    kept = solution.sampling
    # The same seed would draw the same answer once more.
    return {**kept, "seed": None, "max_tokens": min(kept.get("max_tokens", limit), limit)}


def _sampling(kind: Kind, wanted: Mapping[str, Any] | None) -> Sampling:
    usual = config.current().sampling(kind)
    values: dict[str, Any] = {**usual, **(wanted or {})}
    if isinstance(values.get("stop"), list):
        values["stop"] = tuple(values["stop"])
    unknown = values.keys() - Sampling.__dataclass_fields__.keys()
    if unknown:
        raise ValidationError(
            _("Unknown sampling option: %(names)s. Leave it out.")
            % {"names": ", ".join(sorted(unknown))},
            code="unknown",
        )
    try:
        sampling = Sampling(**values)
    except ValueError as error:
        raise ValidationError(str(error), code="invalid") from None
    if sampling.max_tokens > usual["max_tokens"]:
        message = _("max_tokens may be at most %(limit)d.") % {"limit": usual["max_tokens"]}
        raise ValidationError(message, code="invalid")
    return sampling


def _collect(
    errors: dict[str, ValidationError], field: str, check: Callable[[], Found]
) -> Found | None:
    """What the check gives; what it refuses goes under its field, so that all are told at once."""
    try:
        return check()
    except ValidationError as error:
        errors[field] = error
        return None
