"""Plainrecord: from message exports and one named sender to a chronological evidence bundle anyone can check.

A library user calls the same functions as the command line: `from plainrecord import Case, build, verify`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from plainrecord.building import build, make_bundle
    from plainrecord.bundle.verify import verify
    from plainrecord.store import Case, CaseSettings

__all__ = ["Case", "CaseSettings", "__version__", "build", "make_bundle", "verify"]

_WHERE = {
    "Case": "plainrecord.store",
    "CaseSettings": "plainrecord.store",
    "build": "plainrecord.building",
    "make_bundle": "plainrecord.building",
    "verify": "plainrecord.bundle.verify",
}


def __getattr__(name: str) -> Any:
    """Load a public name when it is first asked for, so that importing one room does not import them all."""
    if name in _WHERE:
        return getattr(import_module(_WHERE[name]), name)
    raise AttributeError(f"module 'plainrecord' has no attribute {name!r}")
