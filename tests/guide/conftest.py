"""Fixtures of the guide's tests; what they are made of is in `conftest_guide.py`, so that tests can import it by name."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from conftest_guide import guide, handed_in

__all__ = ["guide", "handed_in"]
