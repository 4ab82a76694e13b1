"""Settings of a test run: own folders, own Valkey port, so that nothing of a real site is touched.

The values go through the environment, so that processes started by tests see the same ones.
"""

import os
import tempfile
from pathlib import Path

from tests.ports import free_port

_folder = Path(tempfile.mkdtemp(prefix="vibesite-tests-"))
# What collectstatic would have made: the ASGI application warns when it is missing.
(_folder / "static").mkdir()
os.environ.update(
    READ_DOT_ENV="false",
    VIBESITE_ENV="development",
    DATA_DIR=str(_folder),
    REDIS_URL=f"redis://127.0.0.1:{free_port()}/0",
    LOG_LEVEL="WARNING",
    MODEL="scripted:worked",
)

from vibesite.settings import *  # noqa: E402, F403
from vibesite.settings import DATABASES, STORAGES  # noqa: E402

# A file, not memory: tests start processes and threads that read the same database.
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["TEST"] = {"NAME": str(_folder / "test.sqlite3")}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
# Names without hashes: nothing was collected. Browser tests run a site that was.
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
