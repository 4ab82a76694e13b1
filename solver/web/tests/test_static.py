"""Static files as production serves them: every import and address inside carries its hash."""

import os
import re
from pathlib import Path

import pytest
from django.core.management import call_command
from pytest_django import Settings

from vibesite.static import collect

HASHED = re.compile(r"\.[0-9a-f]{12}\.\w+$")
IMPORT = re.compile(r"""from\s+["'](\./[^"']+)["']""")
ADDRESS = re.compile(r"""url\(["']?([^)"']+)["']?\)""")


@pytest.fixture
def collected(settings: Settings, tmp_path: Path) -> Path:
    backend = {"BACKEND": "vibesite.static.ModuleStaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": backend}
    settings.STATIC_ROOT = tmp_path
    call_command("collectstatic", interactive=False, verbosity=0)
    return tmp_path


def test_modules_and_styles_name_hashed_files(collected: Path) -> None:
    checked = 0
    for file in [*collected.glob("js/*.js"), *collected.glob("css/*.css")]:
        if not HASHED.search(file.name):
            continue
        pattern = IMPORT if file.suffix == ".js" else ADDRESS
        for address in pattern.findall(file.read_text(encoding="utf-8")):
            assert HASHED.search(address), f"{address} in {file.name}"
            assert (file.parent / address).is_file()
            checked += 1
    assert checked > 10


def test_what_is_collected_already_is_left_alone(settings: Settings, tmp_path: Path) -> None:
    source, root = tmp_path / "source", tmp_path / "root"
    source.mkdir()
    style = source / "page.css"
    style.write_text("a {}")
    settings.STATICFILES_DIRS, settings.STATIC_ROOT = [source], root
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    collect()
    collected = root / "page.css"
    collected.unlink()
    collect()
    assert not collected.exists()
    # Of the same size, and at a later time.
    style.write_text("b {}")
    os.utime(style, ns=(0, style.stat().st_mtime_ns + 10**9))
    collect()
    assert collected.read_text() == "b {}"
