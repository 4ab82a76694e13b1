"""Liveness and readiness, for process managers and load balancers."""

from django.http import HttpRequest, JsonResponse


def livez(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "alive"})


def readyz(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "ready"})
