"""The submit page, and the preview that the server renders for it."""

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from solver.running import submit
from solver.text.rendering import render as render_text
from solver.web.access import person_of
from solver.web.forms import ProblemForm


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    person = person_of(request)
    if request.method != "POST":
        return render(request, "problems/new.html", {"form": ProblemForm(person=person)})
    form = ProblemForm(request.POST, person=person)
    if form.is_valid():
        try:
            solution = submit.submit(person, **form.cleaned_data)
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            return redirect("solution", solution.pk)
    context = {"form": form, "preview": preview_html(form["text"].value() or "")}
    return render(request, "problems/new.html", context, status=400)


@login_required
@require_POST
def preview(request: HttpRequest) -> HttpResponse:
    """A fragment: what the problem will look like."""
    return HttpResponse(preview_html(request.POST.get("text", "")))


def preview_html(text: str) -> str:
    """Texts over the limit are refused on submit, so their rest is not worth rendering."""
    return render_text(text[: settings.PROBLEM_MAX_CHARS])
