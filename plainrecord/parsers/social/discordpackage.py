"""Discord's own data package: what a person gets who asks for all of their data. One class, its routes and its card.

Reads: the messages the owner wrote, in every form since 2018; friends, requests and blocks; log-ins and other events of the
account; servers. It holds nothing that anybody else wrote: for both sides there are exports by other programs (`chat/discord.py`).
Source of knowledge: the downloads reference, section 12.1, from public readers of the package. Not exercised on any real file:
servers' logs, and which types of events there are.
Tier: `public schema`. Fixture: fixtures/social-discord.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from plainrecord.intake.listing import Listing, Member
from plainrecord.parsers.base import Claim, FormatCard
from plainrecord.parsers.chat.jsonchat import sniff
from plainrecord.parsers.chat.textrows import columns_of
from plainrecord.parsers.social import discordaccount, discordactivity, discordown, discordscene
from plainrecord.parsers.social.discordscene import CHANNEL, SERVICE, Package
from plainrecord.parsers.social.download import Aside, DownloadReader, Route, plain
from plainrecord.parsers.social.sheets import Sheet
from plainrecord.records import Decision

_MARKS = b"\xef\xbb\xbf \t\r\n"
_SERVER = Aside("How a server was set up, as the owner could see it; no record was taken from it.")
_PICTURE = Aside("A picture of the owner's account; no record was taken from it.")
_ASIDE = (
    (re.compile("programs?/"), Aside("What the owner wrote to join a programme of the service; no record was taken.")),
    (
        re.compile("support_?tickets?/"),
        Aside("What the owner wrote to the service's support; no record was taken from it."),
    ),
    (re.compile("activities[^/]*/"), Aside("Games and other activities the owner used; no record was taken from it.")),
    (
        re.compile("(?:ads|quests?)/"),
        Aside("Advertisements and offers shown to the owner; no record was taken from it."),
    ),
    (re.compile("account/(?:avatar|banner|recentavatars)"), _PICTURE),
    (re.compile("account/applications?/"), Aside("Programs the owner registered; no record was taken from it.")),
    (re.compile(r"readme\.txt\Z"), Aside("The service's description of the package.")),
)
_EVENTS = re.compile("events-[0-9]{4}-[0-9]+-of-[0-9]+\\.json")
_SERVER_FOLDER = re.compile("/?[0-9]{5,25}/")
_MOST_TYPES = 30


class DiscordPackage(DownloadReader[Package]):
    """One package."""

    name = "discord-package"
    version = "1"
    service = SERVICE
    card = FormatCard(
        service=SERVICE,
        export="Discord, the data package of one's own account (messages/, account/, activity/, servers/)",
        tier="public schema",
        holds="Only what the owner wrote, with exact times and ids, and to whom or where; friends, requests and blocks, as a"
        " rule undated; log-ins and other events of the account.",
        cannot_hold="Anything anybody else wrote, reacted or called: nothing of the other side is in it. Deleted messages,"
        " files (only links to them), who read a channel of a server.",
        fixture="social-discord",
        acts="discord-package",
    )
    sheets: Mapping[str, Sheet[Package]] = {
        "messages": discordown.MESSAGES,
        "table": discordown.TABLE,
        "channel": discordaccount.DESCRIBED,
        "index": discordaccount.INDEX,
        "user": discordaccount.USER,
        "servers": discordaccount.SERVERS,
        "log": discordaccount.LOG,
        "events": discordactivity.ACTIVITY,
    }

    def roots(self, listing: Listing) -> Iterable[str]:
        """Above the folder of channel folders, the folder of `user.json` and the folders of events; names may be in any language."""
        for member in listing.members:
            levels = _levels(member.tree_path, member)
            if levels:
                yield "/".join(member.tree_path.split("/")[:-levels])

    def route(self, path: str, member: Member) -> Route:
        """By shape; what is put aside, by folder."""
        if sheet := _sheet(path, member):
            return sheet
        return _aside(path)

    def settle(self, claim: Claim, routes: dict[str, Route], members: Mapping[str, Member]) -> None:
        """Tell the two lists of names apart by what stands beside them."""
        talk = {_above(path, 2) for path, route in routes.items() if route in ("messages", "table", "channel")}
        servers = {_above(path, 2) for path in routes if path.rpartition("/")[2] == "guild.json"}
        for path, route in routes.items():
            folder = _above(path, 1)
            if route == "index" and folder not in talk:
                routes[path] = "servers" if folder in servers or plain(path) == "servers/index.json" else _aside(path)
            elif route is None and any(_below(path, one) for one in servers):
                routes[path] = _SERVER

    def prepare(self, claim: Claim) -> None:
        """Owner, channels, names; and that the package is one-sided."""
        discordscene.prepare(claim)
        basis = (
            "the service gives a person only what they wrote themselves; what others wrote to them is not known from it"
        )
        claim.decisions.append(Decision("discord:one-sided", "only the owner's own messages", basis))

    def scene(self, claim: Claim) -> Package:
        """As `prepare` learned it."""
        return discordscene.scene_of(claim)

    def conclude(self, claim: Claim, scene: Package) -> None:
        """Say of which events no record was taken."""
        if scene.passed:
            most = ", ".join(
                f"{name} {count}" for name, count in sorted(scene.passed.items(), key=_largest)[:_MOST_TYPES]
            )
            said = f"{scene.passed.total()} events of {len(scene.passed)} types are no records"
            claim.decisions.append(Decision("discord:events-not-read", said, f"of types that tell of no act: {most}"))
        if scene.repeats:
            basis = "the folders of events give some of them again; ids and contents are equal"
            claim.decisions.append(Decision("discord:repeated-events", f"{scene.repeats} read once", basis))


def _aside(path: str) -> Aside | None:
    return next((aside for form, aside in _ASIDE if form.match(plain(path))), None)


def _largest(item: tuple[str, int]) -> tuple[int, str]:
    return -item[1], item[0]


def _sheet(path: str, member: Member) -> str | None:
    name, head = path.rpartition("/")[2], member.head.lstrip(_MARKS)
    if CHANNEL.search(path):
        if name == "messages.json" and _holds_messages(head):
            return "messages"
        if name == "messages.csv" and {"ID", "Timestamp", "Contents"} <= set(columns_of(member.head)):
            return "table"
        if name == "channel.json" and head[:1] == b"{" and b'"type"' in head:
            return "channel"
        if plain(name) == "auditlog.json" and head[:1] == b"[":
            return "log"
    if name == "user.json" and _is_user(member.head):
        return "user"
    if name == "index.json" and head[:1] == b"{":
        return "index"
    return "events" if _holds_events(head) or _EVENTS.fullmatch(name) else None


def _levels(path: str, member: Member) -> int:
    """How many steps of a path lead from the root to a file that shows one; 0 where the file shows none."""
    sheet = _sheet(path, member)
    if sheet in ("messages", "table", "channel"):
        return 3
    return {"user": 2, "events": 3}.get(sheet or "", 0)


def _holds_messages(head: bytes) -> bool:
    return head[:1] == b"[" and (b'"Timestamp"' in head or b'"ID"' in head or not head[1:].strip(b"] \t\r\n"))


def _holds_events(head: bytes) -> bool:
    first = head.partition(b"\n")[0]
    return first[:1] == b"{" and b'"event_type"' in first[:512] and (b'"event_id"' in first or b'"timestamp"' in first)


def _is_user(head: bytes) -> bool:
    seen = sniff(head, b"{", (b'"username"',), ("/id", "/username"))
    told = seen is not None and isinstance(seen.first("/id"), str) and isinstance(seen.first("/username"), str)
    return told and any(word in head for word in (b'"discriminator"', b'"global_name"', b'"relationships"'))


def _below(path: str, folder: str) -> bool:
    """Whether a file belongs to one of the servers whose folders stand in a folder."""
    return path.startswith(f"{folder}/" if folder else "") and bool(_SERVER_FOLDER.match(path[len(folder) :]))


def _above(path: str, levels: int) -> str:
    return "/".join(path.split("/")[:-levels])
