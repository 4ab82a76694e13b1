"""A real web server on a real port, for what needs real sockets."""

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from solver.live.connection import close_async_clients
from solver.live.follow import follower


@contextmanager
def serving() -> Iterator[str]:
    """Serve the whole application from a thread; gives `127.0.0.1:PORT`."""
    from vibesite.asgi import application

    config = uvicorn.Config(
        application,
        lifespan="off",
        log_level="error",
        ws_per_message_deflate=False,
        # As in the Procfile: nobody may say where they come from.
        proxy_headers=False,
    )
    server = uvicorn.Server(config)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(64)
        thread = threading.Thread(target=_run, args=(server, listener), daemon=True)
        thread.start()
        while not server.started and thread.is_alive():
            time.sleep(0.01)
        try:
            yield f"127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(60)


def _run(server: uvicorn.Server, listener: socket.socket) -> None:
    async def serve() -> None:
        await server.serve([listener])
        await follower().close()
        await close_async_clients()

    asyncio.run(serve())
