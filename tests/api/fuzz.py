"""Every call of the API with thousands of made-up requests: `python -m tests.api.fuzz`.

Starts a site with the scripted model, reads its OpenAPI description, and lets schemathesis send
what fits it and what does not, as a student (access token), a teacher (session) and a partner key.
Ends with the number of cases and a status of 1 where any check failed.
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from tests.site import ROOT, Site

PASSWORD = "vibesite-demo"
CONFIG = Path(__file__).parent / "schemathesis.toml"
# Limits would turn most answers into 429; they have tests of their own.
NO_LIMITS = {
    f"API_{name}": "0"
    for name in (
        "REQUESTS_PER_MINUTE",
        "REQUESTS_PER_DAY",
        "TOKENS_PER_MINUTE",
        "TOKENS_PER_DAY",
        "CONCURRENT_RUNS",
    )
}
CALLERS = ("student", "teacher", "key")


@dataclass
class Outcome:
    """Of one run, of one caller."""

    cases: int
    failed: bool
    output: str = field(repr=False)


def start_site(folder: Path) -> Site:
    site = Site(folder, MODEL="scripted:worked", LOG_LEVEL="ERROR", **NO_LIMITS)
    site.wait_until_ready()
    return site


def credentials_of(site: Site, caller: str) -> str:
    """Lines for schemathesis.toml."""
    return {"student": _token, "teacher": _session, "key": _key}[caller](site)


def fuzz(
    url: str, credentials: str, examples: int, seed: int = 1, options: Sequence[str] = ()
) -> Outcome:
    """examples: the most for each operation and phase."""
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "schemathesis.toml"
        config.write_text(f"{CONFIG.read_text()}\n{credentials}")
        command = [
            str(Path(sys.executable).parent / "st"),
            f"--config-file={config}",
            "run",
            f"{url}/api/schema/?format=json",
            "--checks=all",
            "--continue-on-failure",
            f"--max-examples={examples}",
            f"--seed={seed}",
            "--generation-database=none",
            *options,
        ]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    found = re.search(r"(\d+) generated", done.stdout)
    cases = int(found[1]) if found else 0
    return Outcome(cases, done.returncode != 0, done.stdout + done.stderr)


def _key(site: Site) -> str:
    return key_lines(_manage(site, "create_api_key", "--owner", "alice", "--name", "Fuzz"))


def key_lines(key: str) -> str:
    return f'[auth.openapi.apiKey]\napi_key = "{key}"\n'


def _token(site: Site) -> str:
    answer = httpx.post(
        f"{site.url}/_allauth/app/v1/auth/login",
        json={"username": "alice", "password": PASSWORD},
        timeout=30,
    )
    return f'[auth.openapi.bearer]\nbearer = "{answer.json()["meta"]["access_token"]}"\n'


def _session(site: Site) -> str:
    """Both cookies as one header: schemathesis cannot take it away to see a 401."""
    with httpx.Client(base_url=site.url, timeout=30) as client:
        client.get("/accounts/login/")
        form = {
            "login": "bob",
            "password": PASSWORD,
            "csrfmiddlewaretoken": client.cookies["csrftoken"],
        }
        client.post("/accounts/login/", data=form, headers={"Referer": site.url})
        token, session = client.cookies["csrftoken"], client.cookies["sessionid"]
    cookie = f"sessionid={session}; csrftoken={token}"
    return (
        f'[headers]\nCookie = "{cookie}"\nX-CSRFToken = "{token}"\n'
        "[checks.ignored_auth]\nenabled = false\n"
    )


def _manage(site: Site, *arguments: str) -> str:
    environment = {
        **site.environment,
        "DJANGO_SETTINGS_MODULE": "vibesite.settings",
        "REDIS_URL": "redis://127.0.0.1:1/0",
    }
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.splitlines()[-1]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--cases", type=int, default=5_000, help="at least so many in all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--examples", type=int, default=40, help="of each call in one run")
    arguments = parser.parse_args()
    total, failed, seed = 0, False, arguments.seed
    with tempfile.TemporaryDirectory() as folder:
        site = start_site(Path(folder))
        try:
            while total < arguments.cases:
                for caller in CALLERS:
                    credentials = credentials_of(site, caller)
                    outcome = fuzz(site.url, credentials, arguments.examples, seed)
                    total, failed = total + outcome.cases, failed or outcome.failed
                    if outcome.failed:
                        print(outcome.output)
                    line = {"caller": caller, "cases": outcome.cases, "failed": outcome.failed}
                    print(json.dumps({**line, "seed": seed}), flush=True)
                    if not outcome.cases:
                        return 1
                seed += 1
        finally:
            site.stop()
    print(json.dumps({"cases": total, "failed": failed}))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
