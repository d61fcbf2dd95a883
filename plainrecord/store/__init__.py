"""The case file: one SQLite database of envelopes, and what can be asked of it. Not needed to read a bundle.

Names are looked up when they are asked for: a process that only loads records has no use for the rest of the room.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from plainrecord.store.adding import AddResult
    from plainrecord.store.case import AccountCount, Case
    from plainrecord.store.settings import CaseSettings, PersonSettings, SelectSettings, WhoSettings
    from plainrecord.store.sources import refuse_changed, sources_of
    from plainrecord.store.views import all_records, contents_of

__all__ = [
    "AccountCount",
    "AddResult",
    "Case",
    "CaseSettings",
    "PersonSettings",
    "SelectSettings",
    "WhoSettings",
    "all_records",
    "contents_of",
    "refuse_changed",
    "sources_of",
]

_PLACES = {
    "adding": ("AddResult",),
    "case": ("AccountCount", "Case"),
    "settings": ("CaseSettings", "PersonSettings", "SelectSettings", "WhoSettings"),
    "sources": ("refuse_changed", "sources_of"),
    "views": ("all_records", "contents_of"),
}


def __getattr__(name: str) -> Any:
    for module, names in _PLACES.items():
        if name in names:
            return getattr(import_module(f"plainrecord.store.{module}"), name)
    raise AttributeError(name)
