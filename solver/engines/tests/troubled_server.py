"""A real server of OpenAI's chat completion stream that can be told to misbehave."""

import itertools
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

WORDS = [f"w{number} " for number in range(60_000)]


class TroubledServer:
    """`trouble`: what the next requests meet, one after the other; the last one stays.

    Troubles: "" (none), an HTTP status as a number, and the names in `_Handler.tell`.
    """

    def __init__(self) -> None:
        self.trouble: list[str | int] = [""]
        self.pace_s = 0.001
        self.bodies: list[dict[str, Any]] = []
        self.open_streams = 0
        self.lock = threading.Lock()
        self.leave = threading.Event()
        handler = type("Handler", (_Handler,), {"owner": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def next_trouble(self) -> str | int:
        with self.lock:
            return self.trouble.pop(0) if len(self.trouble) > 1 else self.trouble[0]

    def close(self) -> None:
        self.leave.set()
        self._server.shutdown()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    owner: TroubledServer
    protocol_version = "HTTP/1.1"

    def log_message(self, *_arguments) -> None:
        pass

    def do_GET(self) -> None:
        self.answer(200, {"object": "list", "data": [{"id": "tiny"}, {"id": "small"}]})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.owner.bodies.append(body)
        trouble = self.owner.next_trouble()
        if isinstance(trouble, int):
            self.answer(trouble, {"error": {"message": f"trouble number {trouble}"}})
        elif trouble == "no model":
            self.answer(404, {"error": {"message": "The model does not exist."}})
        elif trouble == "no stream_options" and "stream_options" in body:
            self.answer(422, {"detail": "Unexpected fields in the request: {'stream_options'}"})
        elif trouble == "small context" and body["max_tokens"] > 20:
            words = "This model's maximum context length is 50 tokens. However, you requested 70 "
            self.answer(
                400, {"message": words + "tokens (30 in the messages, 40 in the completion)"}
            )
        elif trouble == "tiny context":
            words = "This model's maximum context length is 50 tokens. However, you requested 70 "
            self.answer(
                400, {"message": words + "tokens (60 in the messages, 10 in the completion)"}
            )
        elif trouble == "no stream":
            choice = {"message": {"content": "whole answer"}, "finish_reason": "stop"}
            usage = {"prompt_tokens": 5, "completion_tokens": 2}
            self.answer(200, {"choices": [choice], "usage": usage})
        else:
            self.stream(body, str(trouble))

    def answer(self, status: int, content: dict[str, Any]) -> None:
        data = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def stream(self, body: dict[str, Any], trouble: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        with self.owner.lock:
            self.owner.open_streams += 1
        try:
            for data in self.tell(body, trouble):
                self.wfile.write(data)
                self.wfile.flush()
        except (BrokenPipeError, ConnectionResetError):
            pass
        finally:
            with self.owner.lock:
                self.owner.open_streams -= 1

    def tell(self, body: dict[str, Any], trouble: str) -> Iterator[bytes]:
        if trouble == "silent":
            self.owner.leave.wait()
        if trouble == "error event":
            yield event({"error": {"message": "out of memory"}})
            return
        if trouble == "reasoning":
            yield event(chunk({"role": "assistant", "reasoning_content": "I think"}))
            yield event(chunk({"reasoning_content": " hard"}))
            yield event(chunk({"content": "So "}))
        if trouble == "separators":
            yield b": ping\r\n\r\n" + event(chunk({"content": "a\u2028b\x85c"})).replace(
                b"\n", b"\r\n"
            )
        if trouble == "split character":
            data = event(chunk({"content": "数🙂"}), ascii_only=False)
            for byte in data:
                yield bytes([byte])
        most = 10**9 if trouble == "never ends" else body["max_tokens"]
        words = itertools.cycle(WORDS) if trouble == "never ends" else iter(WORDS)
        for count, word in enumerate(words):
            if count == 3 and trouble == "cut":
                return
            if count == 3 and trouble == "malformed":
                yield b"data: {not json\n\n"
            if count == 3 and trouble == "stalls":
                self.owner.leave.wait()
            if count >= most:
                break
            yield event(chunk({"content": word}))
            self.owner.leave.wait(self.owner.pace_s)
        yield event(chunk({}, "length"))
        yield event({"choices": [], "usage": {"prompt_tokens": 9, "completion_tokens": most}})
        yield b"data: [DONE]\n\n"


def chunk(delta: dict[str, Any], finish: str | None = None) -> dict[str, Any]:
    return {"id": "x", "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}


def event(content: dict[str, Any], ascii_only: bool = True) -> bytes:
    return f"data: {json.dumps(content, ensure_ascii=ascii_only)}\n\n".encode()
