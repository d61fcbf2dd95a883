"""The compressed rich text of Outlook (MS-OXRTFCP): back to the RTF it was made of."""

from __future__ import annotations

import struct
import zlib

MAX_RTF = 32 << 20
_PACKED, _PLAIN = b"LZFu", b"MELA"
_PRELOAD = (
    b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor MS Sans Serif"
    b"SymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx"
)
_WINDOW = 4096


def unpack_rtf(data: bytes) -> tuple[bytes, tuple[str, ...]]:
    """The RTF and notes (`rtf:…`). What was unpacked before a fault is given; never raises."""
    if len(data) < 16:
        return b"", ("rtf:not-readable",)
    packed, size, form, total = struct.unpack_from("<II4sI", data)
    body = data[16 : max(16, packed + 4)]
    if form == _PLAIN:
        return body[: min(size, MAX_RTF)], () if len(body) >= size else ("rtf:cut-off",)
    if form != _PACKED:
        return b"", ("rtf:not-readable",)
    found = _unpacked(body, min(size, MAX_RTF))
    if size > MAX_RTF or len(found) < size:
        return found, ("rtf:too-long" if size > MAX_RTF else "rtf:cut-off",)
    # The checksum starts from nothing and is not inverted at the end.
    sound = zlib.crc32(body, 0xFFFF_FFFF) ^ 0xFFFF_FFFF == total
    return found, () if sound else ("rtf:wrong-checksum",)


def _unpacked(body: bytes, size: int) -> bytes:
    window = bytearray(_PRELOAD.ljust(_WINDOW, b"\0"))
    write, at = len(_PRELOAD), 0
    out = bytearray()
    while at < len(body) and len(out) < size:
        control = body[at]
        at += 1
        for bit in range(8):
            if at >= len(body):
                break
            if not control >> bit & 1:
                piece = body[at : at + 1]
                at += 1
            else:
                if at + 2 > len(body):
                    return bytes(out[:size])
                token = body[at] << 8 | body[at + 1]
                at += 2
                start = token >> 4
                if start == write:  # a reference to where the next byte goes says: this is the end
                    return bytes(out[:size])
                piece = _copied(window, start, write, (token & 15) + 2)
            for byte in piece:
                window[write] = byte
                write = (write + 1) % _WINDOW
            out += piece
    return bytes(out[:size])


def _copied(window: bytearray, start: int, write: int, count: int) -> bytes:
    """Bytes of the window from `start`; ones that the copy itself writes on the way count."""
    ahead = (write - start) % _WINDOW
    if ahead >= count:
        return bytes(window[(start + step) % _WINDOW] for step in range(count))
    pattern = bytes(window[(start + step) % _WINDOW] for step in range(ahead))
    return (pattern * (count // ahead + 1))[:count]
