"""`manage.py sandbox`, as an operator starts it."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from solver.management.commands.sandbox import read

ROOT = Path(__file__).resolve().parents[3]


def manage(tmp_path: Path, *options: str, lines: str = "") -> list[str]:
    done = subprocess.run(
        [sys.executable, "manage.py", "sandbox", *options],
        input=lines,
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={
            **os.environ,
            "DATA_DIR": str(tmp_path),
            "DATABASE_URL": "postgres://nobody@nowhere/x",
        },
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_one_line_out_for_each_line_in(tmp_path):
    requests: list[Any] = [
        {"language": "python", "source": "print(int(input()) + 1)", "stdin": "41"},
        {"language": "python", "source": "while True: pass", "limits": {"wall_s": 0.3}},
        {"language": "rust", "source": ""},
        {"language": "python", "source": "print('caf\u00e9\\0')"},
        ["no", "object"],
    ]
    lines = "".join(f"{json.dumps(one)}\n" for one in requests) + "no json\n\n"
    said = [json.loads(line) for line in manage(tmp_path, lines=lines)]
    assert set(said[0]) == {"verdict", "stdout", "stderr", "ms"}
    assert (said[0]["verdict"], said[0]["stdout"]) == ("OK", "42\n")
    assert said[1]["verdict"] == "TLE"
    assert 300 <= said[1]["ms"] < 1300
    assert said[2] == {"error": "unknown language 'rust': known are python, cpp"}
    assert said[3]["stdout"] == "caf\u00e9\n"
    assert [list(one) for one in said[4:]] == [["error"], ["error"]]


def test_an_answer_comes_before_the_next_request(tmp_path):
    process = subprocess.Popen(
        [sys.executable, "manage.py", "sandbox"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=ROOT,
        env={**os.environ, "DATA_DIR": str(tmp_path)},
    )
    assert process.stdin is not None
    assert process.stdout is not None
    for number in range(2):
        line = json.dumps({"language": "python", "source": f"print({number})"})
        process.stdin.write(f"{line}\n".encode())
        process.stdin.flush()
        assert json.loads(process.stdout.readline())["stdout"] == f"{number}\n"
    process.communicate()
    assert process.returncode == 0


def test_no_back_end_is_an_error_with_its_reason(tmp_path):
    line = json.dumps({"language": "python", "source": "print(1)"})
    said = manage(tmp_path, "--backend", "none", lines=line)
    assert "switched off" in json.loads(said[0])["error"]


@pytest.mark.parametrize(
    "line",
    [
        b"{",
        b"[" * 100_000,
        b"null",
        b'{"language": "python"}',
        b'{"language": 3, "source": ""}',
        b'{"language": "python", "source": "", "stdin": 3}',
        b'{"language": "python", "source": "", "limits": [1]}',
        b'{"language": "python", "source": "", "limits": {"walls": 1}}',
        b'{"language": "python", "source": "", "limits": {"wall_s": NaN}}',
        b"\xff",
    ],
)
def test_a_bad_line_is_a_value_error(line):
    with pytest.raises(ValueError, match=r"."):
        read(line)


def test_other_keys_are_ignored():
    run = read(b'{"name": "x", "language": "python", "source": "1", "stdin": null, "limits": null}')
    assert (run.language, run.source, run.stdin) == ("python", "1", "")
