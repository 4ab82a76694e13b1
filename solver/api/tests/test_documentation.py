"""The Python examples of docs/api.md run as they stand."""

import re
from pathlib import Path

import pytest
from django.conf import settings

from solver.api.tests.conftest import Site

TEXT = (Path(__file__).parents[3] / "docs" / "api.md").read_text(encoding="utf-8")


def examples(first: str, following: str) -> list[str]:
    """Those between two headings."""
    part = TEXT[TEXT.index(f"\n## {first}") : TEXT.index(f"\n## {following}")]
    return re.findall(r"^```python\n(.*?)^```", part, re.DOTALL | re.MULTILINE)


def run(example: str, site: Site) -> None:
    exec(compile(example.replace("http://127.0.0.1:8000", site.url), "api.md", "exec"), {})


def test_the_examples_of_the_classic_and_openai_calls_run(
    site: Site, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIBESITE_KEY", site.key)
    found = examples("Classic calls", "Limits")
    assert len(found) >= 4
    for example in found:
        run(example, site)
        assert "x = 2" in capsys.readouterr().out, example


def test_the_example_of_an_app_runs(
    site: Site, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIBESITE_USER", "alice")
    monkeypatch.setenv("VIBESITE_PASSWORD", settings.DEMO_PASSWORD)
    [example] = examples("Log-in for first-party apps", "Classic calls")
    run(example, site)
    assert capsys.readouterr().out == "[]\n"
