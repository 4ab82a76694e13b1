"""Wait until the site can take a problem, say so on one line, and end.

What its own server remembers of a site before must not be taken for this one: it is dropped first.
"""

import json
import os
import sys
import time
import urllib.error
import urllib.request

from redis.exceptions import RedisError

from solver.running import workers

ASK_EVERY_S = 0.5


def main() -> None:
    if "VALKEY_PORT" in os.environ:
        _forget_workers_of_before()
    address = f"http://127.0.0.1:{os.environ['PORT']}"
    said = ""
    while (waiting_for := _waiting_for(f"{address}/readyz")) is not None:
        if waiting_for and waiting_for != said:
            said = waiting_for
            print(f"Starting: {said}", flush=True)  # noqa: T201
        time.sleep(ASK_EVERY_S)
    print(f"VibeSite is ready: {address}", flush=True)  # noqa: T201


def _forget_workers_of_before() -> None:
    """The server that starts with the site knows them for some seconds more, as if they lived."""
    while True:
        try:
            return workers.forget_all()
        except RedisError:
            time.sleep(ASK_EVERY_S)


def _waiting_for(url: str) -> str | None:
    """What is not ready yet; None when all is."""
    try:
        with urllib.request.urlopen(url, timeout=5):  # noqa: S310
            return None
    except urllib.error.HTTPError as error:
        return _missing_part(error.read())
    except OSError:
        return ""


def _missing_part(body: bytes) -> str:
    """The first part of a /readyz answer that says why it is not ready."""
    try:
        parts = json.loads(body).get("parts", {})
    except ValueError:
        return ""
    for name, part in parts.items():
        if part.get("status") != "ok":
            return f"{name}: {part.get('detail') or part.get('status')}"
    return ""


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(0)
