"""The read API described in OpenAPI 3.1. The schemas are made from the records themselves, so they cannot differ from the answers."""

from functools import cache
from typing import Any, get_args

import msgspec

from consultations.phases import Phase
from server.documents.export import LICENCE
from server.web import records

BASE = "/api/v1"
PAGE, MOST = 50, 200
"""Items of one answer: by default, and at most."""
PHASES = tuple(phase for phase in get_args(Phase) if phase != "draft")
_LARGEST = 2**53 - 1

_RECORDS = (records.Consultation, records.Contribution, records.Total, records.Number, records.Logged)


@cache
def document(origin: str) -> dict[str, Any]:
    """The whole description, for the site at ``origin``."""
    _, schemas = msgspec.json.schema_components(_RECORDS, ref_template="#/components/schemas/{name}")
    for schema in schemas.values():
        schema["required"] = list(schema.get("properties", {}))
    schemas["Problem"] = _object(code={"type": "string"}, message={"type": "string"}, reference={"type": "string"})
    whole = {"type": ["integer", "null"]}
    one = "/consultations/{slug}"
    slug = {"name": "slug", "in": "path", "required": True, "schema": {"type": "string", "pattern": "^[a-z0-9-]+$", "maxLength": 200}}
    limit, after = _query("limit", PAGE, 1, MOST), _query("after", 0, 0, _LARGEST)
    phase = {"name": "phase", "in": "query", "schema": {"type": "string", "enum": list(PHASES)}}
    search = {"name": "q", "in": "query", "schema": {"type": "string", "maxLength": 200, "pattern": "^[0-9A-Za-z ]*$"}}
    text = _object(
        version={"type": "integer"},
        draft={"type": ["object", "null"]},
        anchors={"type": "object", "additionalProperties": {"type": "string"}},
        statements={"type": "array", "items": _object(question={"type": "integer"}, text={"type": "string"})},
    )
    paths = {
        "/consultations": _get(
            "Consultations", [search, phase, limit, _query("offset", 0, 0, 10_000)], _object(items=_many("Consultation"), next_offset=whole)
        ),
        one: _get("One consultation", [slug], _ref("Consultation")),
        one + "/text": _get("The draft as a tree, and the statements", [slug, _query("version", None, 1, 1_000_000)], text),
        one + "/contributions": _get(
            "Contributions that everybody can see", [slug, after, limit], _object(items=_many("Contribution"), next_after=whole)
        ),
        one + "/totals": _get(
            "People by answer, once they may be shown",
            [slug],
            _object(published={"type": "boolean"}, unit={"const": "people"}, items=_many("Total")),
        ),
        one + "/numbers": _get(
            "Who takes part; numbers under five are withheld",
            [slug],
            _object(with_votes={"type": "boolean"}, target_people=whole, items=_many("Number")),
        ),
        one + "/log": _get("The public log", [slug, after, limit], _object(items=_many("Logged"), next_after=whole)),
    }
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Diên Hồng",
            "version": "1.0.0",
            "description": "Dữ liệu công khai của các đợt lấy ý kiến, chỉ để đọc. / Public data of consultations, for reading.",
            "license": {"name": LICENCE, "identifier": LICENCE},
        },
        "servers": [{"url": origin + BASE}],
        "paths": paths,
        "components": {"schemas": schemas},
    }


def _get(summary: str, parameters: list[dict[str, Any]], schema: dict[str, Any]) -> dict[str, Any]:
    problems = {
        "400": "A parameter is out of bounds",
        "404": "There is no such thing, or it is not public",
        "429": "Too many requests; see Retry-After",
        "503": "Interrupted; see Retry-After",
    }
    answers: dict[str, Any] = {
        "200": {
            "description": summary,
            "headers": {"ETag": {"schema": {"type": "string"}, "description": "For If-None-Match"}},
            "content": {"application/json": {"schema": schema}},
        },
        "304": {"description": "Not changed since the answer with this ETag"},
    }
    answers |= {
        status: {"description": words, "content": {"application/json": {"schema": _ref("Problem")}}} for status, words in problems.items()
    }
    return {"get": {"summary": summary, "parameters": parameters, "responses": answers}}


def _query(name: str, default: int | None, least: int, most: int) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "integer", "minimum": least, "maximum": most}
    return {"name": name, "in": "query", "schema": schema if default is None else schema | {"default": default}}


def _object(**properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


def _many(name: str) -> dict[str, Any]:
    return {"type": "array", "items": _ref(name)}
