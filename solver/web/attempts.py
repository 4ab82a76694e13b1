"""A student's own answer: the page to write it, and the page of what was handed in."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from solver.models import AssignedProblem, Attempt, Kind, NoteTarget, Review, Solution
from solver.running import appeals, attempts, corrections, submit
from solver.running.hints import taking
from solver.store import uploads
from solver.web.access import (
    own_attempt,
    person_of,
    seen_assigned,
    seen_attempt,
    teaches,
)
from solver.web.attempt_forms import AnswerForm, AppealForm, CorrectionForm
from solver.web.gradebook import own_progress
from solver.web.hints import level_of, taught_hints
from solver.web.problems import preview_html
from solver.web.shown_evidence import evidence_for_student


@never_cache
@login_required
@require_safe
def work(request: HttpRequest, assigned_id: UUID) -> HttpResponse:
    assigned = seen_assigned(request, assigned_id)
    if teaches(person_of(request), assigned.assignment.classroom):
        return _taught_page(request, assigned)
    return _work_page(request, assigned, None)


@login_required
@require_POST
def draft(request: HttpRequest, assigned_id: UUID) -> HttpResponse:
    """Autosave, and the button that does the same; the page's module asks for JSON."""
    assigned = seen_assigned(request, assigned_id)
    wants_json = request.headers.get("Accept") == "application/json"
    form = AnswerForm(request.POST, request.FILES)
    try:
        saved = attempts.save_draft(
            assigned, person_of(request), form.number, _given(form, request)
        )
    except (ValidationError, uploads.UploadRefused) as refusal:
        said = " ".join(_sentences(refusal))
        if wants_json:
            return JsonResponse({"saved": False, "why": said}, status=400)
        form.refuse(said)
        return _work_page(request, assigned, form, status=400)
    if wants_json:
        return JsonResponse({"saved": saved.is_draft, "at": timezone.now().isoformat()})
    messages.success(request, _("Your draft is saved. It is not handed in yet."))
    return redirect("assigned", assigned_id)


@login_required
@require_POST
def hand_in(request: HttpRequest, assigned_id: UUID) -> HttpResponse:
    # Before a large file is stored: what counts is when the request came.
    now = timezone.now()
    assigned = seen_assigned(request, assigned_id)
    form = AnswerForm(request.POST, request.FILES)
    person = person_of(request)
    try:
        attempt = attempts.hand_in(assigned, person, form.number, _given(form, request), now)
    except (ValidationError, uploads.UploadRefused) as refusal:
        form.refuse(" ".join(_sentences(refusal)))
        return _work_page(request, assigned, form, status=400)
    return redirect("attempt", attempt.pk)


@login_required
@require_POST
def hint(request: HttpRequest, assigned_id: UUID) -> HttpResponse:
    """Show the next hint; what is typed so far is kept as the draft."""
    assigned, person = seen_assigned(request, assigned_id), person_of(request)
    form = AnswerForm(request.POST, request.FILES)
    has_answer = "attempt" in request.POST
    try:
        if has_answer:
            attempts.save_draft(assigned, person, form.number, _given(form, request))
        found = taking.take(assigned, person, level_of(request))
    except (ValidationError, uploads.UploadRefused) as refusal:
        said = " ".join(_sentences(refusal))
        if has_answer:
            form.refuse(said)
            return _work_page(request, assigned, form, status=400)
        messages.error(request, said)
        return redirect("assigned", assigned_id)
    place = f"hint-{len(found.shown)}" if found.shown else "hints"
    return redirect(f"{reverse('assigned', args=[assigned_id])}#{place}")


@login_required
@require_POST
def solve(request: HttpRequest, assigned_id: UUID) -> HttpResponse:
    """Have the model solve it, where the help rule of the assignment allows it."""
    assigned = seen_assigned(request, assigned_id)
    try:
        solution = submit.solve_assigned(assigned, person_of(request))
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
        return redirect("assigned", assigned_id)
    return redirect("solution", solution.pk)


@never_cache
@login_required
@require_safe
def page(request: HttpRequest, attempt_id: UUID) -> HttpResponse:
    attempt = seen_attempt(request, attempt_id)
    if attempt.is_draft:
        return redirect("assigned", attempt.assigned_id)
    return _attempt_page(request, attempt, AppealForm())


@never_cache
@login_required
@require_safe
def result(request: HttpRequest, attempt_id: UUID) -> HttpResponse:
    """The fragment that the page asks for while the answer is being graded."""
    attempt = seen_attempt(request, attempt_id)
    return render(request, "classes/_result.html", _result_context(request, attempt))


@login_required
@require_POST
def appeal(request: HttpRequest, attempt_id: UUID) -> HttpResponse:
    attempt = own_attempt(request, attempt_id)
    form = AppealForm(request.POST)
    try:
        appeals.appeal(attempt, request.POST.get("reason", ""))
    except ValidationError as refusal:
        form.add_error("reason", refusal)
        return _attempt_page(request, attempt, form, status=400)
    messages.success(request, _("Your appeal is with a teacher. You are told when it is answered."))
    return redirect("attempt", attempt_id)


@login_required
@require_POST
def ask(request: HttpRequest, attempt_id: UUID) -> HttpResponse:
    attempts.ask_for_person(own_attempt(request, attempt_id))
    messages.success(request, _("A teacher will look at this answer."))
    return redirect("attempt", attempt_id)


# -- Pages ----------------------------------------------------------------------------------


def _work_page(
    request: HttpRequest, assigned: AssignedProblem, form: AnswerForm | None, status: int = 200
) -> HttpResponse:
    person, now = person_of(request), timezone.now()
    kept = attempts.draft_of(assigned, person)
    number = kept.number if kept else attempts.next_number(assigned, person)
    text = form["text"].value() if form else (kept.text if kept else "")
    is_code = assigned.problem.kind == Kind.CODE
    context = {
        "assigned": assigned,
        "assignment": assigned.assignment,
        "form": form or AnswerForm.of(kept, number),
        "draft": kept,
        "number": number,
        "is_code": is_code,
        "preview": "" if is_code else preview_html(text or ""),
        "tries": attempts.tries(assigned, person),
        "refusal": attempts.refusal(assigned, person, now),
        "earlier": assigned.attempts.filter(owner=person).handed_in().order_by("-number"),
        "solutions": Solution.objects.filter(problem=assigned.problem, owner=person),
        "may_solve": assigned.assignment.may_solve(now),
        "may_hint": assigned.assignment.may_hint(now),
        "hints": taking.hints_for(assigned, person),
        "now": now,
        "late_s": assigned.assignment.late_s(now),
        "progress": own_progress(person, [assigned.assignment])[0],
    }
    return render(request, "classes/work.html", context, status=status)


def _taught_page(request: HttpRequest, assigned: AssignedProblem) -> HttpResponse:
    handed_in = assigned.attempts.handed_in().select_related("owner")
    context = {
        "assigned": assigned,
        "assignment": assigned.assignment,
        "attempts": handed_in.order_by("owner__username", "-number")[:500],
        "corrections": assigned.problem.corrections.select_related("by"),
        "form": CorrectionForm(initial={"answer": assigned.reference_answer}),
        "may_correct": corrections.may_correct(assigned.problem, person_of(request)),
    } | taught_hints(assigned, person_of(request))
    return render(request, "classes/assigned_taught.html", context)


def _attempt_page(
    request: HttpRequest, attempt: Attempt, form: AppealForm, status: int = 200
) -> HttpResponse:
    person = person_of(request)
    review = Review.objects.filter(attempt=attempt).select_related("reviewer").first()
    context = _result_context(request, attempt) | {
        "assigned": attempt.assigned,
        "assignment": attempt.assigned.assignment,
        "is_own": attempt.owner_id == person.pk,
        "is_code": attempt.assigned.problem.kind == Kind.CODE,
        "language": attempts.LANGUAGES.get(attempt.language, ""),
        "review": review,
        "notes": _notes(review),
        "appeal": getattr(attempt, "appeal", None),
        "form": form,
        "is_in_class": person.classrooms.filter(
            pk=attempt.assigned.assignment.classroom_id
        ).exists(),
    }
    return render(request, "classes/attempt.html", context, status=status)


def _result_context(request: HttpRequest, attempt: Attempt) -> dict[str, object]:
    is_own = attempt.owner_id == person_of(request).pk
    evidence = evidence_for_student(attempt, timezone.now()) if is_own else attempt.evidence
    return {"attempt": attempt, "evidence": evidence}


def _notes(review: Review | None) -> list[tuple[str, str]]:
    if review is None:
        return []
    return [
        (f"{NoteTarget(note.target).label} {note.index + 1}", note.text)
        for note in review.notes.all()
    ]


# -- What came in ---------------------------------------------------------------------------


def _given(form: AnswerForm, request: HttpRequest) -> attempts.Given:
    """Raises ValidationError, and UploadRefused for a file that cannot be taken."""
    if not form.is_valid():
        raise ValidationError([error for errors in form.errors.values() for error in errors])
    file = form.cleaned_data["file"]
    upload = uploads.keep(person_of(request), file) if file else None
    return attempts.Given(
        text=form.cleaned_data["text"],
        language=form.cleaned_data["language"],
        upload=upload,
        without_file=form.cleaned_data["without_file"],
    )


def _sentences(refusal: ValidationError | uploads.UploadRefused) -> list[str]:
    return refusal.messages if isinstance(refusal, ValidationError) else [str(refusal)]
