"""The bundle room: what a case holds, written as a sealed BagIt bag that anyone can read and check.

`build.build_bundle` writes one from `contents.Contents`; the files it makes are specified in docs/bundle.md.
"""

from __future__ import annotations

from plainrecord.bundle.build import Built, build_bundle

__all__ = ["Built", "build_bundle"]
