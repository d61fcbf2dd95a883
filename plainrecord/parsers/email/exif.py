"""Facts a photo carries about itself: when, where and with what it says it was taken.

exifread first, Pillow where that fails or finds nothing. Both meet hostile bytes and raise what they like: everything is
caught here and becomes a note. EXIF times have no zone unless the photo states one, and are passed on as written.
"""

from __future__ import annotations

import io
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import exifread
from PIL import ExifTags, Image

MAX_IMAGE = 100_000_000
_LONGEST_VALUE = 200
# exifread's tag → the key it is kept under.
_TAGS: tuple[tuple[str, str], ...] = (
    ("EXIF DateTimeOriginal", "exif:DateTimeOriginal"),
    ("EXIF OffsetTimeOriginal", "exif:OffsetTimeOriginal"),
    ("EXIF DateTimeDigitized", "exif:DateTimeDigitized"),
    ("Image DateTime", "exif:DateTime"),
    ("Image Make", "exif:Make"),
    ("Image Model", "exif:Model"),
    ("Image Software", "exif:Software"),
    ("EXIF BodySerialNumber", "exif:BodySerialNumber"),
    ("EXIF LensModel", "exif:LensModel"),
)
_GPS = "GPS "
# The same, by Pillow's tag numbers: those of the main directory and those of the Exif directory.
_MAIN = {0x0132: "exif:DateTime", 0x010F: "exif:Make", 0x0110: "exif:Model", 0x0131: "exif:Software"}
_DETAIL = {
    0x9003: "exif:DateTimeOriginal",
    0x9011: "exif:OffsetTimeOriginal",
    0x9004: "exif:DateTimeDigitized",
    0xA431: "exif:BodySerialNumber",
    0xA434: "exif:LensModel",
}

logging.getLogger("exifread").setLevel(logging.CRITICAL)


@dataclass(frozen=True, slots=True)
class ExifFacts:
    """Facts by key (`exif:DateTimeOriginal`, `exif:GPS` as "lat, lon" in decimal degrees, `exif:GPSTime`, …) and notes."""

    facts: dict[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def read_exif(data: bytes) -> ExifFacts:
    """EXIF facts of an image. Never raises. Notes: `exif:unreadable` (damaged), `exif:too-big` (not tried)."""
    if len(data) > MAX_IMAGE:
        return ExifFacts({}, ("exif:too-big",))
    facts, damaged = _tried(_by_exifread, data)
    if not facts:
        facts, also_damaged = _tried(_by_pillow, data)
        damaged = damaged and also_damaged
    return ExifFacts(facts, ("exif:unreadable",) if damaged and not facts else ())


def _tried(read: Any, data: bytes) -> tuple[dict[str, str], bool]:
    try:
        return read(data), False
    # Damaged images make both libraries raise anything, AssertionError and MemoryError included (stack trap 6).
    except Exception:
        return {}, True


def _by_exifread(data: bytes) -> dict[str, str]:
    tags: Mapping[str, Any] = exifread.process_file(io.BytesIO(data), details=False)
    facts = {key: _clean(tags[name]) for name, key in _TAGS if name in tags}
    gps = {name.removeprefix(_GPS): tag.values for name, tag in tags.items() if name.startswith(_GPS)}
    facts |= _position(
        gps.get("GPSLatitude"),
        gps.get("GPSLatitudeRef"),
        gps.get("GPSLongitude"),
        gps.get("GPSLongitudeRef"),
        gps.get("GPSDate") or gps.get("GPSDateStamp"),
        gps.get("GPSTimeStamp"),
    )
    return {key: value for key, value in facts.items() if value}


def _by_pillow(data: bytes) -> dict[str, str]:
    # Only the directory is read; the pixels are never decoded.
    with Image.open(io.BytesIO(data)) as image:
        exif = image.getexif()
    detail = exif.get_ifd(ExifTags.IFD.Exif)
    facts = {key: _clean(exif[tag]) for tag, key in _MAIN.items() if tag in exif}
    facts |= {key: _clean(detail[tag]) for tag, key in _DETAIL.items() if tag in detail}
    gps = exif.get_ifd(ExifTags.IFD.GPSInfo)
    facts |= _position(gps.get(2), gps.get(1), gps.get(4), gps.get(3), gps.get(29), gps.get(7))
    return {key: value for key, value in facts.items() if value}


def _position(latitude: Any, south: Any, longitude: Any, west: Any, date: Any, time: Any) -> dict[str, str]:
    facts = {}
    lat, lon = _degrees(latitude, str(south), "S"), _degrees(longitude, str(west), "W")
    if lat is not None and lon is not None and abs(lat) <= 90 and abs(lon) <= 180:
        facts["exif:GPS"] = f"{lat:.6f}, {lon:.6f}"
    clock = _clock(time)
    if date and clock:
        # GPS time is UTC by definition (Exif 2.3, tags 7 and 29).
        facts["exif:GPSTime"] = f"{_clean(date).replace(':', '-')}T{clock}Z"
    return facts


def _degrees(parts: Any, reference: str, negative: str) -> float | None:
    numbers = _numbers(parts)
    if not numbers:
        return None
    value: float = sum(number / 60.0**power for power, number in enumerate(numbers))
    return -value if reference.strip().upper().startswith(negative) else value


def _clock(parts: Any) -> str | None:
    numbers = _numbers(parts)
    if len(numbers) < 3:
        return None
    hour, minute, second = numbers
    return f"{int(hour):02d}:{int(minute):02d}:{int(second):02d}"


def _numbers(parts: Any) -> list[float]:
    # 0/0 is how cameras without a fix fill these tags; that is no damage to the rest.
    try:
        return [float(part) for part in list(parts)[:3]]
    except (TypeError, ValueError, ArithmeticError):
        return []


def _clean(value: Any) -> str:
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    return "".join(char for char in text if char.isprintable()).strip()[:_LONGEST_VALUE]
