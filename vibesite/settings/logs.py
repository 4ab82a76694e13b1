"""The site's own log: structured, with ids, never a problem's text."""

import logging
from typing import Any

from vibesite.settings.environment import PRODUCTION, env, one_of

LOG_FORMAT = one_of("LOG_FORMAT", "json", "console", default="json" if PRODUCTION else "console")
LOG_LEVEL = env.log_level("LOG_LEVEL", logging.INFO)
LOGGING_CONFIG = "vibesite.logs.configure"
LOGGING: dict[str, Any] = {"log_format": LOG_FORMAT, "level": LOG_LEVEL}
