"""Attempts: a student's own answers to assigned problems."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import generics, status
from rest_framework.request import Request
from rest_framework.response import Response

from solver.api.native.base import NativeView, Pages, find, person_of
from solver.api.native.filters import AttemptFilter, StrictFilterBackend
from solver.api.native.included import include_parameter, included
from solver.api.native.serializers import AttemptSerializer, NewAttemptSerializer
from solver.models import AssignedProblem, Attempt
from solver.running import attempts

EXAMPLE = OpenApiExample(
    "An answer",
    value={
        "assigned_problem": "6a1c1d0e-58a0-4b38-9a6e-0b3d3f3f6f10",
        "number": 1,
        "text": "$x = 2$ or $x = 3$",
    },
    request_only=True,
)


class Attempts(NativeView, generics.ListAPIView[Attempt]):
    queryset = Attempt.objects.none()
    serializer_class = AttemptSerializer
    pagination_class = Pages
    filter_backends = [StrictFilterBackend]
    filterset_class = AttemptFilter

    def get_queryset(self) -> QuerySet[Attempt]:
        return Attempt.objects.visible_to(person_of(self.request))

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "included": ()}

    @extend_schema(operation_id="attempts_list", tags=["Attempts"], summary="List attempts")
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One's own, and for teachers what was handed in to their classes."""
        return self.list(request, *args, **kwargs)

    @extend_schema(
        operation_id="attempts_create",
        tags=["Attempts"],
        summary="Hand in an answer",
        request=NewAttemptSerializer,
        responses={201: AttemptSerializer},
        examples=[EXAMPLE],
        filters=False,
    )
    def post(self, request: Request) -> Response:
        body = NewAttemptSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        given = body.validated_data
        person = person_of(request)
        rows = AssignedProblem.objects.visible_to(person).select_related("assignment", "problem")
        assigned = find(rows, given["assigned_problem"])
        number = given.get("number") or attempts.next_number(assigned, person)
        answer = attempts.Given(given["text"], given.get("language", ""))
        attempt = attempts.hand_in(assigned, person, number, answer)
        shown = AttemptSerializer(attempt, context={"included": ()})
        return Response(shown.data, status=status.HTTP_201_CREATED)


class OneAttempt(NativeView):
    @extend_schema(
        operation_id="attempts_read",
        tags=["Attempts"],
        summary="Read an attempt",
        parameters=[include_parameter(AttemptSerializer.on_request)],
        responses=AttemptSerializer,
    )
    def get(self, request: Request, attempt_id: UUID) -> Response:
        asked = included(request, AttemptSerializer.on_request)
        attempt = find(Attempt.objects.visible_to(person_of(request)), attempt_id)
        return Response(AttemptSerializer(attempt, context={"included": asked}).data)
