"""Text that wants to run as script, in problems, titles and solutions, shown in a real browser."""

import json
import subprocess
import sys
from collections.abc import Callable

from playwright.sync_api import Page

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


def test_no_hostile_text_runs_as_script(visit: Visit, site: Site) -> None:
    texts = OWN + [row["text"] for row in shared_cases("hostile_text.jsonl")]
    stored = subprocess.run(
        [sys.executable, "manage.py", "shell", "--verbosity", "0", "-c", STORE],
        cwd=ROOT,
        env=site.environment,
        input=json.dumps(texts),
        text=True,
        capture_output=True,
        check=True,
    )
    pages = [f"/solutions/{line}/" for line in stored.stdout.split()]
    assert len(pages) == len(texts)
    student, teacher = visit("alice"), visit("bob")
    for path in pages:
        assert _ran(student, path) is None, path
    desk = [path.replace("/solutions/", "/admin/solver/solution/") + "change/" for path in pages]
    for path in ["/history/", "/", "/admin/solver/problem/", *desk]:
        assert _ran(teacher if "admin" in path else student, path) is None, path


def _ran(page: Page, path: str) -> object:
    response = page.goto(path)
    assert response is not None
    assert response.status == 200, path
    return page.evaluate("window.__xss ?? null")
