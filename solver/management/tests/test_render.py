"""`manage.py render` as a program: JSON lines in, JSON lines out."""

import json
import subprocess
import sys
from pathlib import Path

MANAGE = Path(__file__).resolve().parents[3] / "manage.py"


def run(lines: bytes) -> tuple[int, list[dict[str, str]]]:
    done = subprocess.run(
        [sys.executable, str(MANAGE), "render"], input=lines, capture_output=True, check=False
    )
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]


def test_render_goes_on_after_bad_lines():
    lines = b"\n".join(
        [
            b'{"text": "$x$ and \\ud800"}',
            b"{not json",
            b'["text"]',
            b'{"text": 3}',
            b"\xff\xfe",
            b"[" * 100_000,
            b"",
            '{"text": "设 $x$"}'.encode(),
        ]
    )
    status, answers = run(lines)
    assert status == 0
    assert [sorted(answer) for answer in answers] == [["html"], *[["error"]] * 5, ["html"]]
    assert answers[0]["html"].count("<math") == 1
    assert "设" in answers[-1]["html"]


def test_render_answers_each_line_before_the_next():
    with subprocess.Popen(
        [sys.executable, str(MANAGE), "render"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for text in ("one", "two"):
            process.stdin.write(json.dumps({"text": text}).encode() + b"\n")
            process.stdin.flush()
            assert json.loads(process.stdout.readline()) == {"html": f"<p>{text}</p>\n"}
        process.stdin.close()
        assert process.wait(20) == 0
