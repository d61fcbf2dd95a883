"""Plainrecord: from message exports and one named sender to a chronological evidence bundle anyone can check."""

from __future__ import annotations

__version__ = "0.1.0"
