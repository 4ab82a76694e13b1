"""Everything the site knows of a person, to take along or to have deleted."""

import json
import shutil
import tempfile
import zipfile
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from solver.models import Attempt, Solution
from solver.models.batch import ApiFile
from solver.store import batches
from solver.web.access import person_of
from solver.web.erasing import erase
from solver.web.sheets import file_name, solution_markdown

IN_MEMORY_BYTES = 5_000_000
AT_ONCE = 100
BATCH = (
    "id",
    "endpoint",
    "state",
    "metadata",
    "input_id",
    "output_id",
    "error_id",
    "created_at",
    "started_at",
    "ended_at",
)


@login_required
@require_safe
def data(request: HttpRequest) -> HttpResponse:
    person = person_of(request)
    counts = {
        "problems": person.problems.count(),
        "solutions": person.solutions.count(),
        "files": person.api_files.count(),
    }
    return render(request, "history/data.html", counts)


@login_required
@require_POST
def privacy(request: HttpRequest) -> HttpResponse:
    """Whether the inference log may hold the person's texts; counts from the next run on."""
    person = person_of(request)
    person.log_text = request.POST.get("log_text") == "on"
    person.save(update_fields=["log_text"])
    messages.success(request, _("Saved. It counts for solutions that end from now on."))
    return redirect("data")


@login_required
@require_POST
def export(request: HttpRequest) -> FileResponse:
    """A zip with one JSON file of everything, each solution as Markdown, and the API's files."""
    person = person_of(request)
    # Closed by the response when it has been sent.
    file = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY_BYTES)  # noqa: SIM115
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        _write(archive, person)
    file.seek(0)
    name = f"vibesite-{timezone.now():%Y-%m-%d}.zip"
    return FileResponse(file, as_attachment=True, filename=name, content_type="application/zip")


@login_required
@require_POST
def delete_all(request: HttpRequest) -> HttpResponse:
    """All problems, solutions, batches and files of the person, after they typed their name."""
    person = person_of(request)
    if request.POST.get("username", "").strip() != person.username:
        messages.error(request, _("Nothing was deleted: type your user name to confirm."))
        return redirect("data")
    # First: a batch at work would send more.
    batches.erase_of(person)
    for solution in person.solutions.select_related("problem").iterator(AT_ONCE):
        erase(solution)
    # What a class was set stays: others' work stands on it.
    person.problems.filter(assigned=None).delete()
    messages.success(request, _("All your problems, solutions and files are deleted."))
    return redirect("history")


def _write(archive: zipfile.ZipFile, person: User) -> None:
    described = []
    mine = Solution.objects.filter(owner=person).select_related("problem")
    mine = mine.prefetch_related("feedback", "reports", "shares__classroom")
    for solution in mine.iterator(AT_ONCE):
        described.append(describe(solution, person))
        archive.writestr(
            f"solutions/{file_name(solution)}", solution_markdown(solution, solution.text)
        )
    whole = {
        "exported_at": timezone.now().isoformat(),
        "person": _person(person),
        "solutions": described,
        "attempts": [_attempt(one) for one in _attempts(person).iterator(AT_ONCE)],
        "notifications": list(
            person.notifications.values("kind", "text", "address", "created_at", "read_at")
        ),
        "batches": list(person.batches.values(*BATCH)),
        "files": list(person.api_files.values("id", "name", "purpose", "size_bytes", "created_at")),
    }
    archive.writestr(
        "everything.json", json.dumps(whole, ensure_ascii=False, indent=1, cls=DjangoJSONEncoder)
    )
    for file in person.api_files.all():
        _copy_file(archive, file)


def _copy_file(archive: zipfile.ZipFile, file: ApiFile) -> None:
    """A piece at a time: it may have 200 MB. Raises StorageFault."""
    content = batches.opened(file.pk)
    if content is not None:
        with content, archive.open(f"files/{file.pk}.jsonl", "w", force_zip64=True) as copy:
            shutil.copyfileobj(content, copy)


def _person(person: User) -> dict[str, Any]:
    memberships = person.memberships.select_related("classroom")
    return {
        "username": person.username,
        "email": person.email,
        "name": person.get_full_name(),
        "role": person.role,
        "joined": person.date_joined.isoformat(),
        "classes": [{"name": one.classroom.name, "role": one.role} for one in memberships],
    }


def _attempts(person: User) -> QuerySet[Attempt]:
    related = ("assigned__assignment__classroom", "assigned__problem", "appeal")
    return Attempt.objects.filter(owner=person).select_related(*related)


def _attempt(attempt: Attempt) -> dict[str, Any]:
    """An answer to an assigned problem, with what became of it."""
    appeal = getattr(attempt, "appeal", None)
    return {
        "id": attempt.pk,
        "class": attempt.assigned.assignment.classroom.name,
        "assignment": attempt.assigned.assignment.title,
        "problem": attempt.assigned.problem.text,
        "number": attempt.number,
        "state": attempt.state,
        "text": attempt.text,
        "language": attempt.language,
        "receipt": attempt.receipt,
        "submitted": attempt.submitted_at,
        "late_s": attempt.late_s,
        "result": attempt.result,
        "points": attempt.points,
        "hints_used": attempt.hints_used,
        "appeal": appeal and {"reason": appeal.reason, "answer": appeal.answer},
    }


def describe(solution: Solution, person: User) -> dict[str, Any]:
    """One solution with its problem and everything that `person` said about it."""
    return {
        "id": str(solution.pk),
        "problem": {
            "id": str(solution.problem_id),
            "kind": solution.problem.kind,
            "text": solution.problem.text,
            "submitted": solution.problem.created_at.isoformat(),
        },
        "state": solution.state,
        "text": solution.text,
        "answer": solution.answer,
        "verdict": solution.verdict,
        "evidence": solution.evidence,
        "model": solution.model,
        "prompt": {"name": solution.prompt_name, "version": solution.prompt_version},
        "sampling": solution.sampling,
        "tokens": {
            "prompt": solution.prompt_tokens,
            "completion": solution.completion_tokens,
        },
        "created": solution.created_at.isoformat(),
        "finished": solution.finished_at.isoformat() if solution.finished_at else None,
        "thumbs": [one.thumb for one in solution.feedback.all() if one.person_id == person.pk],
        "reports": [
            {"step": one.step_index + 1, "note": one.note}
            for one in solution.reports.all()
            if one.person_id == person.pk
        ],
        "shared_with": [one.classroom.name for one in solution.shares.all()],
    }
