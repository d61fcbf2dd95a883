"""Whose Facebook download it is, and every name of a person in it, before its records are read.

Matters to the Facebook reader only. Names are needed to read prose (“Alex Mere mentioned you”); lists of names are small.
A file that cannot be read says so when its records are read.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from plainrecord.errors import PlainrecordError
from plainrecord.intake.listing import Member
from plainrecord.parsers import meta
from plainrecord.parsers.base import Claim
from plainrecord.parsers.chat.jsonchat import part, words
from plainrecord.parsers.chat.pieces import head_of
from plainrecord.parsers.jsonstream import Found, walk
from plainrecord.parsers.social.download import files_of
from plainrecord.parsers.social.facebookscene import name_of, rows_of
from plainrecord.parsers.social.metalists import list_places, mended

NAMING = (
    "friends",
    "requests-received",
    "requests-rejected",
    "requests-sent",
    "friends-removed",
    "followers",
    "following",
)


def stated_owner(claim: Claim) -> tuple[str, str]:
    """The owner's name as the profile states it, else as forms were filled in with; and where it stands."""
    for member in files_of(claim, "profile"):
        for one in _elements(claim, member):
            name = part(one, "name") or one
            if found := words(name, "full_name") or _named(one):
                return found, f"the name in {member.tree_path}"
    for member in files_of(claim, "autofill"):
        names = first_value(claim, member, ("/autofill_information_v2/FULL_NAME", "/autofill_information/FULL_NAME"))
        if isinstance(names, list) and names and isinstance(names[0], str):
            return meta.repaired(names[0]).text, f"the name in {member.tree_path}"
    return "", ""


def _named(profile: Mapping[str, Any]) -> str:
    """The name of a profile in an older or newer form; inside one more object where the file is read as one record."""
    inner = next(iter(profile.values())) if len(profile) == 1 else None
    if isinstance(inner, dict):
        return words(part(inner, "name"), "full_name") or name_of(inner)
    return name_of(profile)


def names_of(claim: Claim) -> set[str]:
    """Every name of a person that threads and lists of people state."""
    threads = json.loads(claim.facts["meta"])["threads"]
    names = {name for thread in threads.values() for name in thread["people"]}
    for sheet in NAMING:
        for member in files_of(claim, sheet):
            found = list(_elements(claim, member))
            names |= {name_of(one) for one in found} | {words(row, "value") for one in found for row in rows_of(one)}
    for member in files_of(claim, "pokes"):
        names |= {words(one, key) for one in _elements(claim, member) for key in ("poker", "pokee")}
    return names - {""}


def _elements(claim: Claim, member: Member) -> Iterator[dict[str, Any]]:
    """The records of a small list, repaired where the file is damaged; as far as it can be read."""
    damaged = member.tree_path in json.loads(claim.facts["meta"])["damaged"]
    with suppress(OSError, PlainrecordError), claim.open(member) as stream:
        for one in walk(stream, list_places(head_of(claim, member))):
            if isinstance(one, Found) and isinstance(one.value, dict):
                yield mended(one.value, set()) if damaged else one.value


def first_value(claim: Claim, member: Member, patterns: tuple[str, ...]) -> Any:
    """The first value that stands where one of the patterns says, or None."""
    with suppress(OSError, PlainrecordError), claim.open(member) as stream:
        return next((one.value for one in walk(stream, patterns) if isinstance(one, Found)), None)
    return None
