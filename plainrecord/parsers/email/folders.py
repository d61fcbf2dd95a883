"""The folder a mail stands in: its name as the container states it, and the mark its role gives (sent, draft, spam, trash).

Names are localised, so roles come from a table of words; an unknown name gives no mark and is kept all the same.
"""

from __future__ import annotations

import tomllib
import unicodedata
from functools import cache
from importlib.resources import files

_SUFFIXES = (".mbox", ".imapmbox", ".mbx", ".sbd")


def mailbox_folder(tree_path: str) -> str:
    """The folder a mailbox file holds, from its path: `Mail/Inbox.sbd/Work` is "Inbox/Work", `Sent.mbox/mbox` is "Sent".

    Only the parts that belong to the mailbox itself count; the folders it was copied to do not.
    """
    parts = tree_path.split("/")
    if len(parts) > 1 and parts[-1] == "mbox" and parts[-2].endswith(_SUFFIXES):
        parts.pop()
    first = len(parts) - 1
    while first > 0 and parts[first - 1].endswith((".sbd", ".mbox", ".imapmbox")):
        first -= 1
    return "/".join(_stem(part) for part in parts[first:])


def folder_mark(name: str) -> tuple[str, ...]:
    """The mark for a folder or label of that name: ("sent",), ("draft",), ("spam",), ("trash",), ("chat",) or ()."""
    found = _roles().get(_plain(name)) or _roles().get(_plain(name.rpartition("/")[2]))
    return (found,) if found else ()


def _stem(part: str) -> str:
    for suffix in _SUFFIXES:
        if part.endswith(suffix) and part != suffix:
            return part[: -len(suffix)]
    return part


def _plain(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", name).split()).casefold()


@cache
def _roles() -> dict[str, str]:
    table = tomllib.loads(files(__package__).joinpath("folder_roles.toml").read_text("utf-8"))
    return {_plain(name): role for role, names in table.items() for name in names}
