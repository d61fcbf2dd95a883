"""The paper of a hand-over: one page of text and one to print from a browser, with lines for two people to sign.

Says what the entry in the log says and adds nothing. Never a word of a bundle's content.
"""

from __future__ import annotations

import base64
import hashlib
import os
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from plainrecord.bundle.page_frame import environment
from plainrecord.bundle.shown import one_line, seal_groups
from plainrecord.errors import UsageError
from plainrecord.sealed.steps import Recorded

# Longer texts would push the lines to sign off the page.
_LONGEST = 300


@dataclass(frozen=True, slots=True)
class Receipt:
    """Both forms of one receipt, and where they were put."""

    text: str
    text_path: Path
    html_path: Path


def write_receipt(done: Recorded) -> Receipt:
    """Write the receipt of a hand-over beside the bundle, named by the number of its entry. Replaces nothing."""
    said = _said(done)
    name = f".receipt-{done.event.seq:04d}"
    text = _plain().from_string(_data("receipt.txt")).render(said)
    css = Markup(_data("receipt.css").strip())  # noqa: S704 - our own
    digest = Markup(base64.b64encode(hashlib.sha256(css.encode()).digest()).decode())  # noqa: S704 - base64
    html = environment().from_string(_data("receipt.html")).render(said, style=css, style_hash=digest)
    receipt = Receipt(text, done.sealed.beside(f"{name}.txt"), done.sealed.beside(f"{name}.html"))
    _write(receipt.text_path, text.replace("\n", "\r\n"))
    _write(receipt.html_path, html)
    return receipt


def _said(done: Recorded) -> dict[str, Any]:
    event = done.event
    moved = event.transfer
    if moved is None:
        raise UsageError(f"Entry {event.seq} is no hand-over, so there is no receipt for it.")
    who = ", ".join(filter(None, (event.who.name, event.who.role, event.who.org, event.who.id_no)))
    said = {
        "bundle_id": done.sealed.bundle_id,
        "case_ref": done.sealed.case_ref,
        "what": event.what,
        "local": event.when.local.replace("T", " "),
        "zone": event.when.tz,
        "utc": event.when.utc,
        "recorded": event.when.recorded_utc,
        "place": event.where.place,
        "giver": moved.from_,
        "taker": moved.to,
        "method": moved.method,
        "why": event.why,
        "condition": event.condition or "",
        "recorder": who,
    }
    shown: dict[str, Any] = {name: one_line(value, _LONGEST) for name, value in said.items()}
    return shown | {
        "late": event.when.late,
        "seq": event.seq,
        "seal": seal_groups(done.sealed.seal),
        "head": seal_groups(event.this_hash),
    }


def _plain() -> Environment:
    # Plain text, not HTML: every value was made one visible line above.
    return Environment(undefined=StrictUndefined, trim_blocks=True, keep_trailing_newline=True)  # noqa: S701


def _data(name: str) -> str:
    return files("plainrecord.sealed").joinpath("data", name).read_text("utf-8")


def _write(path: Path, text: str) -> None:
    with path.open("x", encoding="utf-8", newline="") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
