"""The API's schema, and the page to read and try it; all assets come from packages."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from drf_spectacular.views import SpectacularAPIView
from rest_framework.permissions import AllowAny

from solver.api import schema

__all__ = ["Schema", "docs", "schema"]


class Schema(SpectacularAPIView):
    """JSON or YAML, for everybody: it says nothing of anybody."""

    authentication_classes: list[Any] = []
    permission_classes = [AllowAny]


@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    return render(request, "api/docs.html")
