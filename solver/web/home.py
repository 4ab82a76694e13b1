"""The start page: what this is, and where the reader left off."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from solver.models import Solution

RECENT = 5


def home(request: HttpRequest) -> HttpResponse:
    recent: list[Solution] = []
    if request.user.is_authenticated:
        mine = Solution.objects.filter(owner=request.user).select_related("problem")
        recent = list(mine.defer("text", "evidence", "system_prompt")[:RECENT])
    return render(request, "home.html", {"recent": recent})
