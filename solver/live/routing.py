"""Websocket addresses."""

from typing import Any

from django.urls import path, re_path

from solver.live.consumers import SolutionConsumer

# Django's stubs know views only.
_solution: Any = SolutionConsumer.as_asgi()

websocket_urlpatterns: list[Any] = [
    path("ws/solutions/<str:solution_id>/", _solution),
    # Any other address is refused as an unknown solution is, instead of failing.
    re_path("", _solution),
]
