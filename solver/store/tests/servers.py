"""Real S3 servers on loopback for tests, and one that answers what a test tells it to."""

import contextlib
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import boto3

from tests.ports import free_port, wait_for_port

KEY, SECRET = "PLANTEDKEYID", "planted-secret-key"


def options(url: str, bucket: str, **changes: Any) -> dict[str, Any]:
    """STORAGES options of a server; few attempts, so that a fault is told in a moment."""
    return {
        "bucket_name": bucket,
        "endpoint_url": url,
        "region_name": "us-east-1",
        "access_key": KEY,
        "secret_key": SECRET,
        "security_token": None,
        "verify": None,
        "addressing_style": "path",
        "signature_version": "s3v4",
        "connect_timeout_s": 10.0,
        "read_timeout_s": 20.0,
        "total_attempts": 1,
        "body_timeout_s": 20.0,
        "object_parameters": {},
        "default_acl": None,
        "querystring_auth": True,
        "querystring_expire": 60,
        "file_overwrite": False,
    } | changes


NAMED = ("prompts", "configs", "templates", "logs", "batches")
FOLDERS = {"default": "uploads"} | {name: name for name in NAMED}


def aliases(shared: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """STORAGES of a site with these S3 options."""
    return {
        alias: {
            "BACKEND": "solver.store.s3.BucketStorage",
            "OPTIONS": {**shared, "location": folder},
        }
        for alias, folder in FOLDERS.items()
    } | {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}


def folder_aliases(root: Path) -> dict[str, dict[str, Any]]:
    return {
        alias: {
            "BACKEND": "solver.store.folder.FolderStorage",
            "OPTIONS": {"location": root / folder},
        }
        for alias, folder in FOLDERS.items()
    } | {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}


def client(url: str) -> Any:
    """An S3 client of an operator, not the site's."""
    return _session().client("s3", endpoint_url=url, region_name="us-east-1")


@cache
def _session() -> Any:
    return boto3.Session(aws_access_key_id=KEY, aws_secret_access_key=SECRET)


class Rclone:
    """`rclone serve s3` over a folder; can be killed and started again on the same port."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        binary = Path(sys.executable).with_name("rclone")
        self._process = subprocess.Popen(
            [
                str(binary), "serve", "s3", str(self.root),
                "--addr", f"127.0.0.1:{self.port}",
                "--auth-key", f"{KEY},{SECRET}",
                "--config", "/dev/null",
                "--vfs-cache-mode", "off",
                "--log-level", "ERROR",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        wait_for_port(self.port)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def bucket(self, name: str) -> str:
        """Made through the server, which would not see a new folder at once."""
        client(self.url).create_bucket(Bucket=name)
        return name


Reply = tuple[int, dict[str, str], bytes]


class ScriptedS3:
    """Answers each request by a function of the test; counts them."""

    def __init__(self, answer: Callable[[str, str], Reply]) -> None:
        self.answer = answer
        self.requests: list[tuple[str, str]] = []
        # Seconds between the bytes of a body; the body is sent whole where it is 0.
        self.drip_s = 0.0
        self.closing = threading.Event()
        scripted = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_one(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                self.rfile.read(length)
                scripted.requests.append((self.command, self.path))
                status, headers, body = scripted.answer(self.command, self.path)
                self.send_response(status)
                for name, value in {"Content-Length": str(len(body)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                if self.command != "HEAD":
                    self._send(body)

            def _send(self, body: bytes) -> None:
                if not scripted.drip_s:
                    self.wfile.write(body)
                    return
                with contextlib.suppress(OSError):
                    for byte in body:
                        self.wfile.write(bytes([byte]))
                        self.wfile.flush()
                        if scripted.closing.wait(scripted.drip_s):
                            return

            do_GET = do_PUT = do_HEAD = do_DELETE = handle_one  # noqa: N815

            def log_message(self, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()


@contextlib.contextmanager
def scripted(answer: Callable[[str, str], Reply]) -> Iterator[ScriptedS3]:
    server = ScriptedS3(answer)
    try:
        yield server
    finally:
        server.close()


def error(status: int, code: str) -> Reply:
    body = (
        f'<?xml version="1.0"?><Error><Code>{code}</Code>'
        f"<Message>planted server text {SECRET}</Message></Error>"
    ).encode()
    return status, {"Content-Type": "application/xml"}, body
