"""Solutions on the desk: found by what they are, and read as students see them."""

from typing import Any

from django.contrib import admin
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from solver.admin.exports import ExportAdmin, SolutionResource
from solver.admin.usage import dashboard
from solver.live.cards import cards
from solver.models import Feedback, Report, Share, Solution, Thumb

# Long columns that a list does not show.
LISTS = {"solver_solution_changelist", "solver_solution_export"}
NOT_LISTED = ("text", "system_prompt", "evidence", "error", "sampling")


class SaidFilter(admin.SimpleListFilter):
    """What people said about it."""

    title = _("feedback")
    parameter_name = "said"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("reported", _("A step is reported as wrong")),
            ("shared", _("Shared with a teacher")),
            ("down", _("Not helpful")),
        ]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[Solution]
    ) -> QuerySet[Solution] | None:
        this = OuterRef("pk")
        chosen = {
            "reported": Report.objects.filter(solution=this, settled_at=None),
            "shared": Share.objects.filter(solution=this),
            "down": Feedback.objects.filter(solution=this, thumb=Thumb.DOWN),
        }
        rows = chosen.get(self.value() or "")
        return None if rows is None else queryset.filter(Exists(rows))


@admin.register(Solution)
class SolutionAdmin(ExportAdmin):
    resource = SolutionResource
    list_display = ("problem", "owner", "state_mark", "verdict_mark", "model", "created_at")
    list_filter = ("state", "verdict", SaidFilter, "problem__kind", "model", "created_at")
    # Fetched apart: a join would keep the database from reading the newest rows first.
    list_select_related = ()
    list_per_page = 50
    search_fields = ("problem__text", "answer", "owner__username")
    show_full_result_count = False
    fieldsets = (
        (None, {"fields": ("worked", "on_the_site")}),
        (_("What was asked"), {"fields": ("owner", "system_prompt", "prompt", "sampling")}),
        (
            _("How it went"),
            {
                "fields": (
                    "state",
                    "error",
                    "finish_reason",
                    "model",
                    "prompt_tokens",
                    "completion_tokens",
                    "created_at",
                    "started_at",
                    "finished_at",
                    "interruptions",
                )
            },
        ),
        (_("What people said"), {"fields": ("said",)}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Solution]:
        rows = super().get_queryset(request).prefetch_related("owner", "problem")
        match = request.resolver_match
        is_list = match is not None and match.url_name in LISTS
        return rows.defer(*NOT_LISTED) if is_list else rows

    def get_urls(self) -> list[URLPattern]:
        usage = self.admin_site.admin_view(self.usage)
        return [path("usage/", usage, name="usage"), *super().get_urls()]

    def usage(self, request: HttpRequest) -> HttpResponse:
        return dashboard(request, self.admin_site.each_context(request))

    def get_readonly_fields(
        self, request: HttpRequest, obj: Solution | None = None
    ) -> tuple[str, ...]:
        return ("worked", "on_the_site", "prompt", "said")

    @admin.display(description=_("state"), ordering="state")
    def state_mark(self, solution: Solution) -> SafeString:
        return _tag("_state.html", state=solution.state, word=solution.get_state_display())

    @admin.display(description=_("verdict"), ordering="verdict")
    def verdict_mark(self, solution: Solution) -> SafeString:
        return _tag("_verdict.html", verdict=solution.verdict, word=solution.verdict_words)

    @admin.display(description=_("prompt"))
    def prompt(self, solution: Solution) -> str:
        return f"{solution.prompt_name} {solution.prompt_version}".strip() or "-"

    @admin.display(description=_("solution"))
    def worked(self, solution: Solution) -> SafeString:
        """Rendered by what the student's page uses."""
        context = {
            "solution": solution,
            "problem": solution.problem,
            "worked": cards(solution.text, solution.is_final),
        }
        return render_to_string("admin/solver/solution/_worked.html", context)

    @admin.display(description=_("page"))
    def on_the_site(self, solution: Solution) -> SafeString:
        address = reverse("solution", args=[solution.pk])
        return format_html('<a href="{}">{}</a>', address, _("Open the student’s page"))

    @admin.display(description=_("feedback"))
    def said(self, solution: Solution) -> SafeString:
        context = {
            "thumbs": solution.feedback.select_related("person"),
            "reports": solution.reports.select_related("person"),
            "shares": solution.shares.select_related("classroom"),
        }
        return render_to_string("admin/solver/solution/_said.html", context)


def _tag(template: str, **context: Any) -> SafeString:
    return render_to_string(template, context)
