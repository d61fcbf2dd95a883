"""JSON Schemas (draft 2020-12) of everything a bundle writes as JSON: records, custody events, the custody manifest.

They are generated from the very models that write the files; a bundle carries them in `meta/schemas/`. The bytes
depend on this package's version alone.
"""

from __future__ import annotations

import json
from typing import Any

from pydantic.json_schema import models_json_schema

from plainrecord.custody.details import EVENT_TYPES
from plainrecord.custody.events import CUSTODY_SCHEMA_VERSION, Event
from plainrecord.custody.manifest import MANIFEST_SCHEMA_VERSION, CustodyManifest
from plainrecord.records import RECORD_SCHEMA_VERSION, Record

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def record_schema() -> dict[str, Any]:
    """The schema of one line of `items/messages.jsonl` and of `plainrecord records`."""
    return _named("record", RECORD_SCHEMA_VERSION, Record.model_json_schema())


def event_schema() -> dict[str, Any]:
    """The schema of one line of a custody log: the envelope, and for each type what it must hold besides."""
    models = {kind.details for kind in EVENT_TYPES.values()}
    ordered = sorted(models, key=lambda model: model.__name__)
    _, shared = models_json_schema([(model, "validation") for model in ordered])
    schema = Event.model_json_schema()
    schema["$defs"] = {**schema["$defs"], **shared["$defs"]}
    schema["properties"]["type"] = {"enum": sorted(EVENT_TYPES)}
    schema["allOf"] = [_condition(name) for name in sorted(EVENT_TYPES)]
    return _named("custody-event", CUSTODY_SCHEMA_VERSION, schema)


def manifest_schema() -> dict[str, Any]:
    """The schema of `manifest.json`."""
    return _named("custody-manifest", MANIFEST_SCHEMA_VERSION, CustodyManifest.model_json_schema())


def schema_files() -> dict[str, bytes]:
    """File name → bytes of every schema, in order of the names, for `meta/schemas/`."""
    return {
        "custody-event.schema.json": _written(event_schema()),
        "custody-manifest.schema.json": _written(manifest_schema()),
        "record.schema.json": _written(record_schema()),
    }


def _condition(name: str) -> dict[str, Any]:
    kind = EVENT_TYPES[name]
    holds: dict[str, Any] = {"properties": {"details": {"$ref": f"#/$defs/{kind.details.__name__}"}}}
    if kind.needs:
        holds["required"] = list(kind.needs)
    return {"if": {"properties": {"type": {"const": name}}, "required": ["type"]}, "then": holds}


def _named(name: str, version: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"$schema": _DIALECT, "$id": f"urn:plainrecord:{name}:{version}", **schema}


def _written(schema: dict[str, Any]) -> bytes:
    return (json.dumps(schema, ensure_ascii=False, indent=2, sort_keys=True) + "\n").encode("utf-8")
