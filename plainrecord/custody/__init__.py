"""Custody: who did what, when and why, as an append-only log that anyone can check (docs/custody.md)."""

from __future__ import annotations

from plainrecord.custody.checking import ChainProblem, check_chain, read_lines
from plainrecord.custody.events import GENESIS, Event, EventRefusedError, Who
from plainrecord.custody.log import CustodyLog, EventFields

__all__ = [
    "GENESIS",
    "ChainProblem",
    "CustodyLog",
    "Event",
    "EventFields",
    "EventRefusedError",
    "Who",
    "check_chain",
    "read_lines",
]
