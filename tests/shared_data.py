"""Cases that are kept beside the checkout and may be absent.

Tests that read them add cases of the project's own, so that they still test without the folder.
"""

import json
from pathlib import Path
from typing import Any

SHARED_DATA = Path(__file__).resolve().parent.parent.parent / "shared" / "data"


def shared_cases(name: str) -> list[dict[str, Any]]:
    """Rows of one JSON-lines file, or an empty list where the folder is absent."""
    path = SHARED_DATA / name
    if not path.is_file():
        return []
    lines = path.read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines if line.strip()]
