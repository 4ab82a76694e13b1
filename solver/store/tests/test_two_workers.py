"""Two processes of the site, set up by the environment alone, see one edit of the bucket."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings as django_settings

from solver.store.tests import servers
from solver.store.tests.servers import client

CACHE_S = 1.0
WORKER = """
import json, sys
import django
django.setup()
from solver.store import prompts
for _ in sys.stdin:
    print(json.dumps(prompts.house().text), flush=True)
"""


@contextmanager
def worker(url: str, bucket: str) -> Iterator["subprocess.Popen[str]"]:
    process = subprocess.Popen(
        [sys.executable, "-c", WORKER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={
            "PATH": os.environ["PATH"],
            "DJANGO_SETTINGS_MODULE": "vibesite.settings",
            "READ_DOT_ENV": "false",
            "DATA_DIR": str(django_settings.DATA_DIR),
            # A database of their own: what this process knows of other buckets is not theirs.
            "REDIS_URL": django_settings.REDIS_URL.removesuffix("/0") + "/1",
            "S3_BUCKET": bucket,
            "S3_ENDPOINT_URL": url,
            "S3_REGION": "us-east-1",
            "S3_ADDRESSING_STYLE": "path",
            "S3_ACCESS_KEY_ID": servers.KEY,
            "S3_SECRET_ACCESS_KEY": servers.SECRET,
            "STORE_CACHE_S": str(CACHE_S),
            "STORE_FIRST_WAIT_S": "60",
        },
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def house(process: "subprocess.Popen[str]") -> str:
    """The house prompt that this worker would use for a solution now."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write("\n")
    process.stdin.flush()
    return str(json.loads(process.stdout.readline()))


def test_edit_reaches_two_workers_within_the_cache_time(rclone, rclone_store):
    operator = client(rclone.url)

    def edit(text: str) -> None:
        operator.put_object(
            Bucket=rclone_store, Key="prompts/system_prompt.txt", Body=text.encode()
        )

    edit("First.")
    with worker(rclone.url, rclone_store) as one, worker(rclone.url, rclone_store) as other:
        assert (house(one), house(other)) == ("First.", "First.")

        edit("Second.")
        deadline = time.monotonic() + CACHE_S + 10
        while (house(one), house(other)) != ("Second.", "Second."):
            assert time.monotonic() < deadline
            threading.Event().wait(0.05)
