"""The hub, through a mirror on this machine (HF_ENDPOINT); each in a process of its own, since the
hub's client reads its environment once."""

import hashlib
import json
import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

COMMIT = "c" * 40
CODE = """
import sys
from pathlib import Path
from solver.engines.base import EngineError
from solver.engines.options import EngineOptions
from solver.engines.weights import find_weights
seen = []
options = EngineOptions(models_dir=Path(sys.argv[2]), revision=sys.argv[3] or None,
                        progress=lambda *report: seen.append(report))
try:
    found = find_weights(sys.argv[1], options)
    print("found", found.name, found.folder, max((report[1] for report in seen), default=0))
except EngineError as error:
    print(type(error).__name__, error)
"""


class Mirror(BaseHTTPRequestHandler):
    """As much of the hub's interface as a snapshot needs, for one model: owner/tiny."""

    folder: Path
    protocol_version = "HTTP/1.1"

    def log_message(self, *_arguments) -> None:
        pass

    def do_GET(self) -> None:
        self.reply(send=True)

    def do_HEAD(self) -> None:
        self.reply(send=False)

    def reply(self, send: bool) -> None:
        path = self.path.partition("?")[0]
        files = sorted(self.folder.iterdir())
        if path.startswith("/api/models/owner/tiny/tree/"):
            rows = [
                {"type": "file", "path": file.name, "size": file.stat().st_size, "oid": "0" * 40}
                for file in files
            ]
            self.finish_with(json.dumps(rows).encode(), send)
        elif path in {"/api/models/owner/tiny", "/api/models/owner/tiny/revision/main"}:
            siblings = [{"rfilename": file.name} for file in files]
            info = {"id": "owner/tiny", "sha": COMMIT, "siblings": siblings}
            self.finish_with(json.dumps(info).encode(), send)
        elif path.startswith("/owner/tiny/resolve/"):
            self.finish_with((self.folder / path.rsplit("/", 1)[1]).read_bytes(), send)
        elif path.startswith("/api/models/owner/tiny"):
            self.missing("RevisionNotFound")
        else:
            self.missing("RepoNotFound")

    def missing(self, code: str) -> None:
        self.send_response(404)
        self.send_header("X-Error-Code", code)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def finish_with(self, data: bytes, send: bool) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.send_header("ETag", f'"{hashlib.sha256(data).hexdigest()}"')
        self.send_header("X-Repo-Commit", COMMIT)
        self.end_headers()
        if send:
            self.wfile.write(data)


@pytest.fixture(scope="module")
def mirror(tiny_folder):
    handler = type("Handler", (Mirror,), {"folder": tiny_folder})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def find(name: str, folder: Path, revision: str = "", **environment: str) -> str:
    kept = {key: value for key, value in os.environ.items() if not key.startswith("HF_")}
    result = subprocess.run(
        [sys.executable, "-c", CODE, name, str(folder), revision],
        env={**kept, "HF_HUB_DISABLE_XET": "1", **environment},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    return result.stdout.strip()


def test_a_model_is_fetched_from_the_mirror_and_then_found_offline(mirror, tmp_path, tiny_folder):
    found = find("owner/tiny", tmp_path, HF_ENDPOINT=mirror)
    assert found.startswith(f"found owner/tiny {tmp_path}")
    assert int(found.split()[-1]) >= (tiny_folder / "model.safetensors").stat().st_size
    again = find("owner/tiny", tmp_path, HF_HUB_OFFLINE="1")
    assert again.split()[:3] == found.split()[:3]


def test_what_the_hub_lacks_is_said(mirror, tmp_path):
    assert "has no model owner/other" in find("owner/other", tmp_path, HF_ENDPOINT=mirror)
    answer = find("owner/tiny", tmp_path, "v9", HF_ENDPOINT=mirror)
    assert answer.startswith("ModelNotFound")
    assert "no revision 'v9'" in answer


def test_a_hub_that_cannot_be_reached_is_said(tmp_path):
    offline = find("owner/tiny", tmp_path, HF_HUB_OFFLINE="1")
    assert offline.startswith("ModelNotFound The model owner/tiny is not on this machine")
    unreachable = find("owner/tiny", tmp_path, HF_ENDPOINT="http://127.0.0.1:9")
    assert "set HF_ENDPOINT to a mirror" in unreachable
