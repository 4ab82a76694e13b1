"""Text that wants to run as script, wherever a person can write, shown in a real browser."""

import json
import subprocess
import sys
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.shared_data import shared_cases
from tests.site import ROOT, Site

Visit = Callable[..., Page]

OWN = [
    "<script>window.__xss=1</script>",
    "<img src=x onerror=window.__xss=1>",
    r"$\text{<img src=x onerror=window.__xss=1>}$",
    "[x](javascript:window.__xss=1)",
    '```"><script>window.__xss=1</script>\nx\n```',
]
STORE = """
import json, sys
from accounts.models import User
from solver.models import Problem, Solution, State
alice = User.objects.get(username="alice")
for text in json.load(sys.stdin):
    problem = Problem.objects.create(owner=alice, text=text)
    steps = f"## Step 1: {text}\\n\\n{text}\\n\\n## Step 2\\n\\n\\\\boxed{{{text}}}"
    solution = Solution.objects.create(
        problem=problem, owner=alice, state=State.DONE, text=steps, answer=text, error=text,
        model=text[:100], evidence=[{"title": text, "lines": [text], "rows": [
            {"number": 1, "input": text, "expected": text, "got": text, "verdict": text,
             "time_s": 0, "reason": text}]}],
    )
    print(solution.pk)
"""
# The same as names of files, answers, reviews with all that hangs on them, and titles of a class.
STORE_WORK = """
import json, sys
from django.utils import timezone
from accounts.models import Classroom, Membership, MemberRole, User
from solver.models import *
from solver.models.review import NoteTarget
alice, bob = User.objects.get(username="alice"), User.objects.get(username="bob")
texts, now = json.load(sys.stdin), timezone.now()
classroom = Classroom.objects.create(name=texts[0][:120])
Membership.objects.create(classroom=classroom, user=alice, role=MemberRole.STUDENT)
Membership.objects.create(classroom=classroom, user=bob, role=MemberRole.TEACHER)
print(f"/classes/{classroom.pk}/dashboard/")
for text in texts:
    assignment = Assignment.objects.create(
        classroom=classroom, title=text[:120], instructions=text, created_by=bob)
    assigned = AssignedProblem.objects.create(
        assignment=assignment, problem=Problem.objects.create(owner=bob, text=text),
        reference_answer=text)
    upload = Upload.objects.create(
        owner=alice, kind="application/pdf", shown_name=text[:100], size_bytes=1, sha256="0")
    attempt = Attempt.objects.create(
        assigned=assigned, owner=alice, state="graded", result="wrong", submitted_at=now,
        graded_at=now, graded_against=assigned.reference_sha256, points=0, raw_points=0,
        text=text, upload=upload, receipt=str(upload.pk)[-12:])
    review = Review.objects.create(
        attempt=attempt, reviewer=bob, decision="changed", points=1, comment=text)
    ReviewMark.objects.create(
        review=review, item=RubricItem.objects.create(assigned=assigned, text=text[:300]))
    ReviewNote.objects.create(review=review, target=NoteTarget.LINE, index=0, text=text[:1000])
    ReviewChange.objects.create(review=review, by=bob, what="comment", before=text, after=text)
    SavedComment.objects.get_or_create(owner=bob, text=text[:1000])
    Appeal.objects.create(attempt=attempt, reason=text)
    print(f"/attempts/{attempt.pk}/")
    print(f"/admin/solver/review/queue/attempt/{attempt.pk}/")
"""


def test_no_hostile_text_runs_as_script(visit: Visit, site: Site) -> None:
    texts = OWN + [row["text"] for row in shared_cases("hostile_text.jsonl")]
    pages = [f"/solutions/{key}/" for key in _stored(site, STORE, texts)]
    assert len(pages) == len(texts)
    student, teacher = visit("alice"), visit("bob")
    for path in pages:
        assert _ran(student, path) is None, path
    desk = [path.replace("/solutions/", "/admin/solver/solution/") + "change/" for path in pages]
    for path in ["/history/", "/", "/admin/solver/problem/", *desk]:
        assert _ran(teacher if "admin" in path else student, path) is None, path


def test_no_hostile_file_name_or_review_runs_as_script(visit: Visit, site: Site) -> None:
    texts = OWN + [row["text"] for row in shared_cases("hostile_text.jsonl")]
    dashboard, *pages = _stored(site, STORE_WORK, texts)
    assert len(pages) == 2 * len(texts)
    student, teacher = visit("alice"), visit("bob")

    def page_for(path: str) -> Page:
        return student if path.startswith("/attempts/") else teacher

    for path in [dashboard, "/admin/solver/review/queue/", "/admin/solver/review/", *pages]:
        assert _ran(page_for(path), path) is None, path
    # The text was really there to be run.
    for path in pages[:2]:
        page = page_for(path)
        page.goto(path)
        expect(page.get_by_role("link", name=texts[0]).last).to_be_visible()
        expect(page.get_by_text(texts[0]).last).to_be_attached()


def _stored(site: Site, script: str, texts: list[str]) -> list[str]:
    """What the script prints when it is run with the site's settings and these texts."""
    return subprocess.run(
        [sys.executable, "manage.py", "shell", "--verbosity", "0", "-c", script],
        cwd=ROOT,
        env=site.environment,
        input=json.dumps(texts),
        text=True,
        capture_output=True,
        check=True,
    ).stdout.split()


def _ran(page: Page, path: str) -> object:
    response = page.goto(path)
    assert response is not None
    assert response.status == 200, path
    return page.evaluate("window.__xss ?? null")
