"""A receiver of webhooks on this machine, which answers as it is told."""

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import trustme


class WebhookReceiver:
    """`answers` are given one after the other, then 200 for ever; `got` are (headers, body).

    With a certificate it speaks TLS; `names` are what callers took it for (SNI).
    """

    def __init__(self, certificate: trustme.LeafCert | None = None) -> None:
        self.names: list[str | None] = []
        self.answers: list[int] = []
        self.got: list[tuple[dict[str, str], str]] = []
        self.hold = threading.Event()
        self.hold.set()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook"
        if certificate:
            self._wrap(certificate)
            self.url = self.url.replace("http:", "https:")

    def _wrap(self, certificate: trustme.LeafCert) -> None:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        certificate.configure_cert(context)
        context.sni_callback = lambda _socket, name, _context: self.names.append(name)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                receiver.got.append(({k.lower(): v for k, v in self.headers.items()}, body))
                receiver.hold.wait(30)
                status = receiver.answers.pop(0) if receiver.answers else 200
                self.send_response(status)
                if 300 <= status < 400:
                    self.send_header("Location", "/elsewhere")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        return Handler

    @property
    def accepted_ids(self) -> set[str]:
        return {headers["webhook-id"] for headers, _ in self.got}


@contextmanager
def webhook_receiver(
    certificate: trustme.LeafCert | None = None,
) -> Iterator[WebhookReceiver]:
    receiver = WebhookReceiver(certificate)
    thread = threading.Thread(target=receiver._server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield receiver
    receiver.hold.set()
    receiver._server.shutdown()
    receiver._server.server_close()
    thread.join(30)
