"""The submit page, and the preview that the server renders for it."""

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from solver.models import Kind
from solver.running import submit
from solver.store import config
from solver.text.kinds import kind_of
from solver.text.rendering import render as render_text
from solver.web.access import person_of
from solver.web.forms import ProblemForm
from solver.web.models_at_work import is_demonstration, models_at_work
from solver.web.tags import headings


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    person = person_of(request)
    if request.method != "POST":
        return _page(request, ProblemForm(person=person), preview="")
    form = ProblemForm(request.POST, person=person)
    if form.is_valid():
        try:
            solution = submit.submit(person, **form.cleaned_data)
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            return redirect("solution", solution.pk)
    return _page(request, form, preview_html(form["text"].value() or ""), status=400)


@login_required
@require_POST
def preview(request: HttpRequest) -> HttpResponse:
    """A fragment: what the problem will look like; its likelier kind is in a header."""
    text = request.POST.get("text", "")
    kind = Kind(kind_of(text[: config.current().problem_chars]))
    return HttpResponse(preview_html(text), headers={"X-Kind": str(kind.label)})


def preview_html(text: str) -> str:
    """Texts over the limit are refused on submit, so their rest is not worth rendering."""
    return headings(render_text(text[: config.current().problem_chars]), 3)


def _page(request: HttpRequest, form: ProblemForm, preview: str, status: int = 200) -> HttpResponse:
    models = models_at_work()
    context = {
        "form": form,
        "preview": preview,
        "models": models,
        "is_demonstration": any(map(is_demonstration, models)),
    }
    return render(request, "problems/new.html", context, status=status)
