"""Structured logs: one line an event, with the request's and the solution's id."""

import logging.config
from typing import Any

import structlog

_SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.StackInfoRenderer(),
]

# Both renderers would print local variables by default: problems, answers and keys are among
# them.
_TRACEBACKS = structlog.processors.ExceptionRenderer(
    structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
)

_RENDERERS: dict[str, list[Any]] = {
    "json": [_TRACEBACKS, structlog.processors.JSONRenderer()],
    "console": [
        structlog.dev.ConsoleRenderer(
            colors=False, exception_formatter=structlog.dev.plain_traceback
        )
    ],
}


class WithoutProbes(logging.Filter):
    """Health probes come every second and say nothing that their answers do not."""

    def filter(self, record: logging.LogRecord) -> bool:
        text = str(record.msg) + str(record.args)
        return "/readyz" not in text and "/livez" not in text


def configure(options: dict[str, Any]) -> None:
    """Django's LOGGING_CONFIG: `options` holds `log_format` (json, console) and `level`."""
    logging.config.dictConfig(_dictionary(_RENDERERS[options["log_format"]], options["level"]))
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_SHARED,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )


def _dictionary(renderer: list[Any], level: int) -> dict[str, Any]:
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": _SHARED,
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    *renderer,
                ],
            }
        },
        "filters": {"without_probes": {"()": WithoutProbes}},
        "handlers": {
            "stderr": {
                "class": "logging.StreamHandler",
                "formatter": "line",
                "filters": ["without_probes"],
            }
        },
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            # One line a request comes from django_structlog; these would say it again.
            "uvicorn.access": {"level": "WARNING"},
            "django.server": {"level": "WARNING"},
            "httpx": {"level": "WARNING"},
            # Tickets and periodic tasks say nothing by themselves: what they do is logged.
            "celery.app.trace": {"level": "WARNING"},
            # At DEBUG they write requests out: signatures, key ids, and the logs' own texts.
            **{name: {"level": "INFO"} for name in ("botocore", "boto3", "s3transfer", "urllib3")},
            "celery.beat": {"level": "WARNING"},
            "celery.worker.strategy": {"level": "WARNING"},
        },
    }
