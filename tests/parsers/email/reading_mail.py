"""How these tests read one mail: the two functions containers call, with nothing said by a container."""

from __future__ import annotations

from plainrecord.intake.listing import ReadOptions
from plainrecord.parsers.email import message
from plainrecord.parsers.email.headers import block_end
from plainrecord.records import Envelope, Loaded, Position

POSITION = Position("", "bytes:0-900")
NOTHING_SAID = message.ContainerFacts(quoting="none")


def envelope(raw: bytes, container: message.ContainerFacts = NOTHING_SAID, timezone: str | None = None) -> Envelope:
    """The envelope of a mail, from its header block alone."""
    block = raw[: block_end(raw)]
    options = ReadOptions(timezone=timezone)
    return message.envelope(block, position=POSITION, options=options, container=container, memo=message.Memo())


def load(raw: bytes, container: message.ContainerFacts = NOTHING_SAID, timezone: str | None = None) -> Loaded:
    """The whole mail."""
    options = ReadOptions(timezone=timezone)
    return message.load(raw, position=POSITION, options=options, container=container, memo=message.Memo())
