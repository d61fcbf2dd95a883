"""The bundle room: what a case holds, written as a sealed BagIt bag that anyone can read and check.

`build.build_bundle` writes one from `contents.Contents`; the files it makes are specified in docs/bundle.md. Names are
looked up when they are asked for: a process that only makes runs of items has no use for the rest of the room.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from plainrecord.bundle.build import Built, build_bundle

__all__ = ["Built", "build_bundle"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(name)
    return getattr(import_module("plainrecord.bundle.build"), name)
