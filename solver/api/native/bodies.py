"""Bodies of DRF views, read as all others are: within limits, objects only."""

from collections.abc import Mapping
from typing import IO, Any

from rest_framework.parsers import BaseParser

from solver.api.bodies import read_object


class ObjectParser(BaseParser):
    media_type = "application/json"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Raises ApiError."""
        if parser_context is None:
            raise RuntimeError("DRF gives every parser its request.")
        return read_object(parser_context["request"]._request)
