"""One download of one account: which files it is made of, which sheet reads which file, and what becomes of the rest.

What every reader of a “download your data” archive shares. A reader names its *sheets* (one for each kind of file, see
`sheets.py`) and routes each file below the download's root to a sheet, to the shelf of files that records may name, or
aside with a sentence; what it does not know at all is left to get the fate `unknown`. It knows no service.

A claim is one whole download, its parts joined. Its members are the files with records in natural order (`message_2` before
`message_10`), then the shelf. `claim.facts` keeps the root and the sheet of each file, so that `load` reads as `scan` did.
"""

from __future__ import annotations

import json
import re
import unicodedata
from abc import abstractmethod
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import count
from typing import Generic, TypeVar
from urllib.parse import unquote, urlsplit

from plainrecord.errors import PlainrecordError
from plainrecord.hashing.files import hash_stream
from plainrecord.intake.listing import Listing, Member
from plainrecord.parsers.base import Claim
from plainrecord.parsers.chat.pieces import Shelf, chats_of
from plainrecord.parsers.social.sheets import Sheet
from plainrecord.records import Account, Conversation, Decision, Envelope, Loaded, Position, Unread

D = TypeVar("D")

_DIGITS = re.compile(r"([0-9]+)")
_UNSAID = re.compile(r"[^a-z0-9/.]")
# What intake writes behind a path that is there twice.
_AGAIN = re.compile(r"%23[0-9]+\Z")


@dataclass(frozen=True, slots=True)
class Aside:
    """A file of the download from which no record is taken, and the sentence that says so."""

    says: str


@dataclass(frozen=True, slots=True)
class OnShelf:
    """A file that records may name: a picture, a voice note."""


SHELF = OnShelf()
# The name of a sheet; a file no record is read from; a file records may name; None for a file nobody knows.
Route = str | Aside | OnShelf | None


class DownloadReader(Generic[D]):
    """A parser of one service's downloads. `D` is what its sheets share: the owner, names, the time zone."""

    name: str
    version: str
    service: str
    sheets: Mapping[str, Sheet[D]]

    @abstractmethod
    def roots(self, listing: Listing) -> Iterable[str]:
        """The folders ("" for the top) in which a download of this service begins, known by what they hold."""

    @abstractmethod
    def route(self, path: str, member: Member) -> Route:
        """What is done with the file at `path` below the root (as written; compare with `plain`)."""

    def prepare(self, claim: Claim) -> None:
        """Before the first record: read what tells whose account it is, and write it into `claim.facts` or `decisions`."""

    @abstractmethod
    def scene(self, claim: Claim) -> D:
        """What all sheets share, from `claim.facts` and `claim.members` alone, so that `load` has the same."""

    def parts(self, root: str, listing: Listing) -> Iterable[str]:
        """Further folders that are parts of the download at `root`: a service may pack one download as several archives."""
        return ()

    def conclude(self, claim: Claim, scene: D) -> None:
        """Behind the last record: what only a whole reading tells, as `claim.decisions` (files no record named)."""

    def settle(self, claim: Claim, routes: dict[str, Route], members: Mapping[str, Member]) -> None:
        """Change routes that depend on other files (a page whose JSON twin is there); paths below the root."""

    def title(self, root: str, listing: Listing) -> str:
        """What the claim is called: the folder's own name, or that of the export."""
        return root.rpartition("/")[2] or listing.name

    def claim(self, listing: Listing) -> Iterable[Claim]:
        """One claim for each download in the listing."""
        taken: list[str] = []
        for root in sorted(set(self.roots(listing)), key=lambda path: (path.count("/"), path)):
            if not any(_below(root, other) for other in taken):
                folders = list(dict.fromkeys((root, *self.parts(root, listing))))
                claims = list(self._claim(listing, folders))
                # A root below which nothing is read takes no download away that lies deeper.
                taken += folders if claims else []
                yield from claims

    def _claim(self, listing: Listing, folders: Sequence[str]) -> Iterator[Claim]:
        root, members = folders[0], _members(listing, folders)
        routes = {path: self.route(_AGAIN.sub("", path), member) for path, member in members.items()}
        claim = Claim(self.name, self.title(root, listing), (), listing.options)
        self.settle(claim, routes, members)
        read = sorted((path for path, route in routes.items() if isinstance(route, str)), key=natural)
        if not read:
            return
        shelf = [path for path, route in routes.items() if isinstance(route, OnShelf)]
        claim.members = tuple(members[path] for path in (*read, *shelf))
        claim.aside |= {
            members[path].tree_path: route.says for path, route in routes.items() if isinstance(route, Aside)
        }
        claim.facts |= {"chats": str(len(read)), "root": root, "sheets": json.dumps([routes[path] for path in read])}
        if len(folders) > 1:
            claim.facts["folders"] = json.dumps(folders)
        yield claim

    def scan(self, claim: Claim) -> Iterator[Envelope | Unread]:
        """Every record, file by file; a file that cannot be read on costs no other file."""
        again = _repeated(claim)
        self.prepare(claim)
        scene = self.scene(claim)
        for member, sheet in self._files(claim):
            if member.tree_path in again:
                continue
            try:
                yield from sheet.scan(claim, member, scene, self.service)
            except (OSError, PlainrecordError) as error:
                detail = f"Reading stopped here ({error}). Records before were kept; what follows was not read."
                yield Unread(Position(member.tree_path, "file"), "reading-stopped", detail)
        self.conclude(claim, scene)

    def load(self, claim: Claim, wanted: Collection[Position]) -> Iterator[Loaded]:
        """Those records with text and files."""
        shelf, scene = Shelf(claim), self.scene(claim)
        places: dict[str, list[Position]] = {}
        for position in wanted:
            places.setdefault(position.member, []).append(position)
        for member, sheet in self._files(claim):
            if positions := places.get(member.tree_path):
                yield from sheet.load(claim, member, scene, self.service, positions, shelf)

    def _files(self, claim: Claim) -> Iterator[tuple[Member, Sheet[D]]]:
        names: list[str] = json.loads(claim.facts["sheets"])
        for member, name in zip(chats_of(claim), names, strict=True):
            yield member, self.sheets[name]


def files_of(claim: Claim, sheet: str) -> list[Member]:
    """The files of a claim that are read with that sheet, in their order."""
    names: list[str] = json.loads(claim.facts["sheets"])
    return [member for member, name in zip(chats_of(claim), names, strict=True) if name == sheet]


def handles_beside(
    owner: Account | None,
    owner_handle: str,
    handles: Mapping[str, Sequence[str]],
    sender: Account | None,
    recipients: Iterable[Account],
) -> tuple[Account, ...]:
    """Handles beside numbers, for `Message.also`: the owner's, another sender's, and those of whoever it was for.

    `handles` gives a handle first for an id; who has none there is not named a second time.
    """
    found = (
        [replace(owner, kind="handle", value=owner_handle, name=None, role="owner")] if owner and owner_handle else []
    )
    said = [(sender, "sender")] if sender else []
    said += [(one, "recipient") for one in recipients if one != sender]
    for one, role in said:
        handle = handles.get(one.value, ("",))[0] if one.kind == "id" and one != owner else ""
        found += [replace(one, kind="handle", value=handle, role=role)] if handle else []
    return tuple(found)


def below(root: str, member: Member) -> str:
    """A member's path below the root of its download."""
    return member.tree_path[len(root) + 1 :] if root else member.tree_path


def _members(listing: Listing, folders: Sequence[str]) -> dict[str, Member]:
    """The members of all parts of a download by their path below their folder; a path that is there again gets a number."""
    found: dict[str, Member] = {}
    for folder in folders:
        for member in listing.under(folder):
            path = below(folder, member)
            numbers = (f"{path}%23{number}" for number in count(2))
            found[path if path not in found else next(one for one in numbers if one not in found)] = member
    return found


def _below(path: str, root: str) -> bool:
    return not root or path == root or path.startswith(f"{root}/")


def roots_by(listing: Listing, is_at: Callable[[str, Member], str | None]) -> Iterator[str]:
    """The roots that files of a listing show: `is_at` gives the path of a known file below its root, or None.

    Trap: the folder a download begins in is optional and may have any name (it is re-zipped, or unpacked one level up).
    """
    for member in listing.members:
        known = is_at(member.tree_path, member)
        if known is not None and (member.tree_path == known or member.tree_path.endswith(f"/{known}")):
            yield member.tree_path[: -len(known)].rstrip("/")


@lru_cache(maxsize=4096)
def plain(path: str) -> str:
    """A path as it is compared: compatibility forms folded, lower case, and nothing but `a-z 0-9 / .`.

    Trap: `who_you've_followed.json` is also written with a typographic apostrophe, or with `_` in its place.
    """
    return _UNSAID.sub("", unicodedata.normalize("NFKC", path).casefold())


def shard(path: str) -> tuple[str, int | None]:
    """`plain(path)` without the number before its ending, and that number: `comments_2.json` is ("comments.json", 2)."""
    match = re.fullmatch(r"(.*?)[_-]([0-9]{1,6})(\.[A-Za-z0-9]+)", path)
    return (plain(match[1] + match[3]), int(match[2])) if match else (plain(path), None)


def natural(path: str) -> tuple[tuple[bool, int, str], ...]:
    """A sort key by which numbers in names count as numbers."""
    return tuple(
        (True, int(part), "") if part.isascii() and part.isdigit() and len(part) < 19 else (False, 0, part)
        for part in _DIGITS.split(path)
    )


def _repeated(claim: Claim) -> set[str]:
    """Files that are in the download twice, byte for byte: parts of a download may repeat each other.

    Of two that differ both are read, and a decision says so: what changed between them may matter. Decisions count files
    and name none: the folders of threads bear people's names, and a decision is shown even where the thread is left out.
    """
    firsts: dict[str, Member] = {}
    repeated: set[str] = set()
    states = 0
    folders: list[str] = json.loads(claim.facts.get("folders", '[""]'))
    for member in chats_of(claim):
        folder = next((one for one in folders if _below(member.tree_path, one)), "")
        name = _AGAIN.sub("", below(folder, member))
        first = firsts.setdefault(name, member)
        if first is not member and _same_bytes(claim, first, member):
            repeated.add(member.tree_path)
        elif first is not member:
            states += 1
    if repeated:
        basis = f"{_holds(len(repeated))} the same bytes as another file of the same name in this download"
        claim.decisions.append(Decision("download:repeated-file", "read once", basis))
    if states:
        basis = f"{_holds(states)} other bytes than another file of the same name in this download"
        claim.decisions.append(Decision("download:two-states-of-a-file", "both read", basis))
    return repeated


def _holds(files: int) -> str:
    return "1 file holds" if files == 1 else f"{files} files hold"


def _same_bytes(claim: Claim, one: Member, other: Member) -> bool:
    if one.size is not None and other.size is not None and one.size != other.size:
        return False
    digests = []
    for member in (one, other):
        with claim.open(member) as stream:
            digests.append(hash_stream(stream))
    return digests[0] == digests[1]


def web_steps(address: str) -> tuple[str, list[str]]:
    """Host and path steps of a web address, decoded; ("", []) for what is none. Never raises."""
    try:
        found = urlsplit(address.strip())
    except ValueError:
        return "", []
    return found.netloc, [unquote(step) for step in found.path.split("/") if step]


def account_events(service: str) -> Conversation:
    """Where log-ins and changes of the owner's own account stand: they name nobody, and are taken in when asked for."""
    return Conversation(f"{service}:account-events", "Events of the account itself", account_events=True)


def acts_with(account: Account | None, service: str) -> Conversation:
    """Where acts that are no messages stand: all those with one account together, so that nobody else's come along."""
    if account is None:
        return Conversation()
    key = f"{service}:acts:{account.kind}:{account.value}"
    return Conversation(key, f"{account.name or account.value}: acts other than messages")
