"""Solutions: ask for one, read it, cancel it, try again, delete it."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import generics, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from accounts.authentication import drf_caller
from accounts.throttling import Limits
from solver.api.errors import ApiError
from solver.api.native.base import NativeView, Pages, find, person_of, require_change
from solver.api.native.filters import SolutionFilter, StrictFilterBackend
from solver.api.native.included import include_parameter, included
from solver.api.native.serializers import (
    AgainSerializer,
    NewSolutionSerializer,
    SolutionSerializer,
)
from solver.models import Solution
from solver.running import charges, states, submit
from solver.web.erasing import erase

PROBLEM_EXAMPLE = OpenApiExample(
    "A problem",
    value={"text": "Solve for $x$: $x^2 - 5x + 6 = 0$", "kind": "maths"},
    request_only=True,
)
TOO_MANY_RUNS = (
    "You have as many solutions at work as you may have. Wait until one ends, or cancel one."
)


class Solutions(NativeView, generics.ListAPIView[Solution]):
    queryset = Solution.objects.none()
    serializer_class = SolutionSerializer
    pagination_class = Pages
    filter_backends = [StrictFilterBackend]
    filterset_class = SolutionFilter

    def get_queryset(self) -> QuerySet[Solution]:
        # What is long is not shown in a list.
        return visible(self.request).defer("text", "evidence", "system_prompt")

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "included": ()}

    @extend_schema(operation_id="solutions_list", tags=["Solutions"], summary="List solutions")
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Those that the caller may see, the newest first."""
        return self.list(request, *args, **kwargs)

    @extend_schema(
        operation_id="solutions_create",
        tags=["Solutions"],
        summary="Ask for a solution",
        request=NewSolutionSerializer,
        responses={201: SolutionSerializer},
        examples=[PROBLEM_EXAMPLE],
        filters=False,
    )
    def post(self, request: Request) -> Response:
        """Takes the problem in and answers at once; the solution follows by events, by a webhook,
        or by reading it again until its `state` is `done`, `failed` or `cancelled`.
        """
        body = NewSolutionSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        check_room(request)
        solution = submit.submit(person_of(request), **body.validated_data)
        return created(request, solution)


class OneSolution(NativeView):
    @extend_schema(
        operation_id="solutions_read",
        tags=["Solutions"],
        summary="Read a solution",
        parameters=[include_parameter(SolutionSerializer.on_request)],
        responses=SolutionSerializer,
    )
    def get(self, request: Request, solution_id: UUID) -> Response:
        asked = included(request, SolutionSerializer.on_request)
        solution = find(visible(request), solution_id)
        return Response(SolutionSerializer(solution, context={"included": asked}).data)

    @extend_schema(
        operation_id="solutions_delete",
        tags=["Solutions"],
        summary="Delete a solution",
        responses={204: None},
    )
    def delete(self, request: Request, solution_id: UUID) -> Response:
        """For good: its text, events and log, and its problem where this was the last solution."""
        solution = own(request, solution_id)
        erase(solution)
        return Response(status=status.HTTP_204_NO_CONTENT)


class Cancelled(NativeView):
    @extend_schema(
        operation_id="solutions_cancel",
        tags=["Solutions"],
        summary="Cancel a solution",
        request=None,
        responses=SolutionSerializer,
    )
    def post(self, request: Request, solution_id: UUID) -> Response:
        """A queued one is cancelled at once, a running one within seconds. One that has ended
        stays as it is. The answer shows the state of this moment.
        """
        solution = own(request, solution_id)
        states.cancel(solution)
        solution.refresh_from_db()
        return Response(SolutionSerializer(solution, context={"included": ()}).data)


class Again(NativeView):
    @extend_schema(
        operation_id="solutions_again",
        tags=["Solutions"],
        summary="Try again",
        request=AgainSerializer,
        responses={201: SolutionSerializer},
        examples=[
            OpenApiExample("Steadier", value={"sampling": {"temperature": 0.3}}, request_only=True)
        ],
    )
    def post(self, request: Request, solution_id: UUID) -> Response:
        """A new solution of the same problem, with other sampling where given."""
        body = AgainSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        solution = own(request, solution_id)
        if not solution.is_final:
            message = "This solution is still at work. Wait until it ends, or cancel it first."
            raise ApiError(409, "still_at_work", message)
        check_room(request)
        new = submit.try_again(solution, person_of(request), body.validated_data.get("sampling"))
        return created(request, new)


def visible(request: Request) -> QuerySet[Solution]:
    return Solution.objects.visible_to(person_of(request)).select_related("problem")


def own(request: Request, solution_id: UUID) -> Solution:
    """Raises NotFound and PermissionDenied."""
    solution = find(visible(request), solution_id)
    require_change(person_of(request), solution)
    return solution


def check_room(request: Request) -> None:
    """Raises ApiError where the caller has as many runs at work as they may."""
    caller = drf_caller(request)
    limit = Limits.of(caller).concurrent_runs
    if limit and Solution.objects.filter(owner=caller.user).open().count() >= limit:
        headers = {"retry-after": "5"}
        raise ApiError(429, "rate_limit_exceeded", TOO_MANY_RUNS, "concurrent_runs", headers)


def created(request: Request, solution: Solution) -> Response:
    caller = drf_caller(request)
    if caller.key:
        Solution.objects.filter(pk=solution.pk).update(partner_key=caller.key)
    charges.charge_at_end(solution, caller)
    address = reverse("api_solution", args=[solution.pk], request=request)
    shown = SolutionSerializer(solution, context={"included": ()})
    return Response(shown.data, status=status.HTTP_201_CREATED, headers={"Location": address})
