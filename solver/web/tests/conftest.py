"""Solutions to look at, and people who look."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import redis
from django.test import Client
from django.utils import timezone

from accounts.models import User
from solver.models import Kind, Problem, Solution, State

TEXT = r"""<think>
Two numbers with product 6.

**Try small pairs**
</think>

### Step 1: Factor

$x^2-5x+6=(x-2)(x-3)$.

### Step 2: Read off the roots

```python
print([2, 3])
```

So $\boxed{x = 2 \text{ or } x = 3}$.
"""
PROBLEM = "Solve for $x$: $x^2 - 5x + 6 = 0$"

MakeSolution = Callable[..., Solution]
Visit = Callable[[User | None], Client]


@pytest.fixture
def make(alice: User, valkey: redis.Redis) -> MakeSolution:
    """`make(state=State.QUEUED)`: a solution of alice's, or of `owner`; done where not said."""

    def _make(owner: User | None = None, **fields: Any) -> Solution:
        who = owner or alice
        problem = Problem.objects.create(
            owner=who, kind=fields.pop("kind", Kind.MATHS), text=fields.pop("problem", PROBLEM)
        )
        now = timezone.now()
        usual = {
            "state": State.DONE,
            "text": TEXT,
            "answer": r"x = 2 \text{ or } x = 3",
            "model": "VibeThinker-1.5B",
            "prompt_name": "maths solver",
            "prompt_version": "v1",
            "started_at": now - timedelta(seconds=90),
            "finished_at": now,
            "completion_tokens": 120,
        }
        if fields.get("state", State.DONE) not in {State.DONE, State.FAILED, State.CANCELLED}:
            usual |= {"finished_at": None, "answer": ""}
        return Solution.objects.create(problem=problem, owner=who, **(usual | fields))

    return _make


@pytest.fixture
def visit() -> Visit:
    """`visit(alice).get(...)`; `visit(None)` is a visitor who is not logged in."""

    def _visit(person: User | None) -> Client:
        client = Client()
        if person is not None:
            client.force_login(person)
        return client

    return _visit
