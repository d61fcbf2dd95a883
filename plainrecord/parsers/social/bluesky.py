"""Bluesky: the repository of an account (a `.car` file) and the export of chats (JSON lines).

Reads: the owner's own posts, likes, reposts, follows and blocks with the time the app wrote; chat messages both ways. Cannot
read: anything others did in public, log-ins; the repository has none of it.
Source of knowledge: the downloads reference, section 15 (the service's public lexicons), and the CAR and DAG-CBOR specifications.
Tier: `public schema` for the repository; the lines of the chat export are `not exercised` (their outer shape is not documented).
Fixture: fixtures/social-bluesky.

People are `did:…` ids. Times in a repository are written by the app of whoever made the record, so they are the owner's claim.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from plainrecord.errors import PlainrecordError
from plainrecord.intake.listing import Listing, Member
from plainrecord.intake.reading import Stream
from plainrecord.parsers.base import Claim, FormatCard
from plainrecord.parsers.chat.jsonchat import listed, part, rest, utc_text, words
from plainrecord.parsers.chat.lines import lines
from plainrecord.parsers.chat.pieces import Message, Problem, chats_of, no_time
from plainrecord.parsers.social.dagcbor import blocks, decoded
from plainrecord.parsers.social.download import DownloadReader, Route, acts_with, roots_by
from plainrecord.parsers.social.rows import no_instant
from plainrecord.parsers.social.sheets import Piece, PieceSheet, Sheet, Where
from plainrecord.records import Account, Conversation, Decision, Kind

SERVICE = "bluesky"
Told = list[Message] | Problem

# Record type → kind and mark; all are the owner's own acts.
_TYPES: Mapping[str, tuple[Kind, str]] = {
    "app.bsky.feed.post": ("post", "posted"),
    "app.bsky.feed.like": ("reaction", "liked"),
    "app.bsky.feed.repost": ("reaction", "reposted"),
    "app.bsky.graph.follow": ("follow", "followed"),
    "app.bsky.graph.block": ("block", "blocked"),
    "app.bsky.graph.listblock": ("block", "blocked-list"),
    "app.bsky.actor.profile": ("profile_change", "profile"),
}
_SAID = ("$type", "createdAt", "text", "subject")


@dataclass(frozen=True, slots=True)
class Scene:
    """The owner, where one is known; whose each repository is, by its file; and who writes in each chat."""

    owner: Account | None
    authors: Mapping[str, str]
    talks: Mapping[str, list[str]]

    def author(self, member: Member) -> Account | None:
        """Whose repository a file is: anybody's can be downloaded by anybody, so it need not be the owner's."""
        did = self.authors.get(member.tree_path)
        return Account(SERVICE, "id", did) if did else None


def repository(stream: Stream) -> Iterator[Piece]:
    """The blocks of a CAR file as pieces; the lengths and CIDs between them are frame."""
    for block in blocks(stream):
        if block.raw is None:
            yield Piece(block.start, b"", "unknown")
        else:
            yield Piece(block.start, block.raw, "record" if b"e$type" in block.raw else _frame(block.raw))


def _frame(raw: bytes) -> str:
    """A commit, or a node of the tree that holds the records together; whatever else has no type is not passed over."""
    tree = raw[:3] in (b"\xa1ae", b"\xa2ae")
    return "frame" if tree or (b"cdid" in raw and b"crev" in raw and b"csig" in raw) else "unknown"


def record(where: Where[Scene], raw: bytes) -> Told:
    """One block that states a type: something the owner did."""
    try:
        value = decoded(raw)
    except ValueError as error:
        return Problem("bad-block", f"The block is no DAG-CBOR value ({error}).")
    type_ = words(value, "$type")
    if not type_:
        return Problem("no-type", "The block states no type of record.")
    kind, mark = _TYPES.get(type_, ("other", type_.rpartition(".")[2]))
    when = (
        utc_text(words(value, "createdAt"), "createdAt", "written")
        if words(value, "createdAt")
        else no_time(None, "createdAt")
    )
    author, other = where.scene.author(where.member), _other(value)
    said = Message(kind, when, author, acts_with(other, SERVICE), text=words(value, "text") or None)
    said.recipients, said.owner = (other,) if other else (), where.scene.owner
    said.marks += ["own-act", mark] if author == said.owner else [mark]
    said.notes += [] if author else ["bluesky:author-not-stated"]
    said.notes += no_instant(when, SERVICE)
    said.facts = {"type": type_} | rest(value, _SAID)
    if isinstance(value.get("subject"), dict):
        said.facts["subject"] = words(value["subject"], "uri")
    return [said]


def _other(value: Mapping[str, Any]) -> Account | None:
    """Whom an act concerns: the subject's id, the author of the post it names, or the first one mentioned or answered."""
    subject = value.get("subject")
    named = (
        subject
        if isinstance(subject, str)
        else words(subject, "uri") or words(part(part(value, "reply"), "parent"), "uri")
    )
    if not named:
        features = (one for _, facet in listed(value, "facets") for _, one in listed(facet, "features"))
        named = next((words(one, "did") for one in features if words(one, "did")), "")
    did = named.removeprefix("at://").split("/", maxsplit=1)[0]
    return Account(SERVICE, "id", did) if did.startswith("did:") else None


def _talk(member: Member, value: Any, view: Mapping[str, Any]) -> str:
    return words(value, "convoId") or words(view, "convoId") or words(part(value, "convo"), "id") or member.tree_path


def json_lines(stream: Stream) -> Iterator[Piece]:
    """Every line that is not empty."""
    for line in lines(stream):
        yield Piece(line.start, line.raw, "record" if line.raw.strip() else "frame")


def chat(where: Where[Scene], raw: bytes) -> Told:
    """One line of the chat export: a message, or one that was deleted."""
    try:
        value = json.loads(raw.decode("utf-8", "surrogateescape"))
    except (ValueError, RecursionError):
        return Problem("bad-json", "The line is not valid JSON.")
    view = part(value, "message") or (value if isinstance(value, dict) else {})
    did = words(part(view, "sender"), "did")
    if not did or not words(view, "sentAt"):
        return Problem("not-a-message", "The line holds no message with a sender and a time.")
    talk = _talk(where.member, value, view)
    sender, owner = Account(SERVICE, "id", did), where.scene.owner
    said = Message("message", utc_text(words(view, "sentAt"), "sentAt"), sender, Conversation(f"{SERVICE}:{talk}"))
    said.owner = owner
    # It is the owner's own copy of a chat: what others wrote there was written to the owner. To whom the owner wrote is told
    # only where one other writes.
    others = [one for one in where.scene.talks.get(talk, []) if owner and one != owner.value]
    if owner and sender != owner:
        said.recipients = (owner,)
    elif owner and len(others) == 1:
        said.recipients = (Account(SERVICE, "id", others[0]),)
    said.text = words(view, "text") or None
    said.marks += ["deleted"] if "deleted" in words(view, "$type").casefold() else []
    said.facts = rest(view, ("$type", "text", "sender", "sentAt", "convoId"))
    return [said]


_SHEETS: dict[str, Sheet[Scene]] = {
    "repository": PieceSheet(repository, record),
    "chat": PieceSheet(json_lines, chat),
}


class Bluesky(DownloadReader[Scene]):
    """The repository of one account, and its chats."""

    name = "bluesky"
    version = "1"
    service = SERVICE
    sheets = _SHEETS
    card = FormatCard(
        service=SERVICE,
        export="Bluesky, repository of an account (.car) and export of chats (JSON lines)",
        tier="public schema",
        holds="The owner's own posts, likes, follows and blocks with the time the app wrote; chats both ways where they were exported.",
        cannot_hold="Anything others did in public, requests, log-ins.",
        fixture="social-bluesky",
        acts="bluesky",
    )

    def roots(self, listing: Listing) -> Iterable[str]:
        """Where a repository or an export of chats lies."""
        return roots_by(listing, lambda _path, member: member.name if _sheet_of(member) else None)

    def route(self, path: str, member: Member) -> Route:
        """By content."""
        return _sheet_of(member)

    def prepare(self, claim: Claim) -> None:
        """A repository is theirs who signed its commit. Of several accounts none is taken for the owner, unless a person said so."""
        names = json.loads(claim.facts["sheets"])
        authors, talks = dict[str, str](), dict[str, dict[str, None]]()
        for member, sheet in zip(chats_of(claim), names, strict=True):
            # A file that cannot be read says so when its records are read.
            with suppress(OSError, PlainrecordError):
                if sheet == "repository":
                    signer = _signer(claim, member)
                    authors |= {member.tree_path: signer} if signer else {}
                else:
                    _learn_talks(claim, member, talks)
        known = list(dict.fromkeys(authors.values()))
        said = [one for one in claim.options.owner_names if one in known]
        owner = known[0] if len(known) == 1 else said[0] if said else ""
        claim.facts |= {
            "owner": owner,
            "authors": json.dumps(authors),
            "talks": json.dumps({k: list(v) for k, v in talks.items()}),
        }
        if len(known) != 1:
            basis = f"repositories of {len(known)} accounts are here"
            claim.decisions.append(Decision("bluesky:owner", owner or "not known", basis, certain=bool(said)))

    def scene(self, claim: Claim) -> Scene:
        """As `prepare` found it."""
        facts = claim.facts
        owner = Account(SERVICE, "id", facts["owner"]) if facts.get("owner") else None
        return Scene(owner, json.loads(facts.get("authors", "{}")), json.loads(facts.get("talks", "{}")))


def _signer(claim: Claim, member: Member) -> str:
    with claim.open(member) as stream:
        for block in blocks(stream):
            if block.raw and b"cdid" in block.raw and b"crev" in block.raw and (did := _committer(block.raw)):
                return did
    return ""


def _learn_talks(claim: Claim, member: Member, talks: dict[str, dict[str, None]]) -> None:
    with claim.open(member) as stream:
        for line in lines(stream):
            with suppress(ValueError, RecursionError):
                value = json.loads(line.raw.decode("utf-8", "surrogateescape"))
                view = part(value, "message") or (value if isinstance(value, dict) else {})
                if did := words(part(view, "sender"), "did"):
                    talks.setdefault(_talk(member, value, view), {})[did] = None


def _committer(raw: bytes) -> str:
    try:
        value = decoded(raw)
    except ValueError:
        return ""
    # A record may hold fields of any name; what signs the repository is no record, and has no type.
    signed = not words(value, "$type") and words(value, "rev") and words(value, "did").startswith("did:")
    return words(value, "did") if signed else ""


def _sheet_of(member: Member) -> str | None:
    head = member.head
    # The header of a CAR is a map of "roots" and "version".
    if b"eroots" in head[:64] and b"gversion" in head[:120]:
        return "repository"
    first = head.lstrip(b"\xef\xbb\xbf").split(b"\n", 1)[0]
    known = b'"sentAt"' in first and b'"did"' in first
    return "chat" if first.startswith(b"{") and known else None
