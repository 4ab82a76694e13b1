"""Every option of the site, typed, read from the environment.

A secret may also be given as a file: `SECRET_KEY_FILE=/run/secrets/key` reads SECRET_KEY from it.
`.env.example` lists the options with their meaning.
"""

import logging
import secrets
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from environs import FileAwareEnv

from vibesite.static import packaged_fonts

env = FileAwareEnv()

BASE_DIR = Path(__file__).resolve().parent.parent
if env.bool("READ_DOT_ENV", True):
    env.read_env(str(BASE_DIR / ".env"))

# -- Where we run ---------------------------------------------------------------------------

ENVIRONMENT = env.str("VIBESITE_ENV", "development")
if ENVIRONMENT not in {"development", "production"}:
    raise ImproperlyConfigured(
        f"VIBESITE_ENV is {ENVIRONMENT!r}: set it to 'development' or 'production'."
    )
PRODUCTION = ENVIRONMENT == "production"
DEBUG = env.bool("DEBUG", False)

DATA_DIR = Path(env.str("DATA_DIR", "var"))
if not DATA_DIR.is_absolute():
    DATA_DIR = BASE_DIR / DATA_DIR


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


_require_in_production("SECRET_KEY", "ALLOWED_HOSTS", "DATABASE_URL")
SECRET_KEY = env.str("SECRET_KEY", "") or _development_secret_key()
SECRET_KEY_FALLBACKS: list[str] = env.list("SECRET_KEY_FALLBACKS", [])
ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS", ["127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS: list[str] = env.list("CSRF_TRUSTED_ORIGINS", [])
PORT = env.int("PORT", 8000)
SITE_URL = env.str("SITE_URL", f"http://127.0.0.1:{PORT}").rstrip("/")

# -- Applications ---------------------------------------------------------------------------

INSTALLED_APPS = [
    "solver.admin.apps.DeskConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "vibesite.static.SiteStaticFiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.headless",
    "channels",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_structlog",
    "csp",
    "accounts",
    "solver",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "vibesite.middleware.StaticFilesMiddleware",
    "vibesite.middleware.TextMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
]
# What remains of it around calls with a key: see vibesite/handler.py.
MIDDLEWARE_OF_CALLS = frozenset(
    {
        "django.middleware.security.SecurityMiddleware",
        "vibesite.middleware.TextMiddleware",
        "django_structlog.middlewares.RequestMiddleware",
    }
)

ROOT_URLCONF = "vibesite.urls"
ASGI_APPLICATION = "vibesite.asgi.application"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "solver.web.context.site",
            ],
            "libraries": {"site": "solver.web.tags"},
        },
    },
]

# -- Database, Redis, queue -----------------------------------------------------------------

DATABASES: dict[str, dict[str, Any]] = {
    "default": env.dj_db_url(
        "DATABASE_URL",
        f"sqlite:///{DATA_DIR / 'vibesite.sqlite3'}",
        conn_max_age=60,
        conn_health_checks=True,
    )
}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # One writer at a time: wait for it instead of failing, and take the lock when a transaction
    # starts, since upgrading a read lock cannot wait.
    DATABASES["default"]["OPTIONS"] = {
        "timeout": 20,
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.str("REDIS_URL", "redis://127.0.0.1:6379/0")

CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "vs:cache",
    }
}

CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.core.RedisChannelLayer",
        # redis-py's five-second socket timeout would end an idle consumer's blocking read.
        "CONFIG": {"hosts": [{"address": REDIS_URL, "socket_timeout": None}], "prefix": "vs:layer"},
    }
}

CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# For ever: an inference worker that gave up would have to load its model again.
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "queue_order_strategy": "priority",
    "global_keyprefix": "vs:celery:",
    "socket_keepalive": True,
    # A Redis that hangs must not hang a page that sends a ticket. Above the reads' own 1 s.
    "socket_connect_timeout": 2,
    "socket_timeout": 10,
    # No record of unacknowledged messages in Redis: every message of ours may be lost, since the
    # database says what is to be done and the reaper sends it again. Keeping the record ends the
    # worker with an AttributeError when Redis goes away (kombu 5.7: an acknowledgement, or the
    # restoring at close, on a channel whose connection is gone).
    "ack_emulation": False,
}
CELERY_TIMEZONE = "UTC"

# -- People ---------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "home"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = env.str("ACCOUNT_EMAIL_VERIFICATION", "optional")
ACCOUNT_UNIQUE_EMAIL = True
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_RATE_LIMITS = {
    "login": "30/m/ip",
    "login_failed": env.str("LOGIN_FAILED_LIMIT", "10/m/ip,5/5m/key"),
}
ALLOW_SIGNUP = env.bool("ALLOW_SIGNUP", True)
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
DEMO_PASSWORD = env.str("DEMO_PASSWORD", "vibesite-demo")

EMAIL_BACKEND = env.str(
    "EMAIL_BACKEND",
    "django.core.mail.backends.smtp.EmailBackend"
    if env.str("EMAIL_URL", "")
    else "django.core.mail.backends.console.EmailBackend",
)
if env.str("EMAIL_URL", ""):
    _mail = env.dj_email_url("EMAIL_URL")
    EMAIL_HOST = _mail["EMAIL_HOST"]
    EMAIL_PORT = _mail["EMAIL_PORT"]
    EMAIL_HOST_USER = _mail["EMAIL_HOST_USER"]
    EMAIL_HOST_PASSWORD = _mail["EMAIL_HOST_PASSWORD"]
    EMAIL_USE_TLS = _mail["EMAIL_USE_TLS"]
    EMAIL_USE_SSL = _mail["EMAIL_USE_SSL"]
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", "VibeSite <noreply@localhost>")

# -- Language and time ----------------------------------------------------------------------

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English")]
TIME_ZONE = env.str("TIME_ZONE", "UTC")
USE_I18N = True
USE_TZ = True

# -- Files ----------------------------------------------------------------------------------

STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static", *packaged_fonts()]
WHITENOISE_MAX_AGE = 3600

# The bucket: S3 when S3_BUCKET is set, else a folder with the same keys.
S3_BUCKET = env.str("S3_BUCKET", "")
S3_ADDRESSING_STYLE = env.str("S3_ADDRESSING_STYLE", "auto")
if S3_ADDRESSING_STYLE not in {"auto", "path", "virtual"}:
    raise ImproperlyConfigured(
        f"S3_ADDRESSING_STYLE is {S3_ADDRESSING_STYLE!r}: set it to 'auto', 'path' or 'virtual'."
    )
S3_ENCRYPTION = env.str("S3_ENCRYPTION", "")
if S3_ENCRYPTION not in {"", "AES256", "aws:kms"}:
    raise ImproperlyConfigured(
        f"S3_ENCRYPTION is {S3_ENCRYPTION!r}: leave it empty, or set it to 'AES256' or 'aws:kms'."
    )
S3_KMS_KEY_ID = env.str("S3_KMS_KEY_ID", "")
S3_HEADERS = {
    header: value
    for header, value in {
        "ServerSideEncryption": S3_ENCRYPTION,
        "SSEKMSKeyId": S3_KMS_KEY_ID if S3_ENCRYPTION == "aws:kms" else "",
    }.items()
    if value
}
S3_OPTIONS: dict[str, Any] = {
    "bucket_name": S3_BUCKET,
    "endpoint_url": env.str("S3_ENDPOINT_URL", "") or None,
    "region_name": env.str("S3_REGION", "") or None,
    # None: boto3's own chain (AWS_* variables, a profile, the machine's role).
    "access_key": env.str("S3_ACCESS_KEY_ID", "") or None,
    "secret_key": env.str("S3_SECRET_ACCESS_KEY", "") or None,
    "security_token": env.str("S3_SESSION_TOKEN", "") or None,
    "verify": env.str("S3_CA_BUNDLE", "") or None,
    "addressing_style": S3_ADDRESSING_STYLE,
    "signature_version": env.str("S3_SIGNATURE_VERSION", "s3v4"),
    "connect_timeout_s": env.float("S3_CONNECT_TIMEOUT_S", 3.0),
    "read_timeout_s": env.float("S3_READ_TIMEOUT_S", 10.0),
    # The first try counts: 4 is three repeats.
    "total_attempts": env.int("S3_ATTEMPTS", 4),
    "body_timeout_s": env.float("S3_BODY_TIMEOUT_S", 30.0),
    "object_parameters": S3_HEADERS,
    "default_acl": None,
    "querystring_auth": True,
    "querystring_expire": env.int("UPLOAD_LINK_S", 300),
    "file_overwrite": False,
}


def _bucket_folder(folder: str) -> dict[str, Any]:
    if S3_BUCKET:
        return {
            "BACKEND": "solver.store.s3.BucketStorage",
            "OPTIONS": {**S3_OPTIONS, "location": folder},
        }
    return {
        "BACKEND": "solver.store.folder.FolderStorage",
        "OPTIONS": {"location": DATA_DIR / "bucket" / folder},
    }


STORAGES: dict[str, dict[str, Any]] = {
    "default": _bucket_folder("uploads"),
    "prompts": _bucket_folder("prompts"),
    "configs": _bucket_folder("configs"),
    "templates": _bucket_folder("templates"),
    "logs": _bucket_folder("logs"),
    "batches": _bucket_folder("batches"),
    "staticfiles": {"BACKEND": "vibesite.static.ModuleStaticFilesStorage"},
}

# An object of the bucket (house prompt, configuration, layout) is looked at again after this time.
STORE_CACHE_S = env.float("STORE_CACHE_S", 60.0)
# A solution waits this long at most for the bucket before it takes the last good value.
STORE_WAIT_S = env.float("STORE_WAIT_S", 2.0)
# The same in a process that knows no value yet: the first request also loads the S3 client.
STORE_FIRST_WAIT_S = env.float("STORE_FIRST_WAIT_S", 8.0)
# After a fault the bucket is left alone for this long.
STORE_PAUSE_S = env.float("STORE_PAUSE_S", 10.0)

TRIAL_MIN_RUNS = env.int("TRIAL_MIN_RUNS", 30)
TEACHERS_RELEASE_PROMPTS = env.bool("TEACHERS_RELEASE_PROMPTS", True)

LOG_TEXT = env.bool("LOG_TEXT", True)
LOG_PSEUDONYM_KEY = env.str("LOG_PSEUDONYM_KEY", "") or SECRET_KEY
LOG_BUNDLE = env.str("LOG_BUNDLE", "off")
if LOG_BUNDLE not in {"off", "hourly"}:
    raise ImproperlyConfigured(f"LOG_BUNDLE is {LOG_BUNDLE!r}: set it to 'off' or 'hourly'.")
LOG_DAYS = env.int("LOG_DAYS", 30)
LOG_SPOOL_DIR = DATA_DIR / "spool"
LOG_SPOOL_MAX_FILES = env.int("LOG_SPOOL_MAX_FILES", 10_000)
LOG_SPOOL_MAX_BYTES = env.int("LOG_SPOOL_MAX_BYTES", 500_000_000)

UPLOAD_MAX_BYTES = env.int("UPLOAD_MAX_BYTES", 10_000_000)
UPLOAD_LINK_S = env.int("UPLOAD_LINK_S", 300)
UPLOADS_PER_PROBLEM = env.int("UPLOADS_PER_PROBLEM", 5)

# -- Security -------------------------------------------------------------------------------

_SELF = "'self'"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": [_SELF],
        "style-src": [_SELF],
        "img-src": [_SELF, "data:"],
        "font-src": [_SELF],
        # 'self' covers ws: and wss: of the same host in every browser we support.
        "connect-src": [_SELF],
        "form-action": [_SELF],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'none'"],
        "manifest-src": [_SELF],
    }
}
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "solver.web.errors.csrf_failure"
SESSION_ENGINE = "accounts.sessions"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
HTTPS = env.bool("HTTPS", PRODUCTION)
SECURE_SSL_REDIRECT = HTTPS and env.bool("SECURE_SSL_REDIRECT", True)
SECURE_REDIRECT_EXEMPT = [r"^livez$", r"^readyz$"]
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", 31_536_000) if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS and env.bool("SECURE_HSTS_INCLUDE_SUBDOMAINS", True)
SECURE_HSTS_PRELOAD = HTTPS and env.bool("SECURE_HSTS_PRELOAD", True)
BEHIND_PROXY = env.bool("BEHIND_PROXY", False)
# Log-in limits are counted by the address that the proxy saw.
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if BEHIND_PROXY else 0
if BEHIND_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_500_000

# Who may read /metrics: whoever sends it as a bearer token. None: open in development only.
METRICS_TOKEN = env.str("METRICS_TOKEN", "")

# -- The solver -----------------------------------------------------------------------------

MODEL = env.str("MODEL", "auto")
MODEL_REVISION = env.str("MODEL_REVISION", "")
MODEL_DEVICE = env.str("MODEL_DEVICE", "auto")
MODEL_DTYPE = env.str("MODEL_DTYPE", "auto")
# Weights may be shared by several sites on one machine.
MODELS_DIR = Path(env.str("MODELS_DIR", "") or DATA_DIR / "models")
# Solutions that run together in one batch; 0 lets the engine choose from the free memory.
SLOTS = env.int("SLOTS", 16)
MAX_TOKENS = env.int("MAX_TOKENS", 40_960)
DEMO_MAX_TOKENS = env.int("DEMO_MAX_TOKENS", 512)
TEMPERATURE = env.float("TEMPERATURE", 0.6)
TOP_P = env.float("TOP_P", 0.95)
# How many times the model is asked for a careful and for a thorough solution, and at most.
SAMPLES_CAREFUL = env.int("SAMPLES_CAREFUL", 4)
SAMPLES_THOROUGH = env.int("SAMPLES_THOROUGH", 8)
SAMPLES_MAX = env.int("SAMPLES_MAX", 32)
PROBLEM_MAX_CHARS = env.int("PROBLEM_MAX_CHARS", 8_000)
SYSTEM_PROMPT_MAX_CHARS = env.int("SYSTEM_PROMPT_MAX_CHARS", 4_000)
# Where programs run: auto (bubblewrap, else WebAssembly), bubblewrap, wasm, or none.
SANDBOX = env.str("SANDBOX", "auto")
# Boxes that stand at the same time in one process; 0 is one for each core.
SANDBOX_AT_ONCE = env.int("SANDBOX_AT_ONCE", 0)
TESTS_BUDGET_S = env.float("TESTS_BUDGET_S", 30.0)
# Where `manage.py evaluate` looks for suites by name, beside the project's own.
SUITES_DIR = Path(env.str("SUITES_DIR", "") or BASE_DIR.parent / "shared" / "data" / "suites")
LEASE_S = env.float("LEASE_S", 10.0)
REAP_EVERY_S = env.float("REAP_EVERY_S", 3.0)
MAX_INTERRUPTIONS = env.int("MAX_INTERRUPTIONS", 2)
FLUSH_EVERY_S = env.float("FLUSH_EVERY_S", 0.04)
FLUSH_CHARS = env.int("FLUSH_CHARS", 64)
CHECKPOINT_EVERY_S = env.float("CHECKPOINT_EVERY_S", 2.0)
# Every run ends: the longest answer (MAX_TOKENS) of a busy batch stays well below.
SOLVE_DEADLINE_S = env.float("SOLVE_DEADLINE_S", 7_200.0)
EVENTS_TTL_S = env.int("EVENTS_TTL_S", 3_600)
EVENTS_MAX = env.int("EVENTS_MAX", 20_000)
SOCKETS_PER_PERSON = env.int("SOCKETS_PER_PERSON", 120)
SOCKET_CHECK_S = env.float("SOCKET_CHECK_S", 5.0)
SLOW_READER_S = env.float("SLOW_READER_S", 15.0)
SESSION_CHECK_S = env.float("SESSION_CHECK_S", 30.0)

# Webhooks: the whole of one try, name server included.
WEBHOOK_TIMEOUT_S = env.float("WEBHOOK_TIMEOUT_S", 10.0)
# For trying receivers on the same machine; the internet's rules hold in production.
WEBHOOKS_ALLOW_LOOPBACK = env.bool("WEBHOOKS_ALLOW_LOOPBACK", False) and not PRODUCTION

# In memory: the schedule holds short intervals only, and a file could be locked or broken.
CELERY_BEAT_SCHEDULER = "celery.beat:Scheduler"
CELERY_BEAT_SCHEDULE = {
    "reap": {
        "task": "solver.running.tasks.reap",
        "schedule": REAP_EVERY_S,
        # One that waited is of no use: the next one does the same.
        "options": {"expires": REAP_EVERY_S},
    },
    "advance batches": {
        "task": "solver.api.tasks.advance_batches",
        "schedule": 5.0,
        "options": {"expires": 5.0, "priority": 5},
    },
    "deliver webhooks": {
        "task": "solver.running.tasks.deliver_webhooks",
        "schedule": 5.0,
        "options": {"expires": 5.0},
    },
    "archive owed": {
        "task": "solver.running.tasks.archive_owed",
        "schedule": 60.0,
        "options": {"expires": 60.0, "priority": 9},
    },
    "keep classwork": {
        "task": "solver.running.tasks.keep_classwork",
        "schedule": 60.0,
        "options": {"expires": 60.0},
    },
    "remind": {
        "task": "solver.running.tasks.remind",
        "schedule": 1_800.0,
        "options": {"expires": 1_800.0, "priority": 9},
    },
    "refresh store": {
        "task": "solver.running.tasks.refresh_store",
        "schedule": STORE_CACHE_S / 2,
        "options": {"expires": STORE_CACHE_S / 2},
    },
    "count usage": {
        "task": "solver.running.tasks.count_usage",
        "schedule": 3_600.0,
        "options": {"expires": 3_600.0, "priority": 9},
    },
    "keep store hourly": {
        "task": "solver.running.tasks.keep_store_hourly",
        "schedule": 3_600.0,
        "options": {"expires": 3_600.0, "priority": 9},
    },
    "keep store daily": {
        "task": "solver.running.tasks.keep_store_daily",
        "schedule": 86_400.0,
        "options": {"expires": 86_400.0, "priority": 9},
    },
}

# -- The API ----------------------------------------------------------------------------------

# Of each partner key that has no limits of its own, and of each person; 0: no limit.
API_REQUESTS_PER_MINUTE = env.int("API_REQUESTS_PER_MINUTE", 3_000)
API_REQUESTS_PER_DAY = env.int("API_REQUESTS_PER_DAY", 500_000)
API_TOKENS_PER_MINUTE = env.int("API_TOKENS_PER_MINUTE", 1_000_000)
API_TOKENS_PER_DAY = env.int("API_TOKENS_PER_DAY", 50_000_000)
API_CONCURRENT_RUNS = env.int("API_CONCURRENT_RUNS", 64)
API_MAX_BODY_BYTES = env.int("API_MAX_BODY_BYTES", 2_000_000)
API_MAX_JSON_DEPTH = env.int("API_MAX_JSON_DEPTH", 32)
# The classic calls: their time limits, and how long a prompt may be.
INFERENCE_TIMEOUT_S = env.float("INFERENCE_TIMEOUT_S", 30.0)
PREDICT_TIMEOUT_S = env.float("PREDICT_TIMEOUT_S", 60.0)
CLASSIC_MAX_INPUT_TOKENS = env.int("CLASSIC_MAX_INPUT_TOKENS", 512)
API_CACHE_S = env.int("API_CACHE_S", 86_400)
IDEMPOTENCY_S = env.int("IDEMPOTENCY_S", 86_400)
API_FILE_MAX_BYTES = env.int("API_FILE_MAX_BYTES", 200_000_000)
# Lines of one batch that are in the queue together.
API_BATCH_AT_ONCE = env.int("API_BATCH_AT_ONCE", 32)

# Access tokens for first-party apps, by allauth (`/_allauth/app/v1/`).
HEADLESS_CLIENTS = ("app",)
HEADLESS_TOKEN_STRATEGY = "allauth.headless.tokens.strategies.jwt.JWTTokenStrategy"  # noqa: S105
HEADLESS_JWT_ALGORITHM = "HS256"
# A token of somebody who logged out, or was locked out, is refused at once.
HEADLESS_JWT_STATEFUL_VALIDATION_ENABLED = True

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.authentication.PartnerKeyAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": [
        "rest_framework.permissions.IsAuthenticated",
        "accounts.permissions.HasScope",
    ],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "EXCEPTION_HANDLER": "solver.api.errors.problem_handler",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}

SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "VibeSite",
    "DESCRIPTION": "Problems in, checked step-by-step solutions out.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "COMPONENT_SPLIT_REQUEST": True,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "ENUM_NAME_OVERRIDES": {
        "SolutionState": "solver.models.solution.State.choices",
        "AttemptState": "solver.models.attempt.AttemptState.choices",
        "HintState": "solver.models.hint.HintState.choices",
        "Kind": "solver.models.problem.Kind.choices",
        "VerdictWord": "solver.models.solution.Verdict.choices",
        "ThumbValue": "solver.models.feedback.Thumb.choices",
    },
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "solver.api.schema.finish",
    ],
}

# -- Logs: structured, with ids, never a problem's text ---------------------------------------

LOG_FORMAT = env.str("LOG_FORMAT", "json" if PRODUCTION else "console")
if LOG_FORMAT not in {"json", "console"}:
    raise ImproperlyConfigured(f"LOG_FORMAT is {LOG_FORMAT!r}: set it to 'json' or 'console'.")
LOG_LEVEL = env.log_level("LOG_LEVEL", logging.INFO)
LOGGING_CONFIG = "vibesite.logs.configure"
LOGGING: dict[str, Any] = {"log_format": LOG_FORMAT, "level": LOG_LEVEL}
