"""What depends on the database's locks, rules and texts, once more on PostgreSQL.

A process of its own, since a test run knows one database.
"""

import os
import subprocess
import sys
from pathlib import Path

from tests.postgres import postgres

ROOT = Path(__file__).resolve().parent.parent
TESTS = (
    "solver/running/tests/test_states.py",
    "solver/running/tests/test_turns.py",
    "solver/running/tests/test_reaper.py::test_an_interruption_is_shown_before_it_is_queued_again",
    "solver/running/tests/test_reaper.py::test_places_are_told_when_they_change",
    "solver/running/tests/test_pipeline.py::test_a_solution_is_streamed_saved_and_told",
    "solver/running/tests/test_pipeline.py::test_unstorable_characters_are_replaced",
    "solver/running/tests/test_pipeline.py::test_a_zombie_stops_silently",
    "vibesite/tests/test_health.py::test_ready_when_every_part_is",
    "tests/unstorable.py",
)


def test_running_on_postgresql() -> None:
    with postgres() as address:
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *TESTS],
            cwd=ROOT,
            env={**os.environ, "DATABASE_URL": address},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stdout[-8000:]
    assert "skipped" not in done.stdout
