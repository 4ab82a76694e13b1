"""The start page: what this is, and where the reader left off."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import mark_safe

from solver.models import Solution

RECENT = 5
# What a visitor sees before they have a solution of their own.
EXAMPLE = {
    "problem": "Solve for $x$: $\\quad x^2 - 5x + 6 = 0$",
    "steps": [
        {
            "title": mark_safe("Factor the left side"),
            "body": "We need two numbers whose product is $6$ and whose sum is $-5$. "
            "They are $-2$ and $-3$, so\n\n$$x^2 - 5x + 6 = (x-2)(x-3).$$",
        },
        {
            "title": mark_safe("Set each factor to zero"),
            "body": "A product is zero only if one of its factors is, so $x-2=0$ or $x-3=0$.",
        },
    ],
    "answer": "x = 2 \\text{ or } x = 3",
}


def home(request: HttpRequest) -> HttpResponse:
    context: dict[str, object] = {"example": EXAMPLE}
    if request.user.is_authenticated:
        mine = Solution.objects.filter(owner=request.user).select_related("problem")
        context["recent"] = list(mine.defer("text", "evidence", "system_prompt")[:RECENT])
    return render(request, "home.html", context)
