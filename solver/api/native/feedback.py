"""What readers say about a solution: a thumb, and a step that is wrong."""

from uuid import UUID

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from solver.api.errors import not_found
from solver.api.native.base import NativeView, find, person_of
from solver.api.native.serializers import ReportSerializer, ThumbSerializer
from solver.api.native.solutions import visible
from solver.models import Feedback, Report
from solver.text.steps import split
from solver.web.shown import read


class Thumbed(NativeView):
    @extend_schema(
        operation_id="solutions_thumb_read",
        tags=["Feedback"],
        summary="Read one's own thumb",
        responses=ThumbSerializer,
    )
    def get(self, request: Request, solution_id: UUID) -> Response:
        solution = find(visible(request), solution_id)
        mine = Feedback.objects.filter(solution=solution, person=person_of(request)).first()
        if mine is None:
            raise not_found("thumb of yours on this solution")
        return Response({"thumb": mine.thumb})

    @extend_schema(
        operation_id="solutions_thumb",
        tags=["Feedback"],
        summary="Give a thumb",
        request=ThumbSerializer,
        responses=ThumbSerializer,
        examples=[OpenApiExample("Helpful", value={"thumb": 1})],
    )
    def put(self, request: Request, solution_id: UUID) -> Response:
        body = ThumbSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        solution = find(visible(request), solution_id)
        Feedback.objects.update_or_create(
            solution=solution, person=person_of(request), defaults=body.validated_data
        )
        return Response(body.validated_data)

    @extend_schema(
        operation_id="solutions_thumb_delete",
        tags=["Feedback"],
        summary="Take the thumb back",
        responses={204: None},
    )
    def delete(self, request: Request, solution_id: UUID) -> Response:
        solution = find(visible(request), solution_id)
        Feedback.objects.filter(solution=solution, person=person_of(request)).delete()
        return Response(status=status.HTTP_204_NO_CONTENT)


class Reported(NativeView):
    @extend_schema(
        operation_id="solutions_report",
        tags=["Feedback"],
        summary="Report a wrong step",
        request=ReportSerializer,
        responses={201: ReportSerializer},
        examples=[OpenApiExample("A slip", value={"step": 1, "note": "The sign is lost."})],
    )
    def post(self, request: Request, solution_id: UUID) -> Response:
        """Teachers see it on their desk. Reporting a step again changes the note."""
        body = ReportSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        solution = find(visible(request), solution_id)
        index, note = body.validated_data["step"], body.validated_data["note"]
        if index >= len(split(read(solution).text, solution.is_final).steps):
            raise not_found(f"step {index} in this solution; steps are counted from 0")
        Report.objects.update_or_create(
            solution=solution,
            person=person_of(request),
            step_index=index,
            defaults={"note": note, "settled_at": None},
        )
        return Response(body.validated_data, status=status.HTTP_201_CREATED)
