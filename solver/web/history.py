"""Everything a person has asked: searched, filtered and paged."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from solver.models import Solution
from solver.web.access import person_of
from solver.web.forms import HistoryForm

PAGE_SIZE = 20
FILTERS = ("kind", "verdict", "state", "since", "until")


@login_required
@require_safe
def history(request: HttpRequest) -> HttpResponse:
    form = HistoryForm(request.GET)
    mine = Solution.objects.filter(owner=person_of(request)).select_related("problem")
    form.is_valid()  # What is not valid says so beside its field, and does not filter.
    wanted = {name: value for name, value in form.cleaned_data.items() if value}
    found = search(mine, wanted).defer("text", "evidence", "system_prompt")
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    query = request.GET.copy()
    query.pop("page", None)
    context = {
        "form": form,
        "filter_fields": [form[name] for name in FILTERS],
        "page": page,
        "pages": page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1),
        "query": query.urlencode(),
        "is_filtered": bool(wanted),
        "is_narrowed": bool(wanted.keys() - {"q"}),
    }
    return render(request, "history/list.html", context)


def search(solutions: QuerySet[Solution], wanted: Mapping[str, Any]) -> QuerySet[Solution]:
    """Every word must occur somewhere: in the problem, the solution or the answer."""
    for word in wanted.get("q", "").split():
        solutions = solutions.filter(
            Q(problem__text__icontains=word) | Q(text__icontains=word) | Q(answer__icontains=word)
        )
    if kind := wanted.get("kind"):
        solutions = solutions.filter(problem__kind=kind)
    for name in wanted.keys() & {"verdict", "state"}:
        solutions = solutions.filter(**{name: wanted[name]})
    if since := wanted.get("since"):
        solutions = solutions.filter(created_at__gte=_midnight(since))
    if until := wanted.get("until"):
        solutions = solutions.filter(created_at__lt=_midnight(until + timedelta(days=1)))
    return solutions


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
