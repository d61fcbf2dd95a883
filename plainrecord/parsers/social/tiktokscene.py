"""What all sheets of a TikTok download share: whose account it is, and names, fields and times as the download writes them.

Keys differ in case and in blanks from version to version, so fields are found by what is left without them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from plainrecord.parsers.chat.jsonchat import shown
from plainrecord.parsers.chat.pieces import TIME_MISSING, Message, no_time
from plainrecord.parsers.social.writtenutc import utc_written
from plainrecord.records import Account
from plainrecord.times import Meaning, TimeBlock

SERVICE = "tiktok"


@dataclass(frozen=True, slots=True)
class Scene:
    """The owner, where the download says who it is; and the files whose lists run from the newest entry to the oldest."""

    owner: Account | None
    backwards: frozenset[str] = frozenset()

    def is_owner(self, name: str) -> bool:
        """Whether a name is the owner's."""
        return self.owner is not None and squeezed(name) == squeezed(self.owner.value)


@lru_cache(maxsize=8192)
def squeezed(name: str) -> str:
    """A key or name as it is compared: lower case, without blanks and without “@” in front."""
    return "".join(name.casefold().split()).lstrip("@")


@lru_cache(maxsize=1024)
def _found_by(keys: tuple[str, ...]) -> dict[str, str]:
    """The keys of an element by what they are compared as; entries of one list have the same ones."""
    return {squeezed(key): key for key in reversed(keys)}


def field(element: Mapping[str, Any], *names: str) -> tuple[str, str]:
    """Key and text of the first field with one of those names (as `squeezed` writes them) that holds text or a number."""
    keys = _found_by(tuple(element))
    for name in filter(keys.__contains__, names):
        value = element[keys[name]]
        if isinstance(value, str | int) and not isinstance(value, bool) and str(value).strip():
            return keys[name], str(value)
    return "", ""


def account(name: str) -> Account | None:
    """The account of that user name."""
    bare = name.strip().removeprefix("@")
    return Account(SERVICE, "handle", bare) if bare else None


def when(element: Mapping[str, Any], meaning: Meaning = "occurred") -> tuple[str, TimeBlock]:
    """Key and time of an element. A time without a zone is UTC: the text form of the same download writes that."""
    key, written = field(element, "date", "createtime", "timestamp", "time")
    return key, utc_written(written.strip(), key, meaning, bare=True) if written else no_time(None, "Date")


def mind_the_time(message: Message) -> Message:
    """Say of a record without an instant why it has none."""
    if message.time.utc_us is None:
        message.notes.append("tiktok:date-not-understood" if message.time.ts_raw else TIME_MISSING)
    return message


def others(element: Mapping[str, Any], *said: str) -> dict[str, str]:
    """Every field that is said nowhere else and holds something."""
    empty: tuple[object, ...] = (None, "", "N/A", [], {})
    return {key: shown(value) for key, value in element.items() if key not in said and value not in empty}
