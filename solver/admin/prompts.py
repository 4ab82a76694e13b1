"""The prompt release page: read, write, try, put on trial, compare, promote, roll back.

Each change is one button: a POST that calls one verb of `solver.store.releases`.
"""

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from solver.admin import prompt_parts as parts
from solver.admin.prompt_parts import TrialForm, TryForm, View, WriteForm
from solver.models.prompt import PromptAudit, PromptName, PromptRelease, PromptVersion
from solver.models.solution import Solution
from solver.running.submit import submit
from solver.store import differences, prompts, releases, wording
from solver.store.wording import PromptRefused

# What a try fills into placeholders that the site fills in real use.
SAMPLES = {"level": "1", "language": "English"}
SHOWN_AUDITS = 20
SHOWN_TRIES = 5


# Django's class takes no type argument when it runs.
if TYPE_CHECKING:
    VersionAdmin = admin.ModelAdmin[PromptVersion]
else:
    VersionAdmin = admin.ModelAdmin


@admin.register(PromptVersion)
class PromptDesk(VersionAdmin):
    """Django's own forms are closed: a version is written once and never changed."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return parts.is_desk_user(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return parts.is_desk_user(request)

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        one, version = "<slug:slug>/", "<slug:slug>/v<int:number>/"
        return [
            path("", self._page(self.overview), name="solver_promptversion_changelist"),
            path(one, self._page(self.prompt), name="prompt"),
            path(f"{one}write/", self._page(self.write), name="prompt_write"),
            path(f"{one}end-trial/", self._button(self.end_trial), name="prompt_end_trial"),
            path(f"{one}roll-back/", self._button(self.roll_back), name="prompt_roll_back"),
            path(version, self._page(self.version), name="prompt_version"),
            path(f"{version}try/", self._button(self.try_it), name="prompt_try"),
            path(f"{version}trial/", self._button(self.trial), name="prompt_trial"),
            path(f"{version}promote/", self._button(self.promote), name="prompt_promote"),
        ]

    # -- Pages ------------------------------------------------------------------------------

    def overview(self, request: HttpRequest) -> HttpResponse:
        found = {one.name: one for one in PromptRelease.objects.select_related("live", "trial")}
        rows = [
            {"name": name, "release": found.get(name), "stopped": parts.stopped(name)}
            for name in PromptName
        ]
        return self._render(request, "overview", _("Prompts"), rows=rows)

    def prompt(self, request: HttpRequest, slug: str) -> HttpResponse:
        name = parts.name_of(slug)
        release = parts.release_of(name)
        audits = PromptAudit.objects.filter(name=name).select_related("person")
        return self._render(
            request,
            "prompt",
            str(name.label),
            name=name,
            release=release,
            versions=PromptVersion.objects.filter(name=name).select_related("author"),
            built_in=wording.BUILT_IN[name],
            comparison=parts.comparison(release),
            stopped=parts.stopped(name),
            audits=audits[:SHOWN_AUDITS],
        )

    def write(self, request: HttpRequest, slug: str) -> HttpResponse:
        name = parts.name_of(slug)
        live = parts.release_of(name).live
        initial = {"text": live.text if live else wording.BUILT_IN[name]}
        form = WriteForm(request.POST or None, initial=initial)
        if request.method == "POST" and form.is_valid():
            text, note = form.cleaned_data["text"], form.cleaned_data["note"]
            try:
                version = releases.write(name, text, parts.person(request), note)
            except PromptRefused as refused:
                form.add_error("text", str(refused))
            else:
                messages.success(request, _("%s is written. Nobody gets it yet.") % version.label)
                return redirect("admin:prompt_version", slug, version.number)
        title = _("New version of “%s”") % name.label
        known = sorted(wording.PLACEHOLDERS.get(name, ()))
        return self._render(request, "write", title, name=name, form=form, placeholders=known)

    def version(
        self, request: HttpRequest, slug: str, number: int, try_form: TryForm | None = None
    ) -> HttpResponse:
        version = parts.version_of(slug, number)
        name = PromptName(version.name)
        release = parts.release_of(name)
        live_text = release.live.text if release.live else wording.BUILT_IN[name]
        tries = Solution.objects.filter(
            owner=parts.person(request),
            prompt_name=name,
            prompt_version__in=[mark + prompts.TRY for mark in prompts.counted_as(version)],
        )
        return self._render(
            request,
            "version",
            str(version),
            name=name,
            version=version,
            release=release,
            against=release.live.label if release.live else prompts.BUILT_IN_VERSION,
            pieces=differences.pieces(live_text, version.text),
            try_form=try_form or TryForm(initial={"kind": parts.usual_kind(name)}),
            trial_form=TrialForm(),
            tries=tries.select_related("problem")[:SHOWN_TRIES],
        )

    # -- Buttons ----------------------------------------------------------------------------

    def try_it(self, request: HttpRequest, slug: str, number: int) -> HttpResponse:
        version = parts.version_of(slug, number)
        person = parts.person(request)
        form = TryForm(request.POST)
        if form.is_valid():
            text, kind = form.cleaned_data["problem"], form.cleaned_data["kind"]
            prompt = prompts.exact(version).filled(SAMPLES)
            try:
                solution = submit(person, text, kind, prompt=prompt)
            except ValidationError as error:
                for message in error.messages:
                    form.add_error("problem", message)
            else:
                releases.note_try(version, person)
                return redirect("solution", solution.pk)
        return self.version(request, slug, number, try_form=form)

    def trial(self, request: HttpRequest, slug: str, number: int) -> HttpResponse:
        version = parts.version_of(slug, number)
        form = TrialForm(request.POST)
        if not form.is_valid():
            messages.error(request, _("Choose a share from 1 to %d percent.") % releases.MAX_SHARE)
            return redirect("admin:prompt_version", slug, number)
        share = form.cleaned_data["share"]
        done = _("%(version)s is on trial for %(share)d%% of people.")
        told = done % {"version": version.label, "share": share}
        return parts.act(
            request,
            PromptName(version.name),
            lambda person: releases.begin_trial(version, share, person),
            told,
        )

    def promote(self, request: HttpRequest, slug: str, number: int) -> HttpResponse:
        version = parts.version_of(slug, number)
        done = _("%s is live from the next solution on.") % version.label
        return parts.act(
            request,
            PromptName(version.name),
            lambda person: releases.promote(version, person),
            done,
        )

    def end_trial(self, request: HttpRequest, slug: str) -> HttpResponse:
        name = parts.name_of(slug)
        done = _("The trial is over: everyone gets the live version.")
        return parts.act(request, name, lambda person: releases.end_trial(name, person), done)

    def roll_back(self, request: HttpRequest, slug: str) -> HttpResponse:
        name = parts.name_of(slug)
        done = _("Rolled back, from the next solution on.")
        return parts.act(request, name, lambda person: releases.roll_back(name, person), done)

    # -- Parts ------------------------------------------------------------------------------

    def _page(self, view: View) -> View:
        return self.admin_site.admin_view(parts.for_desk_users(view))

    def _button(self, view: View) -> View:
        return self.admin_site.admin_view(parts.for_desk_users(require_POST(view)))

    def _render(
        self, request: HttpRequest, page: str, title: str, **values: Any
    ) -> TemplateResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": title,
            "opts": self.opts,
            "may_release": parts.may_release(parts.person(request)),
            **values,
        }
        return TemplateResponse(request, f"admin/prompts/{page}.html", context)
