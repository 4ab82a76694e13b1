"""Problems, to read. They are made by asking for a solution."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response

from solver.api.native.base import NativeView, Pages, find, person_of
from solver.api.native.filters import ProblemFilter, StrictFilterBackend
from solver.api.native.included import include_parameter, included
from solver.api.native.serializers import ProblemSerializer
from solver.models import Problem


class Problems(NativeView, generics.ListAPIView[Problem]):
    queryset = Problem.objects.none()
    serializer_class = ProblemSerializer
    pagination_class = Pages
    filter_backends = [StrictFilterBackend]
    filterset_class = ProblemFilter

    def get_queryset(self) -> Any:
        return Problem.objects.visible_to(person_of(self.request))

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "included": ()}

    @extend_schema(operation_id="problems_list", tags=["Problems"], summary="List problems")
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Those that the caller may see, the newest first."""
        return self.list(request, *args, **kwargs)


class OneProblem(NativeView):
    @extend_schema(
        operation_id="problems_read",
        tags=["Problems"],
        summary="Read a problem",
        parameters=[include_parameter(ProblemSerializer.on_request)],
        responses=ProblemSerializer,
    )
    def get(self, request: Request, problem_id: UUID) -> Response:
        asked = included(request, ProblemSerializer.on_request)
        problem = find(Problem.objects.visible_to(person_of(request)), problem_id)
        return Response(ProblemSerializer(problem, context={"included": asked}).data)
