"""Damage to a page: cut short, bytes changed, doubled, taken out, or markup put where none belongs."""

from __future__ import annotations

from random import Random

_STRAY = (
    b"<div>",
    b"</div>",
    b"</section>",
    b"<table><tr><td>",
    b"\x00",
    b"\xff\xfe",
    b"<!--",
    b"<",
    b">",
    b"&#x110000;",
    b"</main>",
)


def mutated(data: bytes, random: Random) -> bytes:
    """The page with one to four damages."""
    for _ in range(random.randint(1, 4)):
        at = random.randrange(len(data) or 1)
        to = min(len(data), at + random.randint(1, 200))
        match random.randrange(5):
            case 0:
                data = data[:at]
            case 1:
                data = data[:at] + bytes(random.randrange(256) for _ in range(3)) + data[at + 3 :]
            case 2:
                data = data[:to] + data[at:to] + data[to:]
            case 3:
                data = data[:at] + data[to:]
            case _:
                data = data[:at] + random.choice(_STRAY) + data[at:]
    return data
