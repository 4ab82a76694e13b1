"""Callers of the native calls, and something for them to see."""

from collections.abc import Callable
from typing import Any

import pytest
import redis
from django.test import Client

from accounts.keys import make_key
from accounts.models import Classroom, User
from solver.models import (
    AssignedProblem,
    Assignment,
    Attempt,
    Kind,
    Problem,
    Solution,
    State,
    Verdict,
)

TEXT = (
    "<think>Two numbers with product 6.</think>\n\n"
    "### Step 1: Factor\n\n$x^2-5x+6=(x-2)(x-3)$.\n\n"
    "### Step 2: Roots\n\nSo $\\boxed{x = 2}$.\n"
)
CallWith = Callable[..., Client]


@pytest.fixture
def solution(alice: User, valkey: redis.Redis) -> Solution:
    return make_solution(alice)


def make_solution(owner: User, **fields: Any) -> Solution:
    problem = Problem.objects.create(owner=owner, kind=Kind.MATHS, text="Solve $x^2-5x+6=0$.")
    usual = {
        "state": State.DONE,
        "text": TEXT,
        "answer": "x = 2",
        "verdict": Verdict.CHECKED,
        "evidence": [{"method": "substitution", "lines": ["0 = 0"]}],
        "model": "scripted",
    }
    return Solution.objects.create(problem=problem, owner=owner, **(usual | fields))


@pytest.fixture
def attempt(alice: User, solution: Solution) -> Attempt:
    assignment = Assignment.objects.create(classroom=Classroom.objects.get(), title="Homework")
    assigned = AssignedProblem.objects.create(
        assignment=assignment, problem=Problem.objects.create(owner=alice, text="1 + 1?")
    )
    return Attempt.objects.create(assigned=assigned, owner=alice, text="2")


@pytest.fixture
def call_with() -> CallWith:
    """`call_with(alice, scopes=["read"])`: a client with a key of hers."""

    def _call_with(owner: User, **options: Any) -> Client:
        _key, text = make_key(owner, "Test", **options)
        return Client(headers={"Authorization": f"Bearer {text}"})

    return _call_with
