"""mbox: one file, many mails. Thunderbird folders, Apple Mail exports, Gmail Takeout, mutt, Unix mail spools, MMDF.

Reads: mboxo, mboxrd, mboxcl, mboxcl2, MMDF, every `From ` line form of public mailboxes; LF, CRLF and mixed line ends.
Cannot read: mailboxes whose lines end in bare CR. Not decided: which of the quoting variants a file is (nothing in the
file says so, except for Gmail), so quoted lines are kept as stored.
Tested with: Gmail Takeout both separator styles, Thunderbird 102-style folders, Apple Mail export folders, and real
list mail of 2002. Source of knowledge: RFC 4155, qmail and Dovecot documentation, public parsers and their tests.
Tier: `real sample` for plain mbox (fixtures/email-real), `public schema` for the dialects (fixtures/email-mbox).

A record is the mail's own bytes: from behind the `From ` line up to the next one, the blank line before it included,
exactly as stored. `items/native/*.eml` and `raw_sha256` are of that slice. The `From ` line itself belongs to the
container: its time is among the record's dates, its text is the fact `from_line`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace

from plainrecord.intake.listing import Listing, Member
from plainrecord.intake.reading import Block
from plainrecord.parsers.base import Brief, Claim, FormatCard, Piece
from plainrecord.parsers.email import asides, message, shapes
from plainrecord.parsers.email.folders import folder_mark, mailbox_folder
from plainrecord.parsers.email.mailscan import HEAD, Run, header_end
from plainrecord.parsers.email.message import ContainerFacts, Quoting
from plainrecord.parsers.email.quick import QuickReader
from plainrecord.parsers.email.separators import LINE_LIMIT, from_line_time, is_git_patch, is_undated
from plainrecord.parsers.email.singles import together
from plainrecord.parsers.email.splitting import Findings, Mail, Stray, split, split_in_runs
from plainrecord.parsers.email.storemarks import StoreFacts, StoreReader
from plainrecord.records import Decision, Envelope, Loaded, Position, Unread
from plainrecord.times import TimeBlock

# What is read in front of a record to see its separator line and whether a blank line stands before it.
_BEFORE = LINE_LIMIT + 16
# So many bytes of headers travel together to another process.
_PIECE = 512 << 10
_PIECE_PARTS = 1_000
_MAIL_VALUES = 5
_GMAIL_LINE = re.compile(rb"From [0-9]{10,20}@xxx ")
# Only Gmail is known to quote without loss; of the others nothing in the file says what they do.
_QUOTING: dict[str, Quoting] = {"gmail": "mboxrd", "google-groups": "mboxrd", "mmdf": "none"}
_OVER = "header-block-over-1-MiB"
_SAYS = {
    "bare-from-line": "separator lines that say only “From”; a header follows each",
    "separator-without-blank-line": "separator lines without a blank line before them",
    "separator-before-odd-line": "separator lines not followed at once by a header field",
    "from-line-without-headers": "dated “From” lines without a header behind them, kept as text of the mail round them",
    "from-line-without-date": "“From” lines without a date but with a header behind them, kept as text",
    "trap-1:git-patch-line": "first lines of git patches, kept as text",
    "trap-5:from-line-inside-content-length": "mails whose stated length covers separator lines; the length was followed",
    "trap-5:content-length-wrong": "mails whose stated length does not lead to the next mail; it was not followed",
    _OVER: "mails whose header is over 1 MiB; only its first 1 MiB was read for the overview",
}


class Mbox:
    """Mailbox files of the mbox family."""

    name = "mbox"
    version = "1"
    service = "email"
    card = FormatCard(
        service="email",
        export="mailbox file (mbox, MMDF): Gmail Takeout, Thunderbird, Apple Mail export, Unix mail",
        tier="real sample",
        holds="Mails with all headers, bodies and attachments; deleted mails until the folder is compacted; Gmail labels.",
        cannot_hold="Mail deleted for good before the export; whether and when the owner read a mail.",
        fixture="email-mbox",
    )

    def claim(self, listing: Listing) -> Iterable[Claim]:
        """One claim for each mailbox file; indexes and settings of mail programs beside them are set aside."""
        beside = shapes.Neighbours.of(listing.members)
        maildirs = shapes.maildir_roots(listing.members)
        claims = [
            Claim(
                self.name,
                _folder(member),
                (member,),
                listing.options,
                facts={"dialect": _dialect(member.head), "folder": _folder(member), **_undated(member.head)},
            )
            for member in listing.members
            if shapes.is_mailbox(member, beside) and shapes.maildir_root(member) not in maildirs
        ]
        asides.attach(claims, listing.members)
        return claims

    def scan(self, claim: Claim) -> Iterator[Envelope | Unread]:
        """Every mail, from its header alone. Memory: the read windows, whatever the size of the mailbox."""
        run = _Run(claim)
        for part in _parted(claim):
            if isinstance(part, Run):
                yield from (run.record(Mail(*values)) for values in part.mails)
            else:
                yield run.record(part)

    def pieces(self, claim: Claim) -> Iterator[Piece]:
        """The mailbox, hashed and parted here, in pieces that `read_piece` makes the same records of as `scan`."""
        some: Piece = []
        size = 0
        for part in _parted(claim):
            if isinstance(part, Run):
                some += part.mails
                size += sum(len(header) for _, _, _, header, _ in part.mails)
            elif isinstance(part, Mail):
                some.append((part.separator, part.start, part.end, part.header, part.notes))
                size += len(part.header)
            else:
                some.append((part.start, part.end, part.kind, part.detail))
            if size >= _PIECE or len(some) >= _PIECE_PARTS:
                yield some
                some, size = [], 0
        _RUNS.clear()  # whoever reads the last pieces here needs little of what is remembered
        yield some

    def read_piece(self, claim: Claim, piece: Piece) -> Iterator[Envelope | Brief | Unread]:
        """The records of one piece, usual mails in brief."""
        run = _run_of(claim)
        for values in piece:
            if len(values) == _MAIL_VALUES:
                yield run.brief(*values) or run.record(Mail(*values))  # type: ignore[arg-type]
            else:
                yield run.record(Stray(*values))  # type: ignore[arg-type]

    def load(self, claim: Claim, wanted: Collection[Position]) -> Iterator[Loaded]:
        """Those mails with their content; each is split anew from its own bytes, so that it says the same as in `scan`."""
        run = _Run(claim)
        spans = sorted((_span(position.locator), position) for position in wanted)
        ranges, done = [], 0
        for (start, end), _ in spans:
            ranges.append((max(done, start - _BEFORE), end))
            done = end
        pieces = claim.slices(run.member, ranges)
        tail, done = b"", 0
        for ((start, end), position), (low, _), piece in zip(spans, ranges, pieces, strict=True):
            # Of records that stand one behind the other no byte is read twice: the end of the last shows what is before.
            data = tail + piece if low == done else piece
            yield run.loaded(data, start - end, position, whole=low == 0)
            tail, done = data[-_BEFORE:], end


# Pieces of one mailbox come one after the other, and what a run remembers of the last one makes the next one cheaper.
_RUNS: dict[object, _Run] = {}


def _run_of(claim: Claim) -> _Run:
    member = claim.members[0]
    key = (member.original, member.path, member.tree_path, claim.options, *sorted(claim.facts.items()))
    if key not in _RUNS:
        _RUNS.clear()
        _RUNS[key] = _Run(claim)
    return _RUNS[key]


def _parted(claim: Claim) -> Iterator[Mail | Stray | Run]:
    findings = Findings()
    with claim.open(claim.members[0]) as stream:
        yield from split_in_runs(stream.blocks(head=HEAD), findings)
    claim.decisions.extend(_decisions(findings))


class _Run:
    """What is the same for all mails of one mailbox, and what is remembered between them."""

    def __init__(self, claim: Claim) -> None:
        self.member: Member = claim.members[0]
        self._options = claim.options
        self._dialect = claim.facts.get("dialect", "")
        self._undated = "undated" in claim.facts
        self._folder = claim.facts.get("folder", "")
        self._marks = folder_mark(self._folder)
        self._quoting: Quoting = _QUOTING.get(self._dialect, "unknown")
        self._memo = message.Memo()
        self._store = StoreReader()
        self._quick = QuickReader(self._memo, self._store, self._dates)

    def record(self, part: Mail | Stray) -> Envelope | Unread:
        """What a part of the mailbox holds."""
        position = Position(self.member.tree_path, f"bytes:{part.start}-{part.end}")
        if not isinstance(part, Mail):
            return Unread(position, part.kind, part.detail)
        if not part.header and b"\r" in part.separator.rstrip(b"\r\n"):
            # The whole rest of the mailbox may stand in this one line.
            whole = Position(self.member.tree_path, f"bytes:{part.start - len(part.separator)}-{part.end}")
            return Unread(whole, "bare-cr", "Its lines end in CR alone, so it could not be read as mail.")
        found = self.envelope(part, position)
        if _OVER in part.notes and not (found.sender and found.recipients):
            return Unread(position, "header-too-long", "Who it is from or to is not in the first 1 MiB of its header.")
        return found

    def brief(self, separator: bytes, start: int, end: int, header: bytes, notes: tuple[str, ...]) -> Brief | None:
        """What a case keeps of one mail, when nothing about it is unusual."""
        if _OVER in notes:
            return None
        return self._quick.brief(header, self.member.tree_path, f"bytes:{start}-{end}", separator, self._marks)

    def envelope(self, mail: Mail, position: Position) -> Envelope:
        """The envelope of one mail from its header block."""
        store = self._store.facts(mail.header)
        found = message.envelope(
            mail.header,
            position=position,
            options=self._options,
            container=self._container(mail, store),
            memo=self._memo,
        )
        return replace(found, kind=store.kind) if store.kind else found

    def loaded(self, data: bytes, start: int, position: Position, *, whole: bool) -> Loaded:
        """One mail with its content; it is `data[start:]` (`start` is negative, or 0 for a mail without a byte)."""
        start = len(data) + start
        mail = self._split_again(data, start, whole=whole)
        store = self._store.facts(mail.header)
        found = message.load(
            data[start:],
            position=position,
            options=self._options,
            container=self._container(mail, store),
            memo=self._memo,
        )
        if mail.separator:
            found.facts["from_line"] = mail.separator.rstrip(b"\r\n").decode("utf-8", "backslashreplace")
        if store.kind:
            found.envelope = replace(found.envelope, kind=store.kind)
        return found

    def _split_again(self, data: bytes, start: int, *, whole: bool) -> Mail:
        if self._dialect != "mmdf":
            block = Block(bytearray(data), 0, len(data), 0, last=True)
            patches = self._dialect == "git-patches"
            for piece in split([block], Findings(), whole=whole, patches=patches, undated=self._undated):
                if isinstance(piece, Mail) and piece.start == start:
                    return piece
        # Of a mail of a byte or two, what shows that its line separates stands behind it.
        line = data[data.rfind(b"\n", 0, max(start - 1, 0)) + 1 : start]
        end = header_end(data, start, len(data))
        header = data[start : end if end >= 0 else len(data)]
        return Mail(line if line.startswith(b"From") else b"", start, len(data), header, ())

    def _container(self, mail: Mail, store: StoreFacts) -> ContainerFacts:
        return ContainerFacts(
            dates=self._dates(mail.separator),
            marks=together(self._marks, store.marks),
            notes=mail.notes + store.notes,
            folder=self._folder,
            labels=store.labels,
            quoting=self._quoting,
        )

    def _dates(self, separator: bytes) -> tuple[TimeBlock, ...]:
        time = from_line_time(separator, self._options.timezone)
        return (time,) if time else ()


def _dialect(head: bytes) -> str:
    """Who wrote this mailbox, as far as its first mail shows it."""
    first = head[:_BEFORE].lstrip(b"\xef\xbb\xbf\r\n")
    newline = first.find(b"\n")
    if first.startswith(b"\1\1\1\1"):
        return "mmdf"
    if is_git_patch(first[: max(newline, 0)]):
        return "git-patches"
    end = header_end(head, 0, len(head))
    headers = head[: end if end > 0 else len(head)]
    if b"\nX-Google-Groups:" in headers:
        return "google-groups"
    if _GMAIL_LINE.match(first) or b"\nX-GM-THRID:" in headers or b"\nX-Gmail-Labels:" in headers:
        return "gmail"
    if first.startswith(b"From - ") or b"\nX-Mozilla-Status:" in headers:
        return "thunderbird"
    return "mbox"


def _undated(head: bytes) -> dict[str, str]:
    line = head[:_BEFORE].lstrip(b"\xef\xbb\xbf\r\n").partition(b"\n")[0]
    return {"undated": "its first separator line has no date, so that the others need none"} if is_undated(line) else {}


def _folder(member: Member) -> str:
    name = mailbox_folder(member.tree_path)
    parent = member.tree_path.rpartition("/")[0].rpartition("/")[2]
    # Section 5: an export of a Google group is named by its folder; the file is called "topics" in the user's language.
    return f"{parent}/{name}" if "@" in parent and _dialect(member.head) == "google-groups" else name


def _span(locator: str) -> tuple[int, int]:
    start, _, end = locator.removeprefix("bytes:").partition("-")
    return int(start), int(end)


def _decisions(findings: Findings) -> Iterator[Decision]:
    for code in sorted(findings.counts):
        places = ", ".join(str(at) for at in findings.places[code])
        basis = f"{findings.counts[code]} × {_SAYS.get(code, code)}; the first at bytes {places}"
        yield Decision(f"mailbox:{code}", str(findings.counts[code]), basis, certain=False)
