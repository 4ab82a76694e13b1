import json
import subprocess
import sys
from pathlib import Path

import pytest

MANAGE = Path(__file__).resolve().parents[3] / "manage.py"


@pytest.fixture(scope="module")
def command():
    process = subprocess.Popen(
        [sys.executable, str(MANAGE), "judge"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={"DATABASE_URL": "sqlite:////nowhere/at/all.sqlite3", "PATH": "/usr/bin:/bin"},
    )
    yield process
    process.communicate(timeout=30)
    assert process.returncode == 0


def asked(command, line: str | bytes) -> dict[str, object]:
    data = line.encode() if isinstance(line, str) else line
    command.stdin.write(data + b"\n")
    command.stdin.flush()
    answer = json.loads(command.stdout.readline())
    assert isinstance(answer, dict)
    return answer


def test_judge_answers_each_line_before_the_next(command):
    line = json.dumps({"reference": r"\frac12", "candidate": "0.5"})
    for _ in range(3):
        answer = asked(command, line)
        assert answer.keys() == {"verdict", "reason", "ms"}
        assert answer["verdict"] == "equal"


@pytest.mark.parametrize(
    "line",
    [
        "nonsense", "[1]", "null", '{"reference": "1"}', '{"reference": 1, "candidate": "1"}',
        b"\xff\xfe", "[" * 100_000,
    ],
)  # fmt: skip
def test_bad_line_is_answered_and_the_next_goes_on(command, line):
    assert asked(command, line).keys() == {"error"}
    answer = asked(command, '{"reference": "2", "candidate": "3"}')
    assert answer["verdict"] == "different"


def test_hostile_line_cannot_tell(command):
    answer = asked(command, json.dumps({"reference": "1", "candidate": "1\x00"}))
    assert answer["verdict"] == "cannot tell"
