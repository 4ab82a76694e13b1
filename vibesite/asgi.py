"""The web process: pages over HTTP, live solutions over websockets."""

import gc
import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vibesite.settings")
# Before anything that imports models: this loads the applications.
django.setup(set_prefix=False)

from channels.auth import AuthMiddlewareStack  # noqa: E402
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from channels.security.websocket import AllowedHostsOriginValidator  # noqa: E402

from solver.live.routing import websocket_urlpatterns  # noqa: E402
from vibesite.handler import Handler  # noqa: E402

application = ProtocolTypeRouter(
    {
        "http": Handler(),
        "websocket": AllowedHostsOriginValidator(
            AuthMiddlewareStack(URLRouter(websocket_urlpatterns))
        ),
    }
)

# What is loaded by now stays: a full collection that walked it would hold up every open socket.
gc.collect()
gc.freeze()
gc.set_threshold(50_000, 20, 50)
