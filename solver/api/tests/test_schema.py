"""What /api/schema/ says is what the calls do. The long run: `python -m tests.api.fuzz`."""

import re
from typing import Any

from django.test import Client
from django.urls import get_resolver

from solver.api.tests.conftest import Site
from tests.api.fuzz import fuzz, key_lines

FEW = ("--phases=examples,fuzzing",)


def test_every_call_is_described(client: Client, db: Any) -> None:
    described = set(client.get("/api/schema/?format=json").json()["paths"])
    known = {f"/{re.sub('<(?:uuid|str|path):(.*?)>', _named, route)}" for route in _routes()}
    assert known == described


def test_examples_of_requests_are_taken(client: Client, db: Any) -> None:
    paths = client.get("/api/schema/?format=json").json()["paths"]
    bodies = [
        operation["requestBody"]["content"]["application/json"]
        for item in paths.values()
        for operation in item.values()
        # Forms have none: their examples are files.
        if "application/json" in operation.get("requestBody", {}).get("content", {})
    ]
    assert len(bodies) >= 8
    assert all("example" in body or "examples" in body for body in bodies)


def test_made_up_requests_get_what_is_described(site: Site, settings: Any) -> None:
    for name in ("REQUESTS_PER_MINUTE", "TOKENS_PER_MINUTE", "CONCURRENT_RUNS"):
        setattr(settings, f"API_{name}", 0)
    outcome = fuzz(site.url, key_lines(site.key), examples=2, options=FEW)
    assert not outcome.failed, outcome.output
    assert outcome.cases > 50


def _named(found: re.Match[str]) -> str:
    name = "model" if found[1] == "name" else found[1]
    return f"{{{name}}}"


def _routes() -> list[str]:
    """Of the API alone: /api/v1/, /v1/ and /predict."""
    routes = []

    def walk(patterns: Any, prefix: str) -> None:
        for pattern in patterns:
            route = prefix + str(pattern.pattern)
            if hasattr(pattern, "url_patterns"):
                walk(pattern.url_patterns, route)
            elif route.startswith(("api/v1/", "v1/", "predict")) and pattern.name != "api_nothing":
                routes.append(route)

    walk(get_resolver().url_patterns, "")
    return routes
