"""A download of TikTok in both forms: which text files say what the JSON beside them says, so that no message is read twice.

JSON wins where it is of the same account and has entries of that kind. Whose a text is, its profile says, or who writes in
its chats; where neither does, both forms are read and the reader says so. Decides nothing about any one message.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from plainrecord.errors import PlainrecordError
from plainrecord.intake.listing import Member
from plainrecord.parsers.base import Claim
from plainrecord.parsers.social.download import Aside, Route
from plainrecord.parsers.social.sheets import found_in
from plainrecord.parsers.social.tiktokjson import keys_of, layout_of, look_through
from plainrecord.parsers.social.tiktokscene import squeezed
from plainrecord.parsers.social.tiktoktext import owner_in, senders_in
from plainrecord.parsers.social.tiktokwords import CHAT, GROUP, MAPS, file_of, what_of

BOTH = "both-forms"
_SAYS = "Says the same as {}, which was read: of both forms of one download JSON is exact about the ends of messages."


def put_twins_aside(claim: Claim, routes: dict[str, Route], members: Mapping[str, Member]) -> None:
    """Put text files aside whose entries the JSON has; note in the claim where nobody can say whether it has them."""
    texts = {path: route for path, route in routes.items() if isinstance(route, str) and route != "json"}
    for path in [path for path, route in routes.items() if route == "json"] if texts else ():
        held, owner = _held(claim, members[path])
        theirs = _whose(claim, texts, members)
        if not held or (owner and theirs and squeezed(owner) not in theirs):
            continue
        twins = [text for text, sheet in texts.items() if _what(text, sheet) in held]
        if not (owner and theirs):
            claim.facts |= {BOTH: members[path].tree_path} if twins else {}
            continue
        for text in twins:
            routes[text] = Aside(_SAYS.format(members[path].tree_path))


def _what(path: str, sheet: str) -> str:
    """What a text file holds, in the words of the sections of JSON."""
    if sheet != "chats":
        return sheet
    return GROUP if file_of(path.rpartition("/")[2].rpartition(".")[0]) == "group" else CHAT


def _held(claim: Claim, member: Member) -> tuple[set[str], str]:
    """The kinds of entries a JSON file has at least one of, and its owner. A file that is damaged holds nothing for certain."""
    with suppress(OSError, PlainrecordError):
        patterns = {pattern: what_of(keys_of(pattern.rstrip("/*"))) for pattern in layout_of(claim, member).patterns}
        wanted, held = set(patterns.values()), set[str]()
        for found in found_in(claim, member, list(patterns)):
            above = (
                found.pointer if what_of(keys_of(found.pointer)) in MAPS.values() else found.pointer.rpartition("/")[0]
            )
            held.add(what_of(keys_of(above)))
            if held >= wanted:
                break
        return held, look_through(claim, member)[0]
    return set(), ""


def _whose(claim: Claim, texts: Mapping[str, str], members: Mapping[str, Member]) -> set[str]:
    """Who may be the owner of the text form: the one its profile names, else whoever writes in its chats."""
    with suppress(OSError, PlainrecordError):
        stated = {owner_in(claim, members[path]) for path, sheet in texts.items() if sheet == "profile"} - {""}
        if stated:
            return {squeezed(one) for one in stated} if len(stated) == 1 else set()
        chats = [members[path] for path, sheet in texts.items() if sheet == "chats"]
        return {squeezed(one) for member in chats for one in senders_in(claim, member)}
    return set()
