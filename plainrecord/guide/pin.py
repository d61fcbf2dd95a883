"""The screen's PIN: whether there is one, and whether a typed one is right. It locks pages and encrypts nothing.

It stands in a file of its own. Deleting that file is how a forgotten PIN is got rid of, and loses nothing else.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import tomllib
from pathlib import Path

import tomli_w

FILE_NAME = "pin.toml"
SHORTEST = 4
_COST = {"n": 2**14, "r": 8, "p": 1}


def has_pin(folder: Path) -> bool:
    """Whether the pages of this folder open with a PIN."""
    return (folder / FILE_NAME).is_file()


def set_pin(folder: Path, pin: str) -> None:
    """Keep a PIN (never itself, only what it can be checked by), or with "" no longer ask for one."""
    path = folder / FILE_NAME
    if not pin:
        path.unlink(missing_ok=True)
        return
    salt = secrets.token_bytes(16)
    path.write_text(tomli_w.dumps({"salt": salt.hex(), "scrypt": _derived(pin, salt)}), encoding="utf-8")


def is_pin(folder: Path, typed: str) -> bool:
    """Whether the typed PIN is the one that was set. A damaged file lets nobody in; deleting it does."""
    try:
        kept = tomllib.loads((folder / FILE_NAME).read_text(encoding="utf-8"))
        salt = bytes.fromhex(kept["salt"])
        return hmac.compare_digest(_derived(typed, salt), str(kept["scrypt"]))
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _derived(pin: str, salt: bytes) -> str:
    return hashlib.scrypt(pin.encode(), salt=salt, **_COST).hex()
