"""An item as flat named values, the same names in every tabular form."""

from __future__ import annotations

import json
from typing import Any

from plainrecord.bundle.shown import account_text, copy_text

# Values that hold words of a message or names of its files; left out when a person asks for no content.
CONTENT = ("subject", "text", "attachments", "status", "facts", "conversation_title")


def flat(item: dict[str, Any], bundle_id: str, *, content: bool) -> dict[str, str]:
    """The item's values by name, in a fixed order; lists are joined with "; ", maps are JSON. "" for what is not stated."""
    time, sender, position = item["time"], item["sender"] or {}, item["position"]
    conversation = item["conversation"] or {}
    values = {
        "item": item["item"],
        "record_id": item["id"],
        "bundle_id": bundle_id,
        "source": item["source"],
        "service": item["service"],
        "kind": item["kind"],
        "evidence_kind": item["evidence_kind"],
        "utc": time["ts_utc"] or "",
        "time_as_written": time["ts_raw"],
        "time_meaning": time["meaning"],
        "time_basis": time["tz_basis"],
        "time_zone": time["tz_name"] or "",
        "time_offset": time["ts_offset"] or "",
        "time_precision": time["precision"],
        "part": item["part"],
        "direction": item["direction"],
        "matched": item["matched"],
        "sender": sender.get("value") or "",
        "sender_kind": sender.get("kind") or "",
        "sender_name": sender.get("name") or "",
        "recipients": "; ".join(account_text(one) for one in item["recipients"]),
        "also_named": "; ".join(f"{account_text(one)} ({one['role']})" for one in item["also"]),
        "conversation": item["conversation_number"],
        "conversation_title": conversation.get("title") or "",
        "subject": item["subject"] or "",
        "text": item["text"] or "",
        "attachments": "; ".join(_attachment(one) for one in item["attachments"]),
        "marks": "; ".join(item["marks"]),
        "status": _json(item["status"]),
        "facts": _json(item["facts"]),
        "notes": "; ".join(item["notes"]),
        "original": position["original"],
        "original_sha256": position["original_sha256"],
        "member": position["member"],
        "position": position["locator"],
        "raw_sha256": item["raw_sha256"] or "",
        "also_in": "; ".join(copy_text(one) for one in item["copies"]),
        "carried_in": item["parent"] or "",
    }
    return values if content else {name: "" if name in CONTENT else value for name, value in values.items()}


def _attachment(one: dict[str, Any]) -> str:
    return f"{one['name'] or 'no name'} ({one['sha256'] or one['state']})"


def _json(value: dict[str, str]) -> str:
    return json.dumps(value, ensure_ascii=False) if value else ""
