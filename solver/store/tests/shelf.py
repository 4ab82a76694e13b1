"""Short words for what tests of the bucket do again and again."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from accounts.models import User
from solver.models.problem import Problem
from solver.models.solution import Solution, State
from solver.store import bucket
from solver.store.s3 import BucketStorage
from solver.store.stored import Stored

PLANTED = "planted-problem-text"


def stored(alias: str, name: str) -> Stored:
    found = bucket.storage(alias).fetch(name)
    assert isinstance(found, Stored)
    return found


def body(alias: str, name: str) -> bytes:
    return stored(alias, name).body


def put(alias: str, name: str, text: str | bytes) -> None:
    """As an operator would, past the site's own pauses and alerts."""
    raw = text.encode() if isinstance(text, str) else text
    bucket.storage(alias).put(name, raw, "text/plain")


def names(alias: str) -> list[str]:
    return [name for name, _ in bucket.storage(alias).names()]


def s3(alias: str) -> BucketStorage:
    found = bucket.storage(alias)
    assert isinstance(found, BucketStorage)
    return found


def solved(owner: User, **changes: Any) -> Solution:
    """A finished solution, as the pipeline leaves it."""
    now = timezone.now()
    values = {
        "state": State.DONE,
        "text": f"<think>so</think>## Step 1\n\n{PLANTED} again\n\n\\boxed{{2}}",
        "answer": "2",
        "model": "scripted",
        "system_prompt": "You solve.",
        "prompt_name": "maths solver",
        "prompt_version": "built-in",
        "sampling": {"temperature": 0.0, "seed": 7},
        "completion_tokens": 40,
        "started_at": now - timedelta(seconds=3),
        "first_token_at": now - timedelta(seconds=2),
        "finished_at": now,
    } | changes
    if "problem" not in values:
        text = f"What is 1 + 1? {PLANTED}"
        values["problem"] = Problem.objects.create(owner=owner, text=text)
    return Solution.objects.create(owner=owner, **values)
