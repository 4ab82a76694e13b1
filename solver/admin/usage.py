"""The operator's dashboard: what the site did, for administrators."""

from datetime import date

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.defaultfilters import filesizeformat
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.admin import is_administrator
from solver.models import Verdict
from solver.running import usage
from solver.running.usage import Spread, Usage
from solver.web.charts import Bar, Bars, Chart, Series, Shape, Tone, plain, seconds

PERIODS = (7, 30, usage.LONGEST_PERIOD_DAYS)
USUAL_PERIOD = 30
TONES = {
    Verdict.CHECKED: Tone.GOOD,
    Verdict.AGREES: Tone.AGREE,
    Verdict.UNCHECKED: Tone.QUIET,
    Verdict.CONTRADICTED: Tone.BAD,
}


@require_safe
def dashboard(request: HttpRequest, context: dict[str, object]) -> HttpResponse:
    if not is_administrator(request):
        raise PermissionDenied
    asked = request.GET.get("days", "")
    days = int(asked) if asked.isascii() and asked.isdigit() else USUAL_PERIOD
    days = days if days in PERIODS else USUAL_PERIOD
    found, totals = usage.usage(days), usage.totals()
    figures = [
        (_("Solutions in this time"), plain(found.by_day.total())),
        (_("People who asked"), plain(found.people)),
        (_("Solutions since the beginning"), plain(totals.solutions)),
        (_("Tokens since the beginning"), plain(totals.tokens)),
        (
            _("Files from students"),
            f"{plain(totals.uploads)}, {filesizeformat(totals.upload_bytes)}",
        ),
        (_("Database"), filesizeformat(totals.database_bytes)),
    ]
    context |= {
        "title": _("Usage"),
        "days": days,
        "periods": PERIODS,
        "figures": figures,
        "charts": charts(found),
        "made": made(found),
    }
    return TemplateResponse(request, "admin/usage.html", context)


def charts(found: Usage) -> list[Chart]:
    return [
        _by_day(
            found,
            _("Solutions by day"),
            [
                Series(_("asked for"), Tone.FIRST, [found.by_day[day] for day in found.days]),
            ],
        ),
        Chart(
            _("Solutions by hour of the day"),
            Shape.COLUMNS,
            _("Hour (UTC)"),
            [f"{hour:02}:00" for hour in range(24)],
            [Series(_("solutions"), Tone.FIRST, [found.by_hour[hour] for hour in range(24)])],
        ),
        _by_day(
            found,
            _("Verdicts by day"),
            [
                Series(str(one.label), TONES[one], [found.verdicts[day][one] for day in found.days])
                for one in usage.MIX
            ],
        ),
        _by_day(
            found,
            _("Solutions that failed"),
            [Series(_("failed"), Tone.BAD, [found.failed_by_day[day] for day in found.days])],
        ),
        _spread(found, _("Waiting for the model"), found.waiting),
        _spread(found, _("Solving"), found.solving),
        _by_day(
            found,
            _("Tokens by day"),
            [
                Series(_("read"), Tone.SECOND, [found.tokens[day]["read"] for day in found.days]),
                Series(
                    _("written"), Tone.FIRST, [found.tokens[day]["written"] for day in found.days]
                ),
            ],
        ),
    ]


def made(found: Usage) -> Bars:
    """Models and prompt versions, by how often their answers are checked."""
    return Bars(
        _("Models and prompt versions: share of answers that are checked"),
        (_("Model and prompt"), _("Checked"), _("Contradicted"), _("Runs"), _("Mean tokens")),
        [
            Bar(
                f"{one.model} · {one.prompt}" if one.prompt else one.model,
                one.verdicts[Verdict.CHECKED] / one.runs,
                (
                    f"{one.verdicts[Verdict.CONTRADICTED] / one.runs:.0%}",
                    plain(one.runs),
                    f"{one.mean_tokens:,.0f}",
                ),
            )
            for one in found.made
        ],
        shown=lambda value: f"{value:.0%}",
        tone=Tone.GOOD,
        full=1.0,
    )


def _spread(found: Usage, title: str, spreads: dict[date, Spread]) -> Chart:
    days = [spreads.get(day) for day in found.days]
    return _by_day(
        found,
        title,
        [
            Series(_("median"), Tone.FIRST, [day.median_s if day else None for day in days]),
            Series(
                _("9 of 10 within"),
                Tone.SECOND,
                [day.ninth_tenth_s if day else None for day in days],
            ),
        ],
        Shape.LINES,
    )


def _by_day(found: Usage, title: str, series: list[Series], shape: Shape = Shape.COLUMNS) -> Chart:
    labels = [f"{day.day} {day:%b}" for day in found.days]
    shown = seconds if shape == Shape.LINES else plain
    return Chart(title, shape, _("Day (UTC)"), labels, series, shown)
