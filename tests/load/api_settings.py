"""The site's settings, with one view beside it to compare with."""

from vibesite.settings import *  # noqa: F403

ROOT_URLCONF = "tests.load.api_urls"
