"""A script in a file: what to answer to which problem. For tests and demonstrations.

`scripted:@PATH` reads {"rate"?: tokens a second, "answers": [{"when": text, "say": [texts]}]}. The
first entry whose `when` is in the last message answers; of several texts, each of a solution's
samples (`id` ends in #2, #3, …) says its own, and later ones begin again with the first.
"""

import json
from pathlib import Path
from typing import Any

from .base import ModelNotFound, Request

UNKNOWN = "The script has no answer to this problem."


class Dialogue:
    """A script for `ScriptedEngine`; raises ModelNotFound where the file cannot be used."""

    def __init__(self, path: str) -> None:
        try:
            read: Any = json.loads(Path(path).read_text(encoding="utf-8"))
            self.rate: float | None = read.get("rate")
            self._answers = [(str(one["when"]), tuple(one["say"])) for one in read["answers"]]
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise ModelNotFound(f"The script {path} cannot be used: {error!r}.") from None

    def __call__(self, request: Request) -> str:
        asked = request.messages[-1].content
        said = next((texts for when, texts in self._answers if when in asked), (UNKNOWN,))
        number = request.id.rpartition("#")[2] if "#" in request.id else "1"
        return str(said[(int(number) - 1) % len(said)])
