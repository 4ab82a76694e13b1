"""Attempts on the desk: found by class, result and problem, opened on the review page."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import Prefetch, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.models import Classroom, User
from solver.admin.exports import AttemptResource, ExportAdmin, is_blind
from solver.admin.prompt_parts import person
from solver.admin.visibility import HistoryAdmin
from solver.models import AssignedProblem, Attempt, Correction, Review
from solver.running import reviewing
from solver.running.grading import regrade_later
from solver.running.review_queue import Kind


class ClassFilter(admin.SimpleListFilter):
    """Only classes of theirs: the names of others are nobody's business."""

    title = _("class")
    parameter_name = "class"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        rows = Classroom.objects.visible_to(person(request))
        return [(str(key), name) for key, name in rows.values_list("pk", "name")[:500]]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Attempt]) -> QuerySet[Attempt]:
        chosen = self.value() or ""
        if not (chosen.isascii() and chosen.isdigit()):
            return queryset
        return queryset.filter(assigned__assignment__classroom=int(chosen))


@admin.register(Attempt)
class AttemptAdmin(ExportAdmin):
    resource = AttemptResource
    list_display = ("problem", "student", "classroom", "result", "points", "submitted_at")
    list_filter = ("result", "state", ClassFilter, "submitted_at")
    # Fetched apart: a join would keep the database from reading the newest rows first.
    list_select_related = ()
    list_per_page = 50
    # Not by name: a search that finds would tell whose a blind attempt is.
    search_fields = ("assigned__problem__text", "receipt")
    show_full_result_count = False
    ordering = ("-submitted_at", "-id")
    actions = ("accept", "regrade")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Attempt]:
        rows: Any = super().get_queryset(request)
        assigned = AssignedProblem.objects.select_related("problem", "assignment__classroom")
        reviews = Review.objects.select_related("reviewer")
        shown: QuerySet[Attempt] = (
            rows.handed_in()
            .prefetch_related("owner", Prefetch("assigned", assigned), Prefetch("review", reviews))
            .defer("evidence")
        )
        return shown

    def change_view(
        self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        attempt = self.get_queryset(request).filter(pk=self._pk(object_id)).first()
        if attempt is None:
            raise Http404
        return redirect("admin:review", Kind.ATTEMPT, attempt.pk)

    @admin.display(description="")
    def action_checkbox(self, obj: Attempt) -> SafeString:
        """Django's own has the attempt's name for readers of screens, and so the student's."""
        return format_html(
            '<input type="checkbox" name="{}" value="{}" class="action-select" aria-label="{}">',
            ACTION_CHECKBOX_NAME,
            obj.pk,
            _("Choose this attempt"),
        )

    @admin.display(description=_("problem"))
    def problem(self, attempt: Attempt) -> str:
        return attempt.assigned.problem.title

    @admin.display(description=_("student"))
    def student(self, attempt: Attempt) -> Any:
        return _("hidden until reviewed") if is_blind(attempt) else attempt.owner

    @admin.display(description=_("class"))
    def classroom(self, attempt: Attempt) -> str:
        return attempt.assigned.assignment.classroom.name

    @admin.action(description=_("Accept as graded"))
    def accept(self, request: HttpRequest, queryset: QuerySet[Attempt]) -> None:
        tell_accepted(request, queryset, person(request))

    @admin.action(description=_("Grade again"))
    def regrade(self, request: HttpRequest, queryset: QuerySet[Attempt]) -> None:
        keys = set(queryset.values_list("assigned_id", flat=True))
        for key in keys:
            regrade_later(key)
        told = ngettext(
            "All attempts at %d problem are graded again.",
            "All attempts at %d problems are graded again.",
            len(keys),
        )
        messages.success(request, told % len(keys))


@admin.register(Correction)
class CorrectionAdmin(HistoryAdmin):
    list_display = ("problem", "old", "new", "by", "at")
    list_select_related = ("problem", "by")
    list_per_page = 50
    show_full_result_count = False


def tell_accepted(request: HttpRequest, rows: QuerySet[Attempt], teacher: User) -> None:
    """Accept as graded what was ticked, and say how many could not be."""
    accepted, left = reviewing.accept_all(rows, teacher)
    if accepted:
        told = ngettext("%d attempt accepted.", "%d attempts accepted.", accepted)
        messages.success(request, told % accepted)
    if left:
        told = ngettext(
            "%d was left alone: it has no points yet, or somebody reviewed it.",
            "%d were left alone: they have no points yet, or somebody reviewed them.",
            left,
        )
        messages.warning(request, told % left)
