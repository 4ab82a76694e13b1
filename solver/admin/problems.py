"""Problems on the desk."""

from django.contrib import admin
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _

from solver.admin.visibility import HistoryAdmin
from solver.models import Problem, Solution
from solver.text.rendering import render


@admin.register(Problem)
class ProblemAdmin(HistoryAdmin):
    list_display = ("title", "owner", "kind", "solution_count", "created_at")
    list_filter = ("kind", "created_at")
    # Fetched apart: a join would keep the database from reading the newest rows first.
    list_select_related = ()
    list_per_page = 50
    search_fields = ("text", "owner__username")
    show_full_result_count = False
    fields = ("rendered", "owner", "kind", "created_at", "solutions")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Problem]:
        rows: QuerySet[Problem] = super().get_queryset(request)
        counted = Solution.objects.filter(problem=OuterRef("pk")).order_by().values("problem")
        count = Subquery(counted.annotate(found=Count("pk")).values("found"))
        return rows.annotate(solution_count=Coalesce(count, 0)).prefetch_related("owner")

    @admin.display(description=_("solutions"))
    def solution_count(self, problem: Problem) -> int:
        return int(getattr(problem, "solution_count", 0))

    @admin.display(description=_("problem"))
    def rendered(self, problem: Problem) -> SafeString:
        return format_html(
            '<div class="prose problem">{}</div>',
            mark_safe(render(problem.text)),  # noqa: S308
        )

    @admin.display(description=_("solutions"))
    def solutions(self, problem: Problem) -> SafeString:
        rows = problem.solutions.defer("text", "evidence", "system_prompt")
        links = (
            (
                reverse("admin:solver_solution_change", args=[row.pk]),
                f"{row.created_at:%Y-%m-%d %H:%M}",
                row.get_state_display(),
                row.get_verdict_display(),
            )
            for row in rows
        )
        listed = format_html_join("", '<li><a href="{}">{}</a>: {}, {}</li>', links)
        return format_html("<ul>{}</ul>", listed)
