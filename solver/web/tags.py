"""How templates say numbers, times and mathematics."""

import re
from decimal import Decimal

from django import template
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from solver.models import Solution, State, Verdict
from solver.running.queue import Place
from solver.text.rendering import render, render_inline

register = template.Library()
_STEP_LABEL = re.compile(
    r"\s*Step\s+(?P<number>\d{1,4})\s*(?:[:.)\u2013\u2014-]\s*|$)", re.IGNORECASE
)
# Only the renderer writes these: what a text holds itself is escaped by then.
_HEADING = re.compile(r"(</?)h[1-6](>)")
_WORD = re.compile(r"(?<![\\A-Za-z{])[A-Za-z]{3,}")


@register.filter
def rendered(text: str) -> SafeString:
    """Markdown and LaTeX as safe HTML; the renderer sanitises."""
    return mark_safe(render(text))  # noqa: S308


@register.filter
def headings(html: str, level: int) -> SafeString:
    """Rendered text whose headings all have the level that fits where it stands: writers skip
    levels, and readers who go from heading to heading lose their way."""
    return mark_safe(_HEADING.sub(rf"\1h{level}\2", html))  # noqa: S308


@register.filter
def rendered_inline(text: str) -> SafeString:
    return mark_safe(render_inline(text))  # noqa: S308


@register.filter
def duration(seconds: float | None) -> str:
    """34 s, 1 min 20 s, 2 h 5 min. static/js/words.js says it the same way."""
    if seconds is None:
        return ""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


@register.filter
def points(value: Decimal | None) -> str:
    """2, 2.5 or 0: without the zeros that the database keeps."""
    return "" if value is None else f"{Decimal(value).normalize():f}"


@register.filter
def without_number(title_html: str, number: int) -> SafeString:
    """A step's title without "Step 3:" where 3 is its number, which stands in the margin."""
    found = _STEP_LABEL.match(title_html)
    if found is None or int(found["number"]) != number:
        return mark_safe(title_html)  # noqa: S308
    return mark_safe(title_html[found.end() :])  # noqa: S308


@register.filter
def answer(text: str) -> SafeString:
    """What a box holds is LaTeX without delimiters; an answer in words stays as it is."""
    is_prose = "\\" not in text and _WORD.search(text)
    is_written_out = "$" in text or "\\(" in text or is_prose
    return rendered_inline(text if is_written_out else f"${text}$")


STATE_WORDS = {
    State.QUEUED: gettext_lazy("Waiting"),
    State.RUNNING: gettext_lazy("Solving"),
    State.INTERRUPTED: gettext_lazy("Interrupted"),
    State.DONE: gettext_lazy("Done"),
    State.FAILED: gettext_lazy("Failed"),
    State.CANCELLED: gettext_lazy("Cancelled"),
}


@register.filter
def state_word(solution: Solution) -> str:
    return str(STATE_WORDS[State(solution.state)])


@register.filter
def queue_words(place: Place | None) -> str:
    """What is waited for, and how long. static/js/words.js says it the same way."""
    if place is None:
        return _("for its turn")
    if place.notice:
        return place.notice
    ahead = place.position - 1
    who = (
        ngettext("%(count)d solution is ahead", "%(count)d solutions are ahead", ahead)
        % {"count": ahead}
        if ahead
        else _("next in line")
    )
    if place.wait_s is None:
        return who
    return _("%(who)s, about %(wait)s") % {"who": who, "wait": duration(place.wait_s)}


VERDICT_MEANINGS = {
    Verdict.CHECKED: gettext_lazy("A check of this answer passed."),
    Verdict.AGREES: gettext_lazy("Independent solutions agree; that is no proof."),
    Verdict.CONTRADICTED: gettext_lazy("A check speaks against this answer."),
    Verdict.UNCHECKED: gettext_lazy("Nothing has checked this answer: see for yourself."),
}


@register.filter
def verdict_meaning(verdict: str) -> str:
    return str(VERDICT_MEANINGS[Verdict(verdict)])


@register.filter
def is_thumb(thumb: int | None, value: int) -> str:
    """For aria-pressed."""
    return "true" if thumb == value else "false"
