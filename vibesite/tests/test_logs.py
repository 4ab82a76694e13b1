import logging
import subprocess
import sys

import pytest

from vibesite.logs import WithoutProbes

PROGRAM = """
import django, structlog
django.setup()

def fail(problem):
    raise ValueError("it broke")

try:
    fail("secret problem text")
except ValueError:
    structlog.get_logger("vibesite").exception("failed", solution="17")
"""


@pytest.mark.parametrize("log_format", ["json", "console"])
def test_a_logged_exception_shows_no_local_variables(log_format, monkeypatch):
    monkeypatch.setenv("LOG_FORMAT", log_format)
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "vibesite.settings")
    result = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True
    )
    assert "it broke" in result.stderr
    assert "solution" in result.stderr
    assert "secret problem text" not in result.stderr


def test_probes_are_not_logged():
    def is_logged(message, *args):
        record = logging.LogRecord("x", logging.ERROR, "", 0, message, args, None)
        return WithoutProbes().filter(record)

    assert not is_logged("Service Unavailable: %s", "/readyz")
    assert not is_logged("request_started GET /livez")
    assert is_logged("Not Found: %s", "/solutions/1/")
