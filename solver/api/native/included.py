"""Sparse by default: what is long comes when asked for, with `?include=text,rendered_html`."""

from collections.abc import Collection
from typing import Any, ClassVar

from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.request import Request

# Marks such a field in the schema; solver.api.schema takes it out of the required ones.
ON_REQUEST = "x-on-request"


class SparseSerializer(serializers.ModelSerializer[Any]):
    """`on_request` names the fields that are left out unless the view included them."""

    on_request: ClassVar[Collection[str]] = ()

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        fields = super().get_fields()
        # Without a context it is the schema that asks: it describes all of them.
        if "included" in self.context:
            for name in set(self.on_request) - set(self.context["included"]):
                fields.pop(name, None)
        return fields


def included(request: Request, known: Collection[str]) -> frozenset[str]:
    """What the request asks for. Raises ValidationError for what there is not."""
    text = request.query_params.get("include")
    if text is None:
        return frozenset()
    asked = frozenset(text.split(","))
    if unknown := sorted(asked - set(known)):
        raise serializers.ValidationError(
            {"include": [f"{unknown[0]!r} cannot be included. Choose from: {', '.join(known)}."]}
        )
    return asked


def include_parameter(known: Collection[str]) -> OpenApiParameter:
    item = {"type": "string", "enum": list(known)}
    return OpenApiParameter(
        "include",
        {"type": "array", "items": item, "minItems": 1},
        description="Fields that are left out otherwise, with commas between them.",
        explode=False,
        style="form",
    )
