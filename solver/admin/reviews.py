"""The teacher's desk: the review queue, and one page for each thing in it."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from solver.admin import review_page
from solver.admin.attempts import tell_accepted
from solver.admin.exports import ExportAdmin, ReviewResource
from solver.admin.prompt_parts import View, for_desk_users, person
from solver.admin.review_buttons import BUTTONS
from solver.admin.review_form import ReviewForm, choice_of, keep_comment
from solver.models import Attempt, Review
from solver.running import review_queue, reviewable, reviewing
from solver.running.review_queue import Kind
from solver.running.review_reasons import Reason
from solver.running.reviewable import Subject
from solver.running.reviewing import ReviewConflict

MOST_AT_ONCE = 200


@admin.register(Review)
class ReviewAdmin(ExportAdmin):
    """Lists what was decided; the queue and its pages hang below it."""

    resource = ReviewResource
    list_display = ("about", "reviewer", "decision", "points", "updated_at")
    list_filter = ("decision", "updated_at")
    list_select_related = (
        "reviewer",
        "attempt__owner",
        "attempt__assigned__problem",
        "solution__owner",
        "solution__problem",
    )
    list_per_page = 50
    search_fields = ("comment",)
    show_full_result_count = False

    @admin.display(description=gettext_lazy("problem"))
    def about(self, review: Review) -> str:
        if review.attempt is not None:
            return review.attempt.assigned.problem.title
        return review.solution.problem.title if review.solution is not None else "–"

    def get_urls(self) -> list[URLPattern]:
        one = "<str:kind>/<uuid:subject_id>/"
        return [
            path("queue/", self._page(self.queue), name="review_queue"),
            path("queue/accept/", self._page(require_POST(self.accept)), name="review_accept"),
            path(f"queue/{one}", self._page(self.item), name="review"),
            *super().get_urls(),
        ]

    def _page(self, view: Any) -> View:
        checked: View = self.admin_site.admin_view(for_desk_users(view))
        return checked

    def change_view(
        self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """A review is read where it is written."""
        rows = self.get_queryset(request).filter(pk=self._pk(object_id))
        review: Review | None = rows.first()
        if review is None:
            raise Http404
        kind = Kind.ATTEMPT if review.attempt_id else Kind.SOLUTION
        return redirect("admin:review", kind, review.attempt_id or review.solution_id)

    # -- The queue --------------------------------------------------------------------------

    def queue(self, request: HttpRequest) -> HttpResponse:
        require_safe(lambda _request: HttpResponse())(request)
        user, choice = person(request), choice_of(request)
        asked = request.GET.get("page", "1")
        number = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 7 else 1
        found = review_queue.page(user, choice, number)
        return self._render(
            request,
            "queue",
            _("Review queue"),
            page=found,
            choice=choice,
            reasons=list(Reason),
            classrooms=review_queue.classrooms(user),
            shuffles=range(1, review_queue.SHUFFLES + 1),
            hides_names=_hides_names(request),
            filters=_filters(request),
        )

    def accept(self, request: HttpRequest) -> HttpResponse:
        """Accept as graded what was ticked: several attempts at once."""
        user = person(request)
        ids = [one for one in map(_uuid, request.POST.getlist("attempt")) if one][:MOST_AT_ONCE]
        rows = reviewable.attempts(user).filter(pk__in=ids)
        ticked = rows.select_related("owner", "assigned__problem", "assigned__assignment")
        tell_accepted(request, ticked, user)
        return redirect(f"{reverse('admin:review_queue')}?{_filters(request)}")

    # -- One of them ------------------------------------------------------------------------

    def item(self, request: HttpRequest, kind: str, subject_id: UUID) -> HttpResponse:
        user = person(request)
        subject = _subject(user, kind, subject_id)
        if request.method != "POST":
            return self._item(request, subject)
        pressed = request.POST.get("do", "")
        if pressed in BUTTONS:
            errors = BUTTONS[pressed](request, subject, user)
            return self._item(request, subject, request.POST, errors)
        return self._save(request, subject, user)

    def _save(self, request: HttpRequest, subject: Subject, user: User) -> HttpResponse:
        choice = choice_of(request)
        following = review_queue.after(user, choice, subject)
        try:
            draft = ReviewForm(request.POST).draft(request.POST)
            reviewing.save_review(subject, user, draft)
        except ValidationError as error:
            return self._item(request, subject, request.POST, error.message_dict)
        except ReviewConflict as conflict:
            return self._item(request, subject, request.POST, {}, conflict.current)
        keep_comment(user, request.POST)
        messages.success(request, _("Saved, and the student is told."))
        return _to(request, following or review_queue.first(user, choice))

    def _item(
        self,
        request: HttpRequest,
        subject: Subject,
        typed: Any = None,
        errors: dict[str, list[str]] | None = None,
        conflict: Review | None = None,
    ) -> HttpResponse:
        user, choice, kind = person(request), choice_of(request), _kind(subject)
        found = review_page.context(subject, user, typed, _hides_names(request))
        around = {
            "following": review_queue.after(user, choice, subject),
            "preceding": review_queue.before(user, choice, subject),
            "waiting": review_queue.count(user, choice),
        }
        title = found["problem"].title
        response = self._render(
            request,
            "item",
            title,
            kind=kind,
            subject=subject,
            errors=errors or {},
            conflict=conflict,
            filters=_filters(request),
            **around,
            **found,
        )
        response.status_code = 409 if conflict else 400 if errors else 200
        return response

    def _render(
        self, request: HttpRequest, template: str, title: str, **context: Any
    ) -> TemplateResponse:
        shared = self.admin_site.each_context(request)
        return TemplateResponse(
            request, f"admin/review/{template}.html", {**shared, "title": title, **context}
        )


def _subject(user: User, kind: str, subject_id: UUID) -> Subject:
    rows: Any
    if kind == Kind.ATTEMPT:
        rows = review_page.attempts() & reviewable.attempts(user)
    elif kind == Kind.SOLUTION:
        rows = review_page.solutions() & reviewable.solutions(user)
    else:
        raise Http404
    subject: Subject | None = rows.filter(pk=subject_id).first()
    if subject is None:
        raise Http404
    return subject


def _kind(subject: Subject) -> Kind:
    return Kind.ATTEMPT if isinstance(subject, Attempt) else Kind.SOLUTION


def _to(request: HttpRequest, target: tuple[Kind, UUID] | None) -> HttpResponse:
    address = reverse("admin:review", args=target) if target else reverse("admin:review_queue")
    filters = _filters(request)
    return redirect(f"{address}?{filters}" if filters else address)


def _filters(request: HttpRequest) -> str:
    """The queue's own part of the address, for links that stay in it."""
    kept = {
        name: request.GET[name] for name in ("class", "reason", "shuffle") if name in request.GET
    }
    if _hides_names(request):
        kept["names"] = "hidden"
    return urlencode(kept)


def _hides_names(request: HttpRequest) -> bool:
    return request.GET.get("names") == "hidden"


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
