"""X (Twitter): the archive a person downloads of their own account, one class and its card.

Reads: direct messages one-to-one and in groups with all events, the owner's posts, deleted posts, long posts and likes,
followers, follows, blocks and mutes, log-ins, devices and changes of the account. Eras: the archive with `data/*.js`, the one
with its scripts at the top (2018 to 2020), and the older one with a file for each month (posts only).
Cannot read: the words of encrypted messages, and what others did in public: an archive does not hold it.
Source of knowledge: the downloads reference, section 9, from public readers of the archive and their samples. Not exercised on
any real file: the shapes of calls, of registered keys and of accounts blocked by the service itself.
Tier: `public schema`. Fixture: fixtures/social-x.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from plainrecord.intake.listing import Listing, Member
from plainrecord.parsers.base import Claim, FormatCard
from plainrecord.parsers.chat.jsonchat import listed, part, words
from plainrecord.parsers.chat.pieces import chats_of
from plainrecord.parsers.social import xaccount, xarchive, xfiles, xmessages, xposts, xtable
from plainrecord.parsers.social.download import DownloadReader, Route, files_of, plain
from plainrecord.parsers.social.sheets import Sheet
from plainrecord.parsers.social.xarchive import Archive
from plainrecord.parsers.social.xscript import SERVICE
from plainrecord.records import Decision, Envelope, Unread

# Sheets that make one record of each element, so that they can be held against the counts of the manifest.
_COUNTED = frozenset({"tweets", "deleted", "longposts", "deletedlongposts", "likes", *xaccount.TIES, *xaccount.ENTRIES})


_ENCRYPTED = Decision(
    "x:encrypted-messages",
    "not known",
    "key-registry.js lists devices that can write encrypted messages; what was written that way is not in an archive",
    certain=False,
)


class X(DownloadReader[Archive]):
    """The archive of one account."""

    name = "x-archive"
    version = "1"
    service = SERVICE
    card = FormatCard(
        service=SERVICE,
        export="X (Twitter), archive of one's own account (data/*.js; also the forms of before 2020)",
        tier="public schema",
        holds="Direct messages of both sides and in groups with exact times, reactions, group events and files; the owner's own"
        " posts, replies, deleted posts and likes; followers, follows, blocks and mutes as numbers; recent log-ins, devices,"
        " changes of the account.",
        cannot_hold="What others wrote, liked or replied in public; deleted messages; the words of encrypted ones; names of"
        " accounts the owner never mentioned; when somebody followed or was blocked; message requests as such.",
        fixture="social-x",
        acts="x",
    )
    sheets: Mapping[str, Sheet[Archive]] = {
        "messages": xmessages.MESSAGES,
        "groups": xmessages.MESSAGES,
        "headers": xmessages.HEADERS,
        "calls": xmessages.CALLS,
        "tweets": xposts.POSTS,
        "deleted": xposts.DELETED,
        "postheaders": xposts.POST_HEADERS,
        "longposts": xposts.LONG_POSTS,
        "deletedlongposts": xposts.DELETED_LONG_POSTS,
        "likes": xposts.LIKES,
        "table": xtable.TABLE,
        **xaccount.SHEETS,
    }

    def roots(self, listing: Listing) -> Iterable[str]:
        """Folders above scripts that set the variables of an archive, or above the old table of posts."""
        for member in listing.members:
            folder = member.tree_path.rpartition("/")[0]
            if xfiles.is_script(member):
                yield xfiles.root_of(folder)
            elif xfiles.is_table(member.head):
                yield folder

    def route(self, path: str, member: Member) -> Route:
        """By the variable a script sets; by folder for pictures."""
        return xfiles.route(path, member)

    def settle(self, claim: Claim, routes: dict[str, Route], members: Mapping[str, Member]) -> None:
        """Keep which files are there, to hold them against the manifest; leave what is in two forms to one of them."""
        xfiles.kind_without_table(routes)
        claim.facts["present"] = json.dumps([plain(path) for path in members if path.endswith(".js")])

    def prepare(self, claim: Claim) -> None:
        """Owner, names, groups; and what the manifest says should be there."""
        for said in _manifests(claim):
            _compare_files(claim, said)
        xarchive.prepare(claim)
        keys = files_of(claim, "keyregistry")
        if any(True for member in keys for _ in xarchive.elements(claim, member, xaccount.DEVICES)):
            claim.decisions.append(_ENCRYPTED)

    def scene(self, claim: Claim) -> Archive:
        """As `prepare` learned it."""
        return xarchive.scene_of(claim)

    def scan(self, claim: Claim) -> Iterator[Envelope | Unread]:
        """Every record; then where the manifest counts otherwise."""
        found: Counter[str] = Counter()
        for item in super().scan(claim):
            found[item.position.member] += 1
            yield item
        for said in _manifests(claim):
            _compare_counts(claim, said, found)

    def conclude(self, claim: Claim, scene: Archive) -> None:
        """Say how many messages were given twice."""
        if scene.passed:
            basis = "a conversation stands in the archive more than once; ids and contents are equal"
            claim.decisions.append(Decision("x:repeated-messages", f"{scene.passed} read once", basis))


def _manifests(claim: Claim) -> Iterator[dict[str, Any]]:
    for member in files_of(claim, "manifest"):
        yield from (found.value for found in xarchive.elements(claim, member, "") if isinstance(found.value, dict))


def _named_files(said: dict[str, Any]) -> Iterator[dict[str, Any]]:
    types = said.get("dataTypes")
    for one in types.values() if isinstance(types, dict) else ():
        yield from (file for _, file in listed(one, "files"))


def _compare_files(claim: Claim, said: dict[str, Any]) -> None:
    """Name the files that the archive should have and that were not handed in."""
    present: list[str] = json.loads(claim.facts["present"])
    named = [words(file, "fileName") for file in _named_files(said)]
    missing = [name for name in named if name and not _is_there(plain(name), present)]
    if missing:
        basis = (
            f"manifest.js names {', '.join(missing[:20])}{' and others' if len(missing) > 20 else ''}, which was not handed"
            " in. What is in there is not known. Look for it among the other parts of the download, or ask for it again."
        )
        claim.decisions.append(Decision("x:missing-files", f"{len(missing)} of {len(named)} files", basis))
    if part(said, "archiveInfo").get("isPartialArchive") is True:
        basis = "manifest.js says isPartialArchive"
        claim.decisions.append(Decision("x:partial-archive", "X made only a part of the archive", basis))


def _is_there(name: str, present: list[str]) -> bool:
    """By its path, or by its name alone where the archive was taken apart."""
    return any(path == name or path.endswith(f"/{name}") or name.endswith(f"/{path}") for path in present)


def _compare_counts(claim: Claim, said: dict[str, Any], found: Counter[str]) -> None:
    sheets = dict(zip((one.tree_path for one in chats_of(claim)), json.loads(claim.facts["sheets"]), strict=True))
    for file in _named_files(said):
        name, count = plain(words(file, "fileName")), words(file, "count")
        for path, sheet in sheets.items():
            meant = name and sheet in _COUNTED and count.isdecimal() and _is_there(name, [plain(path)])
            if meant and found[path] != int(count):
                basis = f"manifest.js counts {count} in {path}; {found[path]} are there"
                claim.decisions.append(Decision("x:count-differs", path, basis, certain=False))
