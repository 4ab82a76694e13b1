"""The API: its limits, its access tokens, and its description."""

from typing import Any

from vibesite.settings.environment import env

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
