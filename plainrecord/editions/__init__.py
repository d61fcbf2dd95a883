"""The edition that is served: built anew from a sealed police edition, with its own seal, and scanned before it is sealed.

Who redacts and what is served is decided by people (`instructions.py`); this room carries it out, writes down every
removal, and refuses to seal while it finds anything that tells where the owner is or how to reach them.
"""

from __future__ import annotations

from plainrecord.editions.instructions import RULES, Instructions, read_instructions
from plainrecord.editions.leaks import Leak
from plainrecord.editions.making import LeakError, Preview, make_service, preview

__all__ = ["RULES", "Instructions", "Leak", "LeakError", "Preview", "make_service", "preview", "read_instructions"]
