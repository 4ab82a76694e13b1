"""Where the site runs, and how its options are read."""

import secrets
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured
from environs import FileAwareEnv

env = FileAwareEnv()

BASE_DIR = Path(__file__).resolve().parent.parent.parent
if env.bool("READ_DOT_ENV", True):
    env.read_env(str(BASE_DIR / ".env"))


def one_of(name: str, *choices: str, default: str) -> str:
    """An option that takes one of a few words."""
    value = env.str(name, default)
    if value not in choices:
        words = " or ".join(repr(choice) for choice in choices)
        raise ImproperlyConfigured(f"{name} is {value!r}: set it to {words}.")
    return value


def _require_in_production(*names: str) -> None:
    """Name every missing option at once, so that one restart is enough."""
    missing = [name for name in names if not env.str(name, "")]
    if PRODUCTION and missing:
        raise ImproperlyConfigured(
            f"Production mode needs {', '.join(missing)} in the environment. "
            "Set them (see .env.example), or set VIBESITE_ENV=development for a trial."
        )


def _development_secret_key() -> str:
    """A key kept under DATA_DIR, so that sessions outlive a restart of the trial site."""
    path = DATA_DIR / "secret_key"
    if path.is_file():
        return path.read_text(encoding="ascii").strip()
    path.parent.mkdir(parents=True, exist_ok=True)
    key = secrets.token_urlsafe(50)
    path.touch(mode=0o600)
    path.write_text(key, encoding="ascii")
    return key


ENVIRONMENT = one_of("VIBESITE_ENV", "development", "production", default="development")
PRODUCTION = ENVIRONMENT == "production"
DEBUG = env.bool("DEBUG", False)

DATA_DIR = Path(env.str("DATA_DIR", "var"))
if not DATA_DIR.is_absolute():
    DATA_DIR = BASE_DIR / DATA_DIR

_require_in_production("SECRET_KEY", "ALLOWED_HOSTS", "DATABASE_URL")
SECRET_KEY = env.str("SECRET_KEY", "") or _development_secret_key()
SECRET_KEY_FALLBACKS: list[str] = env.list("SECRET_KEY_FALLBACKS", [])
ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS", ["127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS: list[str] = env.list("CSRF_TRUSTED_ORIGINS", [])
PORT = env.int("PORT", 8000)
SITE_URL = env.str("SITE_URL", f"http://127.0.0.1:{PORT}").rstrip("/")
