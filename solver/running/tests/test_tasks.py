"""What Celery runs, called as Celery does, and which engine a worker opens."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone
from pytest_django import Settings

from solver.engines.base import EngineError
from solver.engines.options import quietly
from solver.engines.scripted import ScriptedEngine
from solver.engines.weights import DEMO_NAME
from solver.models.solution import Solution, State
from solver.running import model, tasks, tickets
from solver.running.tests.conftest import MakeSolution, until
from solver.store import config
from solver.store.config import ModelConfig, Route, Routes

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_ticket_on_the_wrong_worker_is_said(caplog: pytest.LogCaptureFixture) -> None:
    tasks.solve_waiting()
    assert "ticket_on_wrong_worker" in caplog.text


def test_an_owed_log_object_is_written_later(make: MakeSolution) -> None:
    row = make(state=State.DONE, finished_at=timezone.now() - timedelta(minutes=5), text="5")
    early = make(state=State.DONE, finished_at=timezone.now(), text="5")
    tasks.archive_owed()
    until(lambda: Solution.objects.get(pk=row.pk).archived_at is not None)
    assert Solution.objects.get(pk=early.pk).archived_at is None


def test_archiving_what_was_deleted_does_nothing() -> None:
    tasks.archive_solution(str(uuid4()))


def test_routes_are_read_from_queue_names() -> None:
    assert tickets.routes_of(["inference.maths", "default", "inference.code"]) == ["code", "maths"]


@pytest.mark.usefixtures("valkey")
def test_one_engine_serves_all_routes(settings: Settings) -> None:
    settings.MODEL = "scripted:worked"
    engine = model.open_model(["maths", "code"], quietly)
    assert engine.model == "scripted:worked"


def test_two_models_need_two_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    two = ModelConfig(routes=Routes(maths=Route(model="scripted:a"), code=Route(model="b")))
    monkeypatch.setattr(config, "current", lambda: two)
    with pytest.raises(EngineError, match="INFERENCE_QUEUES"):
        model.open_model(["maths", "code"], quietly)
    assert model.open_model(["maths"], quietly).model == "scripted:a"


def test_the_demonstration_model_is_kept_short(settings: Settings) -> None:
    settings.DEMO_MAX_TOKENS = 99
    assert model.most_tokens(ScriptedEngine("", model=DEMO_NAME)) == 99
    assert model.most_tokens(ScriptedEngine("")) is None
