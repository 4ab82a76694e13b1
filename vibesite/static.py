"""Static files under names that carry their hash, imports between ES modules included."""

from importlib.util import find_spec
from pathlib import Path

from django.contrib.staticfiles.apps import StaticFilesConfig
from whitenoise.storage import CompressedManifestStaticFilesStorage


class ModuleStaticFilesStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    support_js_module_import_aggregation = True


class SiteStaticFiles(StaticFilesConfig):
    """Leaves out what makes a folder of assets a Python package."""

    ignore_patterns = [*StaticFilesConfig.ignore_patterns, "__init__.py", "__pycache__"]


def packaged_fonts() -> list[tuple[str, Path]]:
    """STIX Two Math (SIL OFL) as the package ziamath carries it, for machines without a maths font.

    An entry of STATICFILES_DIRS, or none: pages then use the fonts that the reader has.
    """
    found = find_spec("ziamath")
    if found is None or not found.submodule_search_locations:
        return []
    return [("fonts", Path(found.submodule_search_locations[0]) / "fonts")]
