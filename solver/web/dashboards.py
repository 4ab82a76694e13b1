"""The class dashboard: what a class can do by now, and what it misunderstands."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from solver.running.misconceptions import Misconceptions, misconceptions
from solver.running.progress import Progress, progress
from solver.web.access import taught_classroom
from solver.web.charts import Bar, Bars, Chart, Series, Shape, Tone, percent, plain
from solver.web.tags import duration, rendered_inline

HARDEST = 8
# Fewer tries say nothing about a problem.
FEWEST = 3


@login_required
@require_safe
def dashboard(request: HttpRequest, classroom_id: int) -> HttpResponse:
    classroom = taught_classroom(request, classroom_id)
    found, wrong = progress(classroom), misconceptions(classroom)
    tried = sum(len(one.tried) for one in found.problems)
    right = sum(one.is_right for problem in found.problems for one in problem.tried)
    context = {
        "classroom": classroom,
        "figures": [
            (_("Students"), plain(len(found.students))),
            (_("Assignments"), plain(len(found.assignments))),
            (_("Problems tried"), plain(tried)),
            (_("Right in the end"), percent(right / tried) if tried else "–"),
        ],
        "assignments": _assignments(found),
        "tries": _tries(found),
        "students": _students(found),
        "hardest": _hardest(found),
        "times": _times(found),
        "hints": _hints(found),
        "wrong": _wrong(found, wrong),
    }
    return render(request, "classes/dashboard.html", context)


def _assignments(found: Progress) -> Chart:
    return Chart(
        _("Points reached, by assignment"),
        Shape.COLUMNS,
        _("Assignment"),
        [one.assignment.title for one in found.assignments],
        [Series(_("of all points"), Tone.FIRST, [one.points_share for one in found.assignments])],
        percent,
        _("Students who handed nothing in count with no points."),
    )


def _tries(found: Progress) -> Chart:
    spread = found.tries_spread()
    return Chart(
        _("Tries that a right answer took"),
        Shape.COLUMNS,
        _("Tries"),
        ["1", "2", "3", "4", "5", _("6 or more")],
        [Series(_("right answers"), Tone.GOOD, [spread.get(count, 0) for count in range(1, 7)])],
    )


def _students(found: Progress) -> Bars:
    return Bars(
        _("Points, by student"),
        (_("Student"), _("Points"), _("Problems tried"), _("Tries"), _("Hints")),
        [
            Bar(
                one.student.get_full_name() or one.student.username,
                one.points,
                (f"{one.tried} / {found.problem_count}", plain(one.tries), plain(one.hints)),
            )
            for one in found.students
        ],
        shown=lambda points: f"{points:g}",
        full=found.most_points or None,
        note=_("A full bar is all points: %(points)g.") % {"points": found.most_points},
    )


def _hardest(found: Progress) -> Bars:
    tried = [one for one in found.problems if len(one.tried) >= FEWEST]
    hardest = sorted(tried, key=lambda one: (one.right_share, -one.mean_tries))[:HARDEST]
    return Bars(
        _("Hardest problems"),
        (_("Problem"), _("Wrong in the end"), _("Students"), _("Mean tries")),
        [
            Bar(
                rendered_inline(one.assigned.problem.title),
                1 - one.right_share,
                (plain(len(one.tried)), f"{one.mean_tries:.1f}"),
                _assignment_address(one.assigned.assignment_id),
            )
            for one in hardest
        ],
        shown=percent,
        tone=Tone.BAD,
        full=1.0,
    )


def _times(found: Progress) -> Bars:
    timed = [(one, seconds) for one in found.problems if (seconds := one.median_s) is not None]
    timed.sort(key=lambda pair: -pair[1])
    return Bars(
        _("Time at a problem"),
        (_("Problem"), _("Median"), _("Mean tries")),
        [
            Bar(rendered_inline(one.assigned.problem.title), seconds, (f"{one.mean_tries:.1f}",))
            for one, seconds in timed[:HARDEST]
        ],
        shown=duration,
        note=_("From the first letter of a try to handing it in; the longest ones."),
    )


def _hints(found: Progress) -> Bars:
    used = sorted(found.problems, key=lambda one: -one.hint_share)[:HARDEST]
    return Bars(
        _("Hints used"),
        (_("Problem"), _("Students who took one"), _("Hints")),
        [
            Bar(
                rendered_inline(one.assigned.problem.title),
                one.hint_share,
                (plain(sum(tried.hints for tried in one.tried)),),
            )
            for one in used
            if one.hint_share
        ],
        shown=percent,
        tone=Tone.SECOND,
        full=1.0,
    )


def _wrong(found: Progress, wrong: Misconceptions) -> dict[str, object]:
    titles = {
        one.assigned.pk: rendered_inline(one.assigned.problem.title) for one in found.problems
    }
    most = max((one.students for one in wrong.answers), default=1)
    return {
        "is_open": wrong.is_open,
        "rows": [
            (one, titles.get(one.assigned_id, ""), f"{one.students / most:.1%}")
            for one in wrong.answers
        ],
    }


def _assignment_address(assignment_id: object) -> str:
    return reverse("assignment", args=[assignment_id])
