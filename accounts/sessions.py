"""Django's sessions in the database, under keys that may be asked for in any database."""

from typing import Any

from django.contrib.sessions.backends.db import SessionStore as DatabaseStore


class SessionStore(DatabaseStore):
    def _validate_session_key(self, key: str | None) -> bool:
        """Ours are letters and digits; a cookie may hold NUL, which PostgreSQL does not take."""
        is_known: Any = super()._validate_session_key(key)  # type: ignore[misc]
        return bool(is_known and key and key.isascii() and key.isalnum())
