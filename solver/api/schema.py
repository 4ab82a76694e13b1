"""The whole API as OpenAPI 3.1: what drf-spectacular reads off the views, and what is added."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension

from solver.api import operations
from solver.api.native.included import ON_REQUEST

PROBLEM_SCHEMA = {
    "type": "object",
    "description": "What went wrong (RFC 9457).",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "For people: what to do."},
        "code": {"type": "string", "description": "For programs: stays the same."},
        "param": {"type": "string", "description": "The field at fault."},
        "errors": {"type": "object", "description": "What is wrong, field by field."},
    },
}
REFUSALS = {
    "400": "The request is not right.",
    "401": "Nobody is named, or the key is not in force.",
    "403": "Known, and not allowed: another scope, address, or owner.",
    "404": "Not there, or not yours to see.",
    "405": "This address does not take this method.",
    "409": "It clashes with what is going on.",
    "413": "The body is too large.",
    "415": "Send application/json.",
    "429": "A limit is reached; `Retry-After` says for how long.",
    "503": "The site is not ready for a moment.",
}
NATIVE = "/api/v1/"


class KeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """Both ways to send a key."""

    target_class = "accounts.authentication.PartnerKeyAuthentication"
    name = ["bearer", "apiKey"]

    def get_security_definition(self, auto_schema: Any) -> list[dict[str, Any]]:
        return [
            {
                "type": "http",
                "scheme": "bearer",
                "description": "A partner key, `vs_live_…`, or an app's access token.",
            },
            {"type": "apiKey", "in": "header", "name": "X-API-Key", "description": "A key."},
        ]

    def get_security_requirement(self, auto_schema: Any) -> list[dict[str, list[Any]]]:
        return [{"bearer": []}, {"apiKey": []}]


def finish(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """The last word on the schema: events, refusals, strict bodies, and fields on request."""
    schemas = result.setdefault("components", {}).setdefault("schemas", {})
    for name, schema in schemas.items():
        _loosen(schema)
        # What requests have that is not known is refused.
        if name.endswith("Request"):
            schema["additionalProperties"] = False
    schemas |= {"ProblemDetails": PROBLEM_SCHEMA, **operations.schemas()}
    result["paths"] |= {f"{NATIVE}solutions/{{solution_id}}/events/": _events()}
    result["paths"] |= operations.paths()
    for path, item in result["paths"].items():
        if path.startswith(NATIVE):
            for operation in item.values():
                _add_refusals(operation)
    result["paths"] = dict(sorted(result["paths"].items()))
    return result


def _loosen(schema: dict[str, Any]) -> None:
    for name, field in schema.get("properties", {}).items():
        if isinstance(field, dict) and field.pop(ON_REQUEST, False) and "required" in schema:
            schema["required"] = [one for one in schema["required"] if one != name]


def _add_refusals(operation: dict[str, Any]) -> None:
    body = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/ProblemDetails"}}}
    for status, description in REFUSALS.items():
        operation["responses"].setdefault(status, {"description": description, "content": body})


def _events() -> dict[str, Any]:
    place = {"name": "solution_id", "in": "path", "required": True}
    return {
        "get": {
            "operationId": "solutions_events",
            "tags": ["Solutions"],
            "summary": "Follow a solution",
            "description": (
                "Server-sent events until the solution has ended. Each has its cursor as `id`, and "
                "as `data` a JSON object with `kind`: `snapshot`, `state`, `queue`, `delta` "
                "(its `text`s joined in order are the solution's text), `step`, `answer`, "
                "`verdict`, `notice`, `done`. `Last-Event-ID` goes on after that event."
            ),
            "security": [{"bearer": []}, {"apiKey": []}, {"cookieAuth": []}],
            "parameters": [
                {**place, "schema": {"type": "string", "format": "uuid"}},
                {"name": "after", "in": "query", "schema": {"type": "string"}},
                {"name": "Last-Event-ID", "in": "header", "schema": {"type": "string"}},
            ],
            "responses": {
                "200": {
                    "description": "The stream.",
                    "content": {"text/event-stream": {"schema": {"type": "object"}}},
                },
                "204": {"description": "There is nothing more: the client has all of it."},
            },
        }
    }
