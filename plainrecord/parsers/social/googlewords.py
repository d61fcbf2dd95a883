"""The words Google writes into a Takeout in the language of the account; they stand in `data/google.toml` with their source."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from typing import Any

WORDS: dict[str, Any] = tomllib.loads(
    (files("plainrecord.parsers.social") / "data" / "google.toml").read_text(encoding="utf-8")
)
