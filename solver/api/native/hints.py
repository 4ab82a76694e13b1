"""Hints to an assigned problem, one by one; their teachers see all of them."""

from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from solver.api.native.base import NativeView, find, person_of
from solver.api.native.included import include_parameter, included
from solver.api.native.serializers import HintsSerializer, NextHintSerializer
from solver.models import AssignedProblem
from solver.running.hints import preparing, taking
from solver.running.hints.taking import Hints
from solver.text.rendering import render
from solver.web.access import teaches

ON_REQUEST = ("rendered_html",)


class TheHints(NativeView):
    @extend_schema(
        operation_id="hints_list",
        tags=["Hints"],
        summary="List the hints that were shown",
        parameters=[include_parameter(ON_REQUEST)],
        responses=HintsSerializer,
    )
    def get(self, request: Request, assigned_id: UUID) -> Response:
        """A student sees those they asked for, teachers of the class all that there are."""
        assigned = _assigned(request, assigned_id)
        if _teaches(request, assigned):
            return _shown(request, assigned, taking.all_hints(assigned))
        return _shown(request, assigned, taking.hints_for(assigned, person_of(request)))

    @extend_schema(
        operation_id="hints_next",
        tags=["Hints"],
        summary="Ask for the next hint",
        parameters=[include_parameter(ON_REQUEST)],
        request=NextHintSerializer,
        responses=HintsSerializer,
        examples=[OpenApiExample("The second", value={"level": 2}, request_only=True)],
    )
    def post(self, request: Request, assigned_id: UUID) -> Response:
        """Each hint counts once, in `hints_used` of the attempt that is open. Where none is ready
        they are prepared: see `state`. A teacher's call only prepares them.
        """
        body = NextHintSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        assigned = _assigned(request, assigned_id)
        if _teaches(request, assigned):
            preparing.prepare(assigned)
            return _shown(request, assigned, taking.all_hints(assigned))
        level = body.validated_data.get("level")
        return _shown(request, assigned, taking.take(assigned, person_of(request), level))


def _assigned(request: Request, assigned_id: UUID) -> AssignedProblem:
    """Raises NotFound."""
    rows = AssignedProblem.objects.visible_to(person_of(request))
    return find(rows.select_related("problem", "assignment__classroom"), assigned_id)


def _teaches(request: Request, assigned: AssignedProblem) -> bool:
    return teaches(person_of(request), assigned.assignment.classroom)


def _shown(request: Request, assigned: AssignedProblem, found: Hints) -> Response:
    asked = included(request, ON_REQUEST)
    hints: list[dict[str, Any]] = [
        {"level": level, "text": text, **({"rendered_html": render(text)} if asked else {})}
        for level, text in enumerate(found.shown, 1)
    ]
    return Response(
        {
            "state": found.state,
            "is_allowed": assigned.assignment.may_hint(timezone.now()),
            "total": found.total,
            "hints": hints,
        }
    )
