"""EXIF facts from images, however damaged."""

from __future__ import annotations

import io
import random

from PIL import Image
from PIL.TiffImagePlugin import IFDRational

from plainrecord.parsers.email.exif import read_exif


def _photo(form: str = "JPEG", latitude: float = 51.0) -> bytes:
    exif = Image.Exif()
    exif[0x010F], exif[0x0132] = "Example Optics\x07", "2024:10:28 07:41:09"
    gps = exif.get_ifd(0x8825)
    gps[1], gps[2] = "S", (IFDRational(int(latitude)), IFDRational(30), IFDRational(0))
    gps[3], gps[4] = "E", (IFDRational(7), IFDRational(0), IFDRational(0))
    out = io.BytesIO()
    Image.new("RGB", (2, 2)).save(out, form, exif=exif)
    return out.getvalue()


def test_positions_are_decimal_degrees_with_their_sign() -> None:
    assert read_exif(_photo()).facts["exif:GPS"] == "-51.500000, 7.000000"


def test_a_position_outside_the_world_is_left_out() -> None:
    assert "exif:GPS" not in read_exif(_photo(latitude=200)).facts


def test_control_characters_are_taken_out_of_values() -> None:
    assert read_exif(_photo()).facts["exif:Make"] == "Example Optics"


def test_pillow_reads_what_exifread_does_not() -> None:
    for form in ("WEBP", "PNG"):
        assert read_exif(_photo(form)).facts["exif:DateTime"] == "2024:10:28 07:41:09", form


def test_a_picture_without_exif_has_no_facts_and_no_notes() -> None:
    out = io.BytesIO()
    Image.new("RGB", (2, 2)).save(out, "JPEG")
    assert read_exif(out.getvalue()).facts == {}


def test_what_is_no_picture_is_noted_not_raised() -> None:
    assert read_exif(b"\xff\xd8\xff\xe1not a picture").facts == {}


def test_damaged_pictures_never_raise() -> None:
    chance = random.Random(7)
    for form in ("JPEG", "PNG", "WEBP", "TIFF"):
        whole = _photo(form)
        for _ in range(60):
            damaged = bytearray(whole)
            for _ in range(chance.randint(1, 8)):
                damaged[chance.randrange(len(damaged))] = chance.randrange(256)
            read_exif(bytes(damaged[: chance.randint(1, len(damaged))]))
