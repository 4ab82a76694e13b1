"""The page of one solution in each of its states, and what can be done there."""

from datetime import timedelta

import pytest
import redis
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from solver.live.events import EventLog
from solver.models import Problem, Solution, State, Verdict
from solver.running import workers
from solver.running.workers import Status, WorkerStatus
from solver.web.tests.conftest import TEXT, MakeSolution, Visit

EXHIBIT = {"title": "substitution", "lines": ["Put in: $2$"]}


def page(visit: Visit, person: User, solution: Solution, name: str = "solution") -> str:
    response = visit(person).get(reverse(name, args=[solution.pk]))
    assert response.status_code == 200
    return response.content.decode()


def test_a_finished_solution_shows_everything(
    alice: User, make: MakeSolution, visit: Visit
) -> None:
    shown = page(visit, alice, make())
    for words in (
        'data-step="0"',
        'data-step="1"',
        "Factor",
        "<math",
        "Answer",
        "Unchecked",
        "VibeThinker-1.5B",
        "maths solver, v1",
        "1 min 30 s",
        "120",
        "Try again",
    ):
        assert words in shown
    assert "Cancel" not in shown
    assert "demonstration" not in shown
    # The reasoning is fetched by whoever opens it.
    assert "Two numbers with product 6." not in shown


def test_the_number_of_a_step_is_said_once(alice: User, make: MakeSolution, visit: Visit) -> None:
    assert "Step 1: Factor" not in page(visit, alice, make())


def test_a_running_solution_shows_what_the_log_has(
    alice: User, make: MakeSolution, visit: Visit
) -> None:
    solution = make(state=State.RUNNING, text="", fence=1)
    cursor = EventLog(solution.pk).open(1, TEXT[: TEXT.index("### Step 2") + 30], State.RUNNING)
    shown = page(visit, alice, solution)
    assert f'data-cursor="{cursor}"' in shown
    assert "Factor" in shown
    assert "is-open" in shown
    assert "Cancel" in shown
    assert 'aria-labelledby="answer-title"' not in shown


def test_a_queued_solution_says_what_it_waits_for(
    alice: User, bob: User, make: MakeSolution, visit: Visit
) -> None:
    solution = make(state=State.QUEUED, text="", model="", started_at=None)
    assert "No worker is running" in page(visit, alice, solution)
    workers.report(WorkerStatus("w1", Status.READY, ("maths", "code"), slots=1))
    assert "next in line" in page(visit, alice, solution)


def test_an_interrupted_solution_says_what_happens_next(
    alice: User, make: MakeSolution, visit: Visit
) -> None:
    shown = page(visit, alice, make(state=State.INTERRUPTED, error="The worker stopped."))
    assert "The worker stopped." in shown
    assert "Nothing is lost" in shown


def test_a_failed_solution_says_why_and_what_to_do(
    alice: User, make: MakeSolution, visit: Visit
) -> None:
    shown = page(visit, alice, make(state=State.FAILED, error="Tried three times.", answer=""))
    assert "Tried three times." in shown
    assert '<button class="button primary" type="submit">Try again</button>' in shown


def test_a_demonstration_model_is_called_one(alice: User, make: MakeSolution, visit: Visit) -> None:
    assert "This model is a demonstration" in page(visit, alice, make(model="SmolLM2-135M"))


@pytest.mark.parametrize("verdict", Verdict)
def test_a_verdict_has_a_word_and_a_shape(
    verdict: Verdict, alice: User, make: MakeSolution, visit: Visit
) -> None:
    shown = page(visit, alice, make(verdict=verdict, evidence=[EXHIBIT]))
    mark = f'data-verdict="{verdict}"><span class="mark" aria-hidden="true"></span>{verdict.label}'
    assert mark in shown
    assert "Put in:" in shown


def test_parts_hold_state_and_outcome_only(alice: User, make: MakeSolution, visit: Visit) -> None:
    shown = page(visit, alice, make(), "solution_parts")
    for part in ('id="status"', 'id="outcome"', 'id="model"'):
        assert part in shown
    assert "data-step" not in shown


def test_cancel_ends_a_queued_solution(alice: User, make: MakeSolution, visit: Visit) -> None:
    solution = make(state=State.QUEUED, text="", started_at=None)
    response = visit(alice).post(reverse("solution_cancel", args=[solution.pk]))
    assert response["Location"] == reverse("solution", args=[solution.pk])
    solution.refresh_from_db()
    assert solution.state == State.CANCELLED


def test_cancel_of_a_running_solution_asks_its_worker(
    alice: User, make: MakeSolution, visit: Visit, django_capture_on_commit_callbacks: object
) -> None:
    lease = timezone.now() + timedelta(seconds=30)
    solution = make(state=State.RUNNING, fence=1, lease_until=lease)
    address = reverse("solution_cancel", args=[solution.pk])
    answered = visit(alice).post(address, headers={"accept": "application/json"})
    assert answered.status_code == 204
    assert "stopping" in page(visit, alice, solution)


@pytest.mark.parametrize(("choice", "temperature"), [("careful", 0.3), ("bold", 1.0)])
def test_try_again_with_other_sampling(
    choice: str, temperature: float, alice: User, make: MakeSolution, visit: Visit
) -> None:
    solution = make(sampling={"temperature": 0.6})
    address = reverse("solution_again", args=[solution.pk])
    response = visit(alice).post(address, {"sampling": choice})
    again = Solution.objects.exclude(pk=solution.pk).get()
    assert response["Location"] == reverse("solution", args=[again.pk])
    assert again.problem == solution.problem
    assert again.sampling["temperature"] == temperature


def test_try_again_waits_for_the_end(alice: User, make: MakeSolution, visit: Visit) -> None:
    solution = make(state=State.RUNNING)
    response = visit(alice).post(reverse("solution_again", args=[solution.pk]), follow=True)
    assert "still at work" in response.content.decode()
    assert Solution.objects.count() == 1


def test_delete_removes_the_problem_with_its_last_solution(
    alice: User, make: MakeSolution, visit: Visit, valkey: redis.Redis
) -> None:
    solution = make()
    other = Solution.objects.create(problem=solution.problem, owner=alice, state=State.DONE)
    EventLog(solution.pk).open(1, "text", State.DONE)
    client = visit(alice)
    assert (
        "Delete this solution?"
        in client.get(reverse("solution_delete", args=[solution.pk])).content.decode()
    )
    client.post(reverse("solution_delete", args=[solution.pk]))
    assert [row.pk for row in Solution.objects.all()] == [other.pk]
    assert not valkey.keys(f"*{solution.pk}*")
    client.post(reverse("solution_delete", args=[other.pk]))
    assert not Problem.objects.exists()


def test_ids_that_are_none_are_not_found(alice: User, visit: Visit) -> None:
    for address in ("/solutions/nonsense/", "/solutions/00000000-0000-0000-0000-000000000000/"):
        assert visit(alice).get(address).status_code == 404
