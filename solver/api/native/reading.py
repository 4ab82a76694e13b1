"""A solution's steps, and what was done to check its answer."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from solver.api.native.base import NativeView, find
from solver.api.native.included import include_parameter, included
from solver.api.native.serializers import StepsSerializer, VerdictSerializer
from solver.api.native.solutions import visible
from solver.text.rendering import render
from solver.text.steps import split
from solver.web.shown import read

ON_REQUEST = ("rendered_html",)


class Steps(NativeView):
    @extend_schema(
        operation_id="solutions_steps",
        tags=["Solutions"],
        summary="Read the steps",
        parameters=[include_parameter(ON_REQUEST)],
        responses=StepsSerializer,
    )
    def get(self, request: Request, solution_id: UUID) -> Response:
        """All steps so far, in order; while the solution runs the last one is open."""
        asked = included(request, ON_REQUEST)
        solution = find(visible(request), solution_id)
        text = read(solution).text
        steps = []
        for step in split(text, solution.is_final).steps:
            source = text[step.start : step.end]
            shown = {"index": step.index, "title": step.title, "text": source}
            html = {"rendered_html": render(source)} if asked else {}
            steps.append({**shown, "is_open": step.is_open, **html})
        return Response({"state": solution.state, "steps": steps})


class TheVerdict(NativeView):
    @extend_schema(
        operation_id="solutions_verdict",
        tags=["Solutions"],
        summary="Read the verdict and its evidence",
        responses=VerdictSerializer,
    )
    def get(self, request: Request, solution_id: UUID) -> Response:
        """`checked` only by evidence that decides. It is `unchecked` until the solution is done."""
        solution = find(visible(request), solution_id)
        return Response(VerdictSerializer(solution).data)
