"""The Python examples of docs/api.md run as they stand."""

import re
from pathlib import Path

import pytest

from solver.api.tests.conftest import Site

TEXT = (Path(__file__).parents[3] / "docs" / "api.md").read_text(encoding="utf-8")
MINE = TEXT[TEXT.index("\n## Classic calls") : TEXT.index("\n## Limits")]
EXAMPLES = re.findall(r"^```python\n(.*?)^```", MINE, re.DOTALL | re.MULTILINE)


def test_the_examples_of_the_classic_and_openai_calls_run(
    site: Site, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIBESITE_KEY", site.key)
    assert len(EXAMPLES) >= 4
    for example in EXAMPLES:
        exec(compile(example.replace("http://127.0.0.1:8000", site.url), "api.md", "exec"), {})
        assert "x = 2" in capsys.readouterr().out, example
