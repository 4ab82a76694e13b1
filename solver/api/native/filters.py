"""What lists can be narrowed to. A filter that is sent must mean something."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.http import HttpRequest
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.exceptions import ValidationError
from rest_framework.views import APIView

from solver.models import Attempt, AttemptState, Kind, Problem, Solution, State, Verdict


class StrictFilterBackend(DjangoFilterBackend):
    """An empty value, which a form would leave out, is a mistake in a program."""

    def filter_queryset(self, request: HttpRequest, queryset: Any, view: APIView) -> QuerySet[Any]:
        filterset = self.get_filterset(request, queryset, view)
        names = filterset.filters if filterset else ()
        empty = [name for name in names if request.GET.get(name) == ""]
        if empty:
            raise ValidationError({empty[0]: ["Give a value, or leave it out."]})
        found: QuerySet[Any] = super().filter_queryset(request, queryset, view)
        return found


class _Made(django_filters.FilterSet):
    created_after = django_filters.IsoDateTimeFilter(field_name="created_at", lookup_expr="gte")
    created_before = django_filters.IsoDateTimeFilter(field_name="created_at", lookup_expr="lt")


class ProblemFilter(_Made):
    kind = django_filters.ChoiceFilter(choices=Kind.choices)

    class Meta:
        model = Problem
        fields = ["kind"]


class SolutionFilter(_Made):
    problem = django_filters.UUIDFilter(field_name="problem_id")
    kind = django_filters.ChoiceFilter(field_name="problem__kind", choices=Kind.choices)
    state = django_filters.ChoiceFilter(choices=State.choices)
    verdict = django_filters.ChoiceFilter(choices=Verdict.choices)

    class Meta:
        model = Solution
        fields = ["problem", "state", "verdict"]


class AttemptFilter(_Made):
    assigned_problem = django_filters.UUIDFilter(field_name="assigned_id")
    state = django_filters.ChoiceFilter(choices=AttemptState.choices)

    class Meta:
        model = Attempt
        fields = ["state"]
