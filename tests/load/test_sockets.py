"""The load run itself, small: nothing is lost, and the command stays runnable."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


def test_a_small_load_run_loses_nothing():
    sizes = ["--sockets", "12", "--streams", "3", "--seconds", "1", "--view", "page"]
    run = subprocess.run(
        [sys.executable, "-m", "tests.load.sockets", *sizes],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=200,
    )
    assert run.returncode == 0, run.stderr[-2_000:]
    assert "| lost; doubled or out of order | 0; 0 |" in run.stdout
