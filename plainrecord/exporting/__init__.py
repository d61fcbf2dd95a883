"""A sealed bundle in forms that other programs read: CASE/UCO for labs, Timesketch for timelines, one table for anything.

Derived files, written beside a bundle and never into it; each says which bundle and seal it was made from. Reads what
stands in the bundle and nothing else, verifies nothing, and says how many items a form cannot hold.
"""

from __future__ import annotations

from plainrecord.exporting.writing import FORMS, Exported, export_bundle

__all__ = ["FORMS", "Exported", "export_bundle"]
