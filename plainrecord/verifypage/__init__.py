"""`verify.html`: one page that checks a bundle in a browser, offline, with nothing installed. Put together from its parts.

The page is published apart from bundles, because whoever can change a bundle could change a page inside it. Its policy
lets run nothing but its own script, by hash, and reach nothing. What it checks stands in `data/bag.js`.
"""

from __future__ import annotations

import base64
import hashlib
from functools import lru_cache
from importlib.resources import files

from plainrecord import __version__

_SCRIPTS = ("containers.js", "bag.js", "page.js")


@lru_cache(maxsize=1)
def verify_page() -> bytes:
    """The whole page; the same bytes on every run of one version."""
    script, style = "".join(map(_part, _SCRIPTS)), _part("page.css")
    parts = {
        "version": __version__,
        "style": style,
        "style-hash": _policy_hash(style),
        "script": script,
        "script-hash": _policy_hash(script),
        "worker": _part("sha256.js"),
    }
    page = _part("page.html")
    for name, text in parts.items():
        page = page.replace(f"@{name}@", text)
    return page.encode("utf-8")


def _part(name: str) -> str:
    text = files("plainrecord.verifypage").joinpath("data", name).read_text("utf-8")
    # A script ends where this stands, whatever the script means by it.
    if name.endswith(".js") and "</script" in text.lower():
        raise ValueError(f"{name} holds what ends a script")
    return text


def _policy_hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")
