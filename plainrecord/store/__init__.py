"""The case file: one SQLite database of envelopes, and what can be asked of it. Not needed to read a bundle."""

from __future__ import annotations

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
