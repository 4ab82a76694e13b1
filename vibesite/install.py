"""Install packages with uv, which unpacks them side by side; with pip where uv cannot.

    python -P vibesite/install.py -r requirements.txt

It runs before anything is installed: with the standard library and the environment's own pip.
"""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check")
REQUIREMENTS = Path(__file__).resolve().parent.parent / "requirements.txt"
# uv reads no settings of pip, and those may say where a school keeps its packages.
# https://pip.pypa.io/en/stable/topics/configuration/ and https://docs.astral.sh/uv/reference/environment/
SETTINGS = {
    "index-url": ("UV_DEFAULT_INDEX", " "),
    "extra-index-url": ("UV_INDEX", " "),
    "find-links": ("UV_FIND_LINKS", ","),
    "trusted-host": ("UV_INSECURE_HOST", " "),
    "cert": ("SSL_CERT_FILE", " "),
    "proxy": ("ALL_PROXY", " "),
    "timeout": ("UV_HTTP_TIMEOUT", " "),
    "default-timeout": ("UV_HTTP_TIMEOUT", " "),
}


def main() -> None:
    wanted = sys.argv[1:]
    uv = Path(sys.executable).with_name("uv")
    if not uv.exists():
        _run(*PIP, "install", "--quiet", _pinned_uv())
    with_uv = (str(uv), "pip", "install", "--quiet", "--python", sys.executable, *wanted)
    if uv.exists() and _run(*with_uv, environment=_environment()) == 0:
        return
    print("uv could not install the packages. Trying pip, which takes longer.", flush=True)  # noqa: T201
    sys.exit(_run(*PIP, "install", "--quiet", "--no-compile", *wanted))


def _run(*command: str, environment: dict[str, str] | None = None) -> int:
    try:
        return subprocess.run(command, env=environment, check=False).returncode
    except OSError as error:
        print(f"{command[0]} cannot be started: {error}", flush=True)  # noqa: T201
        return 1


def _pinned_uv() -> str:
    pinned = re.search(r"^uv==\S+", REQUIREMENTS.read_text(), re.MULTILINE)
    if pinned is None:
        raise SystemExit("requirements.txt pins no uv: add a line `uv==VERSION`.")
    return pinned[0]


def _environment() -> dict[str, str]:
    listed = subprocess.run((*PIP, "config", "list"), capture_output=True, text=True, check=False)
    # Unlike pip, uv believes the first index that knows a package, whatever versions others have.
    return {"UV_INDEX_STRATEGY": "unsafe-best-match"} | translated(listed.stdout) | os.environ


def translated(listed: str) -> dict[str, str]:
    """uv's environment variables for what `pip config list` says; the environment's own come last.

    >>> translated("global.find-links='/wheels /more'")
    {'UV_FIND_LINKS': '/wheels,/more'}
    """
    said: dict[str, str] = {}
    lines = [line.partition("=") for line in listed.splitlines()]
    for name, _, value in sorted(lines, key=lambda line: _rank(line[0])):
        variable, separator = SETTINGS.get(name.rpartition(".")[2], ("", ""))
        if variable:
            said[variable] = separator.join(str(ast.literal_eval(value)).split())
    return said


def _rank(name: str) -> int:
    """Files for all commands, then those for `install`, then the environment: later ones win."""
    return 2 if name.startswith(":env:") else 1 if name.startswith("install.") else 0


if __name__ == "__main__":
    main()
