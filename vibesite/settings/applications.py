"""What the site is made of: applications, middleware, templates, language, static files."""

from typing import Any

from whitenoise.compress import Compressor

from vibesite.settings.environment import BASE_DIR, DATA_DIR, env
from vibesite.static import packaged_fonts

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
# What stands in its place around calls with a key: see vibesite/handler.py.
MIDDLEWARE_OF_CALLS = [
    "vibesite.middleware.CallSecurityMiddleware",
    "vibesite.middleware.TextMiddleware",
    "vibesite.middleware.CallLogMiddleware",
]

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

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English")]
TIME_ZONE = env.str("TIME_ZONE", "UTC")
USE_I18N = True
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static", *packaged_fonts()]
WHITENOISE_MAX_AGE = 3600
# Only who debugs asks for a map, and packages bring megabytes of them: each start would compress
# them anew.
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = (*Compressor.SKIP_COMPRESS_EXTENSIONS, "map")
