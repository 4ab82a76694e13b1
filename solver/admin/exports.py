"""Tables for a spreadsheet: CSV and XLSX of the rows that a list shows, and of no others."""

import re
from typing import Any

from django.contrib.admin.options import ModelAdmin
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe
from import_export.fields import Field
from import_export.resources import ModelResource

from solver.admin.visibility import HistoryAdmin
from solver.models import Attempt, Review, Solution

FORMATS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
# A spreadsheet runs what begins like this: https://owasp.org/www-community/attacks/CSV_Injection
_FORMULA = re.compile(r"\s*[=+\-@\t\r]")
_UNFIT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
# What a cell of XLSX holds.
_CELL_CHARS = 32_000


def harmless(value: Any) -> Any:
    """Text as text, whatever it looks like; numbers stay numbers."""
    if not isinstance(value, str):
        return value
    text = _UNFIT.sub("�", value)[:_CELL_CHARS]
    return f"'{text}" if _FORMULA.match(text) else text


class HarmlessResource(ModelResource):  # type: ignore[misc]
    def export_field(self, field: Field, instance: Any, **kwargs: Any) -> Any:
        return harmless(super().export_field(field, instance, **kwargs))


class AttemptResource(HarmlessResource):
    classroom = Field("assigned__assignment__classroom__name", "class")
    assignment = Field("assigned__assignment__title", "assignment")
    problem = Field("assigned__problem__title", "problem")
    student = Field(column_name="student")
    reviewer = Field("review__reviewer__username", "reviewer")
    decision = Field("review__decision", "decision")
    comment = Field("review__comment", "comment")

    class Meta:
        model = Attempt
        fields = (
            "classroom",
            "assignment",
            "problem",
            "student",
            "number",
            "submitted_at",
            "late_s",
            "result",
            "raw_points",
            "penalty",
            "points",
            "hints_used",
            "reviewer",
            "decision",
            "comment",
            "text",
        )
        export_order = fields

    def dehydrate_student(self, attempt: Attempt) -> str:
        return "" if is_blind(attempt) else attempt.owner.username


class ReviewResource(HarmlessResource):
    reviewer = Field("reviewer__username", "reviewer")
    problem = Field(column_name="problem")
    student = Field(column_name="student")

    class Meta:
        model = Review
        fields = (
            "problem",
            "student",
            "reviewer",
            "decision",
            "points",
            "comment",
            "revision",
            "created_at",
            "updated_at",
        )
        export_order = fields

    def dehydrate_problem(self, review: Review) -> str:
        if review.attempt is not None:
            return review.attempt.assigned.problem.title
        return review.solution.problem.title if review.solution else ""

    def dehydrate_student(self, review: Review) -> str:
        about = review.attempt or review.solution
        return about.owner.username if about else ""


class SolutionResource(HarmlessResource):
    problem = Field("problem__title", "problem")
    student = Field("owner__username", "student")

    class Meta:
        model = Solution
        fields = (
            "id",
            "problem",
            "student",
            "state",
            "verdict",
            "answer",
            "model",
            "prompt_name",
            "prompt_version",
            "prompt_tokens",
            "completion_tokens",
            "created_at",
            "finished_at",
        )
        export_order = fields


def is_blind(attempt: Attempt) -> bool:
    """Whether the name is hidden: until somebody has reviewed it."""
    return attempt.assigned.assignment.is_blind and not hasattr(attempt, "review")


class ExportAdmin(HistoryAdmin):
    """A list that can be taken along, filtered as it is shown."""

    change_list_template = "admin/exported_list.html"
    resource: type[HarmlessResource]

    def get_urls(self) -> list[URLPattern]:
        meta = self.model._meta
        view = self.admin_site.admin_view(require_safe(self.export))
        name = f"{meta.app_label}_{meta.model_name}_export"
        return [path("export/<str:form>/", view, name=name), *super().get_urls()]

    def export(self, request: HttpRequest, form: str) -> HttpResponse:
        if form not in FORMATS or not self.has_view_permission(request):
            raise Http404
        rows = self.get_changelist_instance(request).get_queryset(request)
        table = self.resource().export(rows)
        response = HttpResponse(table.export(form), content_type=FORMATS[form])
        kind = slugify(self.model._meta.verbose_name_plural)
        name = f"{kind}-{timezone.now():%Y-%m-%d}.{form}"
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        return response

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        meta = self.model._meta
        links = {
            "export_view": f"admin:{meta.app_label}_{meta.model_name}_export",
            "export_forms": [(form, form.upper()) for form in FORMATS],
            "export_query": request.GET.urlencode(),
            "export_word": _("Export as"),
        }
        return ModelAdmin.changelist_view(self, request, {**links, **(extra_context or {})})
