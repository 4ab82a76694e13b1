"""A site with a real server and a real worker; what the model says is scripted by the test."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
import redis
from django.conf import settings
from django.db import connections

from accounts.keys import PartnerKey, make_key
from accounts.models import User
from solver.api import lately
from solver.engines.base import Request
from solver.engines.scripted import ScriptedEngine
from solver.engines.scripts import WORKED
from solver.live.tests.server import serving
from solver.models.solution import Solution
from solver.running.inference import Inference

THREADS = 6
MODEL = "scripted-model"
LONG = "word " * 4_000


class Site:
    """scripts: what the model says to a prompt that holds the text; else WORKED."""

    def __init__(self, address: str, process: Inference, engine: ScriptedEngine) -> None:
        self.url = f"http://{address}"
        self.process = process
        self.engine = engine
        self.asked: list[Request] = []
        self.scripts: dict[str, str] = {"long": LONG}
        self.key = ""
        self.http = httpx.Client(base_url=self.url, timeout=60)

    def say(self, request: Request) -> str:
        self.asked.append(request)
        prompt = request.messages[-1].content
        return next((said for text, said in self.scripts.items() if text in prompt), WORKED)

    def post(self, path: str, body: Any = None, **headers: str) -> httpx.Response:
        known = {"Authorization": f"Bearer {self.key}"} if self.key else {}
        known |= {name.replace("_", "-"): value for name, value in headers.items()}
        raw = {"content": body} if isinstance(body, bytes) else {"json": body}
        return self.http.post(path, headers=known, **raw)

    def get(self, path: str) -> httpx.Response:
        return self.http.get(path, headers={"Authorization": f"Bearer {self.key}"})


@pytest.fixture
def alices_key(alice: User) -> tuple[PartnerKey, str]:
    return make_key(alice, "Portal")


@pytest.fixture
def site(
    transactional_db: None,
    valkey: redis.Redis,
    alices_key: tuple[PartnerKey, str],
    request: pytest.FixtureRequest,
) -> Iterator[Site]:
    """Mark a test with `@pytest.mark.parametrize("site", [{"rate": 20}], indirect=True)` for a
    slower model."""
    lately.forget()
    options = getattr(request, "param", {})
    site: Site
    engine = ScriptedEngine(lambda asked: site.say(asked), model=MODEL, **options)
    process = Inference("w1", ("maths", "code"), THREADS)
    process.start(lambda _progress: engine)
    stop = threading.Event()
    taking = threading.Thread(target=_take_tickets, args=(stop, process))
    with serving() as address:
        site = Site(address, process, engine)
        site.key = alices_key[1]
        taking.start()
        try:
            yield site
        finally:
            stop.set()
            process.stop()
            taking.join()
    site.http.close()
    process.close()


def _take_tickets(stop: threading.Event, process: Inference) -> None:
    """What a Celery worker does: a thread solves for each ticket that arrives."""
    client = redis.Redis.from_url(settings.REDIS_URL, socket_timeout=10)
    queues = [f"vs:celery:inference.{route}" for route in ("maths", "code")]
    with ThreadPoolExecutor(THREADS) as pool:
        while not stop.is_set():
            if client.blpop(queues, timeout=0.2):
                pool.submit(_solve, process)
    client.close()


def _solve(process: Inference) -> None:
    try:
        process.solve_waiting()
    finally:
        connections.close_all()


def states_now() -> list[str]:
    return list(Solution.objects.values_list("state", flat=True))


def only_solution() -> Solution:
    return Solution.objects.get()
