"""Static files under names that carry their hash, imports between ES modules included."""

import hashlib
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import django
from django.conf import settings
from django.contrib.staticfiles.apps import StaticFilesConfig
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from whitenoise.storage import CompressedManifestStaticFilesStorage


class ModuleStaticFilesStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    support_js_module_import_aggregation = True


class SiteStaticFiles(StaticFilesConfig):
    """Leaves out what makes a folder of assets a Python package, and a second page for the calls
    that comes with the first: to name and to compress it takes longer than all the rest."""

    ignore_patterns = [*StaticFilesConfig.ignore_patterns, "__init__.py", "__pycache__", "redoc"]


def packaged_fonts() -> list[tuple[str, Path]]:
    """STIX Two Math (SIL OFL) as the package ziamath carries it, for machines without a maths font.

    An entry of STATICFILES_DIRS, or none: pages then use the fonts that the reader has.
    """
    found = find_spec("ziamath")
    if found is None or not found.submodule_search_locations:
        return []
    return [("fonts", Path(found.submodule_search_locations[0]) / "fonts")]


def collect() -> None:
    """`collectstatic`, unless all files are those that it collected last time.

    It names and compresses every file again, which is a fifth of the time of a start.
    """
    said = Path(settings.STATIC_ROOT) / ".collected"
    found = _fingerprint()
    if not said.is_file() or said.read_text() != found:
        call_command("collectstatic", interactive=False, verbosity=0)
        said.write_text(found)


def _fingerprint() -> str:
    lines = [django.get_version(), *sorted(_sources())]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _sources() -> Iterator[str]:
    for finder in get_finders():
        for name, storage in finder.list(SiteStaticFiles.ignore_patterns):
            stat = Path(storage.path(name)).stat()
            yield f"{storage.path(name)} {stat.st_size} {stat.st_mtime_ns}"
