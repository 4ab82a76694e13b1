"""Follow-up runs that explain one step."""

import pytest
import redis
from django.core.exceptions import ValidationError

from accounts.models import User
from solver.models.solution import State
from solver.running.submit import explain
from solver.running.tests.conftest import MakeSolution
from solver.store import config

pytestmark = pytest.mark.django_db(transaction=True)

TEXT = (
    "### Step 1: Factor\n\n$(x-2)(x-3)=0$.\n\n### Step 2: Split\n\n$x=2$ or $x=3$.\n\n"
    "### Step 3: Check\n\nBoth hold."
)


def test_explain_shows_the_model_what_came_before(
    alice: User, make: MakeSolution, valkey: redis.Redis
) -> None:
    solution = make(alice, state=State.DONE, text=TEXT)
    follow_up = explain(solution, 1, alice)
    asked = follow_up.problem.text
    assert solution.problem.text in asked
    assert "(x-2)(x-3)=0" in asked
    assert "$x=2$ or $x=3$" in asked
    assert "Both hold" not in asked
    assert (follow_up.explains, follow_up.explains_step) == (solution, 1)
    assert follow_up.prompt_name == "explain step"
    assert follow_up.state == State.QUEUED


def test_explain_keeps_to_the_limit_of_a_problem(
    alice: User, make: MakeSolution, valkey: redis.Redis
) -> None:
    text = TEXT.replace("Both hold.", "Both hold. " * 20).replace("Factor", "Factor" + "x" * 9000)
    solution = make(alice, state=State.DONE, text=text)
    asked = explain(solution, 2, alice).problem.text
    assert len(asked) <= config.current().problem_chars
    assert "Both hold" in asked


@pytest.mark.parametrize("index", [-1, 3, 99])
def test_explain_refuses_a_step_that_is_not_there(
    alice: User, make: MakeSolution, valkey: redis.Redis, index: int
) -> None:
    solution = make(alice, state=State.DONE, text=TEXT)
    with pytest.raises(ValidationError, match="not finished"):
        explain(solution, index, alice)


def test_explain_refuses_the_open_step(
    alice: User, make: MakeSolution, valkey: redis.Redis
) -> None:
    solution = make(alice, state=State.RUNNING, text=TEXT)
    with pytest.raises(ValidationError, match="not finished"):
        explain(solution, 2, alice)
