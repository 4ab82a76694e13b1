"""The native addresses, under /api/v1/."""

from django.http import HttpRequest, HttpResponse
from django.urls import path, re_path
from django.views.decorators.csrf import csrf_exempt

from solver.api.errors import ApiError, as_problem
from solver.api.native import attempts, feedback, hints, problems, reading, solutions
from solver.api.native.events import events

_ONE = "solutions/<uuid:solution_id>/"


@csrf_exempt
def nothing(_request: HttpRequest) -> HttpResponse:
    message = "There is no such address. All end with a slash; /api/docs/ lists them."
    return as_problem(ApiError(404, "not_found", message))


urlpatterns = [
    path("problems/", problems.Problems.as_view(), name="api_problems"),
    path("problems/<uuid:problem_id>/", problems.OneProblem.as_view(), name="api_problem"),
    path("solutions/", solutions.Solutions.as_view(), name="api_solutions"),
    path(_ONE, solutions.OneSolution.as_view(), name="api_solution"),
    path(f"{_ONE}cancel/", solutions.Cancelled.as_view(), name="api_cancel"),
    path(f"{_ONE}again/", solutions.Again.as_view(), name="api_again"),
    path(f"{_ONE}steps/", reading.Steps.as_view(), name="api_steps"),
    path(f"{_ONE}verdict/", reading.TheVerdict.as_view(), name="api_verdict"),
    path(f"{_ONE}events/", events, name="api_events"),
    path(f"{_ONE}thumb/", feedback.Thumbed.as_view(), name="api_thumb"),
    path(f"{_ONE}reports/", feedback.Reported.as_view(), name="api_reports"),
    path("attempts/", attempts.Attempts.as_view(), name="api_attempts"),
    path("attempts/<uuid:attempt_id>/", attempts.OneAttempt.as_view(), name="api_attempt"),
    path("assigned/<uuid:assigned_id>/hints/", hints.TheHints.as_view(), name="api_hints"),
    re_path("", nothing, name="api_nothing"),
]
