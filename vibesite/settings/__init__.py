"""Every option of the site, typed, read from the environment; one file for each concern.

A secret may also be given as a file: `SECRET_KEY_FILE=/run/secrets/key` reads SECRET_KEY from it.
`.env.example` lists the options with their meaning.
"""

from vibesite.settings.api import *
from vibesite.settings.applications import *
from vibesite.settings.connections import *
from vibesite.settings.environment import *
from vibesite.settings.live import *
from vibesite.settings.logs import *
from vibesite.settings.people import *
from vibesite.settings.queue import *
from vibesite.settings.security import *
from vibesite.settings.solving import *
from vibesite.settings.store import *
