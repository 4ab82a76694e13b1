"""Forms, finders and tables of the prompt release page."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from solver.models.problem import Kind
from solver.models.prompt import (
    PromptAction,
    PromptAudit,
    PromptName,
    PromptRelease,
    PromptVersion,
)
from solver.store import releases, trials
from solver.store.intervals import Interval
from solver.store.releases import ReleaseRefused

View = Callable[..., HttpResponse]


class WriteForm(forms.Form):
    text = forms.CharField(
        label=gettext_lazy("Text"),
        strip=False,
        widget=forms.Textarea(attrs={"rows": 14, "cols": 90}),
    )
    note = forms.CharField(label=gettext_lazy("What is new in it"), max_length=300, required=False)


class TryForm(forms.Form):
    problem = forms.CharField(
        label=gettext_lazy("Problem"), widget=forms.Textarea(attrs={"rows": 5, "cols": 90})
    )
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=Kind.choices)


class TrialForm(forms.Form):
    share = forms.IntegerField(
        label=gettext_lazy("Share of people in percent"),
        min_value=1,
        max_value=releases.MAX_SHARE,
        initial=10,
    )


# -- Who may ----------------------------------------------------------------------------------


def person(request: HttpRequest) -> User:
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


def is_desk_user(request: HttpRequest) -> bool:
    user = request.user
    return isinstance(user, User) and (user.is_teacher or user.is_administrator)


def may_release(user: User) -> bool:
    return user.is_administrator or (user.is_teacher and bool(settings.TEACHERS_RELEASE_PROMPTS))


def for_desk_users(view: View) -> View:
    @wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not is_desk_user(request):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return checked


def act(
    request: HttpRequest, name: PromptName, verb: Callable[[User], None], done: str
) -> HttpResponse:
    """Do one change of a release, say how it went, and go back to the prompt's page."""
    user = person(request)
    if not may_release(user):
        raise PermissionDenied
    try:
        verb(user)
    except ReleaseRefused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, done)
    return redirect("admin:prompt", name.slug)


# -- Finding ----------------------------------------------------------------------------------


def name_of(slug: str) -> PromptName:
    try:
        return PromptName.of_slug(slug)
    except StopIteration:
        raise Http404 from None


def release_of(name: PromptName) -> PromptRelease:
    """Unsaved where nothing was ever released."""
    found = PromptRelease.objects.select_related("live", "trial", "previous").filter(name=name)
    return found.first() or PromptRelease(name=name)


def version_of(slug: str, number: int) -> PromptVersion:
    versions = PromptVersion.objects.select_related("author")
    return get_object_or_404(versions, name=name_of(slug), number=number)


def stopped(name: PromptName) -> PromptAudit | None:
    """The notice of a trial that the site stopped, until somebody changes something."""
    last = PromptAudit.objects.filter(name=name).exclude(action=PromptAction.TRIED).first()
    return last if last and last.action == PromptAction.STOPPED else None


def usual_kind(name: PromptName) -> Kind:
    code = {PromptName.CODE_SOLVER, PromptName.CODE_REVIEW}
    return Kind.CODE if name in code else Kind.MATHS


# -- The comparison ---------------------------------------------------------------------------


def comparison(release: PromptRelease) -> dict[str, Any] | None:
    found = trials.compare(release)
    if found is None:
        return None
    low, high = found.checked_difference()
    return {
        "live": found.live.label,
        "trial": found.trial.label,
        "has_enough_runs": found.has_enough_runs,
        "min_runs": settings.TRIAL_MIN_RUNS,
        "difference": _("%(low)+.0f to %(high)+.0f percentage points")
        % {"low": low * 100, "high": high * 100},
        "rows": [
            {"what": what, "live": tell(found.live), "trial": tell(found.trial)}
            for what, tell in _ROWS
        ],
    }


def _runs(side: trials.Side) -> str:
    return str(side.runs)


def _checked(side: trials.Side) -> str:
    return _rate(side.checked_rate, side.checked_interval, side)


def _contradicted(side: trials.Side) -> str:
    return _rate(side.contradicted_rate, side.contradicted_interval, side)


def _tokens(side: trials.Side) -> str:
    return _mean(side.mean_tokens, side.tokens_interval, "%.0f")


def _seconds(side: trials.Side) -> str:
    return _mean(side.mean_seconds, side.seconds_interval, "%.1f")


def _thumbs(side: trials.Side) -> str:
    return _("%(up)d up, %(down)d down") % {"up": side.thumbs_up, "down": side.thumbs_down}


_ROWS: tuple[tuple[Any, Callable[[trials.Side], str]], ...] = (
    (gettext_lazy("Runs"), _runs),
    (gettext_lazy("Checked"), _checked),
    (gettext_lazy("Contradicted"), _contradicted),
    (gettext_lazy("Answer length, tokens"), _tokens),
    (gettext_lazy("Solving time, seconds"), _seconds),
    (gettext_lazy("Thumbs"), _thumbs),
)


def _rate(rate: float, interval: Interval, side: trials.Side) -> str:
    if not side.runs:
        return "–"
    low, high = interval
    return f"{rate:.0%} ({low:.0%} – {high:.0%})"


def _mean(mean: float | None, interval: Interval | None, shape: str) -> str:
    if mean is None:
        return "–"
    if interval is None:
        return shape % mean
    low, high = interval
    return f"{shape % mean} ({shape % low} – {shape % high})"
