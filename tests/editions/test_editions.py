"""The service edition: each seeded leak stops the build, nothing passes that is not named, every removal is written down."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from plainrecord.building import make_bundle
from plainrecord.bundle.verify import verify
from plainrecord.cli import main
from plainrecord.editions import Instructions, LeakError, make_service, preview, read_instructions
from plainrecord.editions.instructions import Allow, Redact, Withhold
from plainrecord.editions.needles import blacked_out, number_needle, words_needle
from plainrecord.errors import UsageError
from plainrecord.store import CaseSettings
from plainrecord.store.settings import PersonSettings

SUBJECT, OWNER, NUMBER = "alex.mere@mail.example", "sam.field@mail.example", "+447700900123"
SAID = Instructions("DC Dee", "OIC")


def clock() -> datetime:
    return datetime(2024, 12, 1, 12, tzinfo=UTC)


def mail(
    number: int, text: str = "Hello", *, sender: str = SUBJECT, subject: str = "One", more: str = "", part: str = ""
) -> str:
    to = OWNER if sender == SUBJECT else SUBJECT
    return (
        f"From: {sender}\nTo: {to}\nDate: Mon, 7 Oct 2024 10:{number:02}:00 +0100\nMessage-ID: <{number}@mail.example>\n"
        f"{more}Subject: {subject}\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n"
        f"--b\nContent-Type: text/plain; charset=utf-8\n\n{text}\n{part}--b--\n"
    )


def attached(name: str, data: bytes, kind: str = "application/octet-stream") -> str:
    import base64

    return (
        f'--b\nContent-Type: {kind}; name="{name}"\nContent-Disposition: attachment; filename="{name}"\n'
        f"Content-Transfer-Encoding: base64\n\n{base64.encodebytes(data).decode()}"
    )


def police(place: Path, *mails: str, name: str = "in.mbox", **more: Any) -> Path:
    place.mkdir(parents=True, exist_ok=True)
    box = place / name
    box.write_text("".join(f"From a Mon Oct  7 10:00:00 2024\n{one}\n" for one in mails), "utf-8", newline="\n")
    case = CaseSettings(
        timezone="Europe/London",
        subject=PersonSettings(label="Subject", accounts=[SUBJECT]),
        owner=PersonSettings(label="Owner", accounts=[OWNER, NUMBER]),
        **more,
    )
    return make_bundle([box, *more.pop("exports", [])], case, place / "out", clock).built.path


def served(bundle: Path, out: Path, said: Instructions = SAID, device: tuple[str, ...] = ()) -> Path:
    return make_service(bundle, said, out, "pr-service222", clock, device=device).path


def items(bundle: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (bundle / "data/items/messages.jsonl").read_text("utf-8").splitlines()]


def withheld(bundle: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO((bundle / "schedules/withheld.csv").read_text("utf-8-sig"), newline="")))


def photograph() -> bytes:
    exif = Image.Exif()
    exif[0x010F] = "Example Phones"
    kept = io.BytesIO()
    Image.new("RGB", (8, 8)).save(kept, "JPEG", exif=exif)
    return kept.getvalue()


# Each leak, planted alone


PLANTED: dict[str, tuple[str, str]] = {
    "the owner's address": (mail(1, f"I wrote to {OWNER.upper()}"), "the owner’s address"),
    "the owner's number as at home": (mail(1, "Ring 07700 900 123 then"), "the owner’s number"),
    "the owner's number abroad": (mail(1, "Ring +44 (0)7700-900123"), "the owner’s number"),
    "the owner's number in full width": (mail(1, "Ring ０７７００９００１２３"), "the owner’s number"),
    "private words": (mail(1, "You live at 22  SAMPLE\nstreet now"), "private words"),
    "private words in the subject line": (mail(1, subject="22 Sample Street"), "private words"),
    "private words in the name of a file": (
        mail(1, part=attached("22 Sample Street.bin", b"\x00\x01")),
        "private words",
    ),
    "private words inside a file": (mail(1, part=attached("a.bin", b"\x00\x0122 Sample Street\x00")), "private words"),
    "private words inside a file, as Windows writes": (
        mail(1, part=attached("a.bin", b"\x00\x01" + "22 Sample Street".encode("utf-16-le"))),
        "private words",
    ),
    "somebody's address": (mail(1, "Ask jo@other.example"), "an e-mail address"),
    "somebody's number": (mail(1, "Ask 020 7946 0000"), "a telephone number"),
    "a number in an attached text": (
        mail(1, part=attached("a.txt", b"Ask 020 7946 0000", "text/plain")),
        "a telephone number",
    ),
    "a number behind a colon": (mail(1, "Tel:020 7946 0000"), "a telephone number"),
    "a number as phones copy it": (mail(1, "\u202a+44\u00a020\u00a07946\u20110000\u202c"), "a telephone number"),
    "a number slanted": (mail(1, "_020 7946 0000_"), "a telephone number"),
    "an address in a link": (mail(1, "https://list.example/?who=jo%40other.example"), "an e-mail address"),
    "a postcode slanted": (mail(1, "_EC1A 1BB_"), "a postcode"),
    "a postcode with a firm blank": (mail(1, "near EC1A\u00a01BB"), "a postcode"),
    "a film of another phone": (
        mail(1, part=attached("a.mov", b"\x00\x00\x00\x14ftypqt  com.apple.quicktime.location.ISO6709")),
        "place or device data",
    ),
    "a picture with XMP": (mail(1, part=attached("a.png", b"\x89PNG exif:GPSLatitude=")), "place or device data"),
    "a postcode": (mail(1, "near EC1A 1BB"), "a postcode"),
    "a place": (mail(1, "at 55.504167, 2.758333 tonight"), "a place on the map"),
    "an address of a device": (mail(1, "from 203.0.113.7 again"), "an internet address of a device"),
    "a longer address of a device": (mail(1, "from 2001:db8::17 again"), "an internet address of a device"),
    "a folder": (mail(1, "see C:\\Users\\sam\\notes"), "a folder of a computer"),
    "another folder": (mail(1, "see /home/sam/notes"), "a folder of a computer"),
    "this computer": (mail(1, "the BLUE-laptop-7 on your desk"), "the name of this computer or of its user"),
    "the place of a film": (
        mail(1, part=attached("a.mov", b"\x00\x00\x00\x14ftypqt  \xa9xyz+55.5")),
        "place or device data",
    ),
}


@pytest.mark.parametrize("leak", PLANTED)
def test_each_planted_leak_stops_the_build_and_is_named_with_its_place(tmp_path: Path, leak: str) -> None:
    planted, what = PLANTED[leak]
    bundle = police(tmp_path, planted)
    # The rule that would black out the owner's accounts is off: this is the net behind it.
    said = Instructions("DC Dee", private=("22 Sample Street",), keep=(("owner-accounts", "a test"),))
    with pytest.raises(LeakError) as refused:
        served(bundle, tmp_path / "served", said, ("blue-laptop-7",))
    assert any(found.what.startswith(what) for found in refused.value.leaks), refused.value
    assert not [path for path in (tmp_path / "served").rglob("*") if path.is_file()]


def test_a_picture_that_names_its_device_is_withheld_and_found_when_it_is_not(tmp_path: Path) -> None:
    bundle = police(tmp_path, mail(1, part=attached("a.jpg", photograph(), "image/jpeg")))
    made = served(bundle, tmp_path / "served")
    [file] = items(made)[0]["attachments"]
    assert file["media"] is None
    assert file["sha256"]
    assert [row["what"] for row in withheld(made)] == ["file withheld"]
    with pytest.raises(LeakError, match="place or device data"):
        served(bundle, tmp_path / "kept", Instructions("DC Dee", keep=(("device-data", "a test"),)))


def test_what_is_the_subjects_own_and_what_looks_alike_passes(tmp_path: Path) -> None:
    words = f"{SUBJECT} at 10:30:45 on 2024-10-07, item M-000123, 10:00 2024-10-07, 1,696,010,800 and 12.5, 3.25; a1b2c3 :: 1.2.3"
    made = served(police(tmp_path, mail(1, words)), tmp_path / "served")
    assert items(made)[0]["text"].strip() == words


def test_what_is_allowed_passes_with_a_reason_and_what_is_blacked_out_is_gone(tmp_path: Path) -> None:
    bundle = police(tmp_path, mail(1, "Ask 020 7946 0000 or jo@other.example"), mail(2, f"Reach {OWNER}, Sam"))
    said = Instructions(
        "DC Dee",
        redact=(Redact("JO@other.example", "another person's"),),
        allow=(Allow("02079460000", "a public number"),),
    )
    made = served(bundle, tmp_path / "served", said)
    first, second = items(made)
    assert first["text"].strip() == "Ask 020 7946 0000 or [redacted 1]"
    assert second["text"].strip() == "Reach [redacted: owner], Sam"
    assert first["marks"] == second["marks"] == ["redacted"]
    assert first["raw_sha256"] is None
    assert [(row["item"], row["how"], row["sign"]) for row in withheld(made)] == [
        ("M-000001", "by hand", "[redacted 1]"),
        ("M-000002", "by rule", "[redacted: owner]"),
    ]
    lines = [json.loads(line) for line in (made / "custody/custody.jsonl").read_text("utf-8").splitlines()]
    assert [one["item_refs"] for one in lines if one["type"] == "redaction.applied"] == [[], ["M-000001"], ["M-000002"]]


# What passes at all


CANARY = "quillwort"


def test_nothing_passes_but_what_is_named(tmp_path: Path) -> None:
    """A word in every place an export or a case has for words, but not in what people wrote."""
    headers = (
        f"Received: from {CANARY}.example ([203.0.113.9]) by mx.example; Mon, 7 Oct 2024 10:00:00 +0100\n"
        f"X-Originating-IP: [203.0.113.9]\nReply-To: {CANARY}@other.example\nCc: {CANARY} <c@{CANARY}.example>\n"
        f"X-Gmail-Labels: {CANARY}\nDelivered-To: {CANARY}@mail.example\nUser-Agent: {CANARY}\n"
    )
    folder = tmp_path / f"{CANARY}-folder"
    bundle = police(folder, mail(1, more=headers), mail(2, sender=OWNER), name=f"{CANARY}.mbox")
    whole = b"".join(path.read_bytes() for path in bundle.rglob("*") if path.is_file())
    assert whole.count(CANARY.encode()) > 20, "it stands in the police edition"
    made = served(bundle, tmp_path / "served")
    for path in [*made.rglob("*"), *made.parent.glob("pr-service222.*")]:
        if path.is_file():
            assert CANARY.encode() not in path.read_bytes().lower(), path
            assert b"203.0.113.9" not in path.read_bytes(), path
            assert OWNER.encode() not in path.read_bytes(), path


def test_items_keep_number_time_direction_and_the_subjects_account(tmp_path: Path) -> None:
    bundle = police(tmp_path, mail(1), mail(2, sender=OWNER), mail(3, more="Cc: jo@other.example\n"))
    made = served(bundle, tmp_path / "served")
    for before, after in zip(items(bundle), items(made), strict=True):
        for name in ("item", "part", "direction", "time", "kind", "service", "conversation_number", "text", "subject"):
            assert after[name] == before[name], name
    first, second, third = items(made)
    assert first["sender"]["value"] == SUBJECT
    assert second["sender"]["value"] == "Owner"
    assert [one["value"] for one in third["recipients"]] == ["Owner", "Person 1"]
    about = json.loads((made / "meta/bundle.json").read_text("utf-8"))
    assert about["edition"] == "service"
    assert about["made_from"]["bundle_id"] == bundle.name
    assert len(about["made_from"]["seal"]) == 64


def test_no_digest_tells_by_trying_who_wrote_a_line(tmp_path: Path) -> None:
    chat = tmp_path / "_chat.txt"
    lines = [
        f"[07/10/2024, 10:0{at}:00] {by}: Hello" for at, by in enumerate(("Alex", "+44 7700 900456", "Alex", "Jo"))
    ]
    chat.write_text("\r\n".join(lines) + "\r\n", "utf-8", newline="")
    case = CaseSettings(
        timezone="Europe/London",
        subject=PersonSettings(label="Subject", accounts=["name:Alex"]),
        owner=PersonSettings(label="Owner", accounts=["name:Jo"]),
        date_order="DMY",
    )
    made = served(make_bundle([chat], case, tmp_path / "out", clock).built.path, tmp_path / "served")
    digests = [
        (one["sender"]["value"], one["raw_sha256"] is not None, one["raw_bytes"] is not None) for one in items(made)
    ]
    assert digests == [
        ("Alex", True, True), ("Person 1", False, False), ("Alex", True, True), ("Owner", False, False)
    ]  # fmt: skip


def test_the_edition_verifies_as_a_bundle_and_does_not_pretend_to_know_the_originals(tmp_path: Path) -> None:
    bundle = police(tmp_path, mail(1), mail(2, sender=OWNER), mail(3, part=attached("a.bin", b"\x00\x01")))
    before = {path: path.read_bytes() for path in bundle.rglob("*") if path.is_file()}
    made = served(bundle, tmp_path / "served")
    report = verify(made, originals=[tmp_path / "in.mbox"])
    assert report.problems == []
    assert any("hides where records stand" in note for note in report.notes)
    assert {path: path.read_bytes() for path in bundle.rglob("*") if path.is_file()} == before
    assert not (made / "data/items/native").exists()


def test_an_item_that_is_withheld_stays_as_a_number_a_time_and_a_mark(tmp_path: Path) -> None:
    bundle = police(tmp_path, mail(1), mail(2, "Dear client", subject="Advice", part=attached("advice.txt", b"advice")))
    said = Instructions("DC Dee", withhold=(Withhold("M-000002", "legal_privilege_possible"),))
    made = served(bundle, tmp_path / "served", said)
    item = items(made)[1]
    assert (item["subject"], item["text"], item["attachments"], item["raw_sha256"]) == (None, None, [], None)
    assert "withheld" in item["marks"]
    assert item["time"] == items(bundle)[1]["time"]
    whole = b"".join(path.read_bytes() for path in made.rglob("*") if path.is_file()).lower()
    assert b"dear client" not in whole
    assert b"advice" not in whole
    lines = [json.loads(line) for line in (made / "custody/custody.jsonl").read_text("utf-8").splitlines()]
    [event] = [one for one in lines if one["type"] == "withheld"]
    assert event["details"] == {"item": "M-000002", "reason": "legal_privilege_possible", "decided_by": "DC Dee"}


LOG = (
    "No,Written on,Happened from,Happened until,How sure,Where,Kind,What happened,Exact words,How,Who it was,Who else saw it,"
    "Evidence,Told whom,Effect on me,What I did,Corrects No\n"
    "1,2024-10-09 20:40,2024-10-08 11:05,,exact,my door,contact,He waited outside the nursery.,,,,,,,,,\n"
)


def test_what_is_decided_of_an_item_holds_of_the_mails_carried_inside_it(tmp_path: Path) -> None:
    inner = mail(2, "Quoting the advice", sender=OWNER, subject="Advice")
    carried = f"--b\nContent-Type: message/rfc822\n\n{inner.replace('boundary=b', 'boundary=c').replace('--b', '--c')}"
    bundle = police(tmp_path, mail(1, "Outside", part=carried))
    assert [one["item"] for one in items(bundle)] == ["M-000001", "M-000001-1"]
    said = Instructions("DC Dee", withhold=(Withhold("M-000001", "legal_privilege_possible"),))
    made = served(bundle, tmp_path / "served", said)
    assert [(one["subject"], one["text"], one["raw_sha256"]) for one in items(made)] == [(None, None, None)] * 2
    assert [row["item"] for row in withheld(made)] == ["M-000001", "M-000001-1"]
    said = Instructions("DC Dee", redact=(Redact("the advice", "privileged", "M-000001"),))
    first, second = items(served(bundle, tmp_path / "redacted", said))
    assert second["text"].strip() == "Quoting [redacted 1]"
    assert first["attachments"][0]["media"] is None, "the carried mail in its native form would say it all again"


def test_a_file_that_was_withheld_in_one_item_is_not_served_with_another(tmp_path: Path) -> None:
    part = attached("a.bin", b"\x00picture")
    bundle = police(tmp_path, mail(1, "First", part=part), mail(2, "Second", part=part))
    digest = items(bundle)[0]["attachments"][0]["sha256"]
    one = Instructions("DC Dee", withhold=(Withhold("M-000001", "under18_image"),))
    with pytest.raises(LeakError, match=f"a file of an item that was withheld: “{digest}” in M-000002"):
        served(bundle, tmp_path / "served", one)
    assert [leak.text for leak in preview(bundle, one).leaks] == [digest]
    both = Instructions("DC Dee", withhold=(*one.withhold, Withhold("M-000002", "under18_image")))
    assert not list((served(bundle, tmp_path / "both", both) / "data").glob("media/*/*"))
    allowed = Instructions("DC Dee", withhold=one.withhold, allow=(Allow(digest, "another use"),))
    assert items(served(bundle, tmp_path / "allowed", allowed))[1]["attachments"][0]["media"]


@pytest.mark.parametrize("item", ["", "M-000001"])
def test_words_that_are_blacked_out_may_not_stand_in_a_file_that_came_along(tmp_path: Path, item: str) -> None:
    bundle = police(tmp_path, mail(1, "About Jo Roe", part=attached("a.bin", b"\x00Jo Roe\x00")))
    with pytest.raises(LeakError, match="words to be blacked out: “Jo Roe” in data/media"):
        served(bundle, tmp_path / "served", Instructions("DC Dee", redact=(Redact("Jo Roe", "another person", item),)))


def test_the_owners_log_is_withheld_unless_somebody_says_otherwise(tmp_path: Path) -> None:
    log = tmp_path / "log.csv"
    log.write_text(LOG, "utf-8")
    box = tmp_path / "in.mbox"
    box.write_text(f"From a Mon Oct  7 10:00:00 2024\n{mail(1)}\n", "utf-8", newline="\n")
    case = CaseSettings(
        timezone="Europe/London",
        subject=PersonSettings(label="Subject", accounts=[SUBJECT]),
        owner=PersonSettings(label="Owner", accounts=[OWNER]),
    )
    bundle = make_bundle([box, log], case, tmp_path / "out", clock).built.path
    entries = [item for item in items(bundle) if item["kind"] == "incident"]
    assert entries
    assert "nursery" in json.dumps(entries)
    made = served(bundle, tmp_path / "served")
    assert b"nursery" not in b"".join(path.read_bytes() for path in made.rglob("*") if path.is_file())
    kept = served(bundle, tmp_path / "kept", Instructions("DC Dee", keep=(("log", "the owner wants it served"),)))
    assert "nursery" in json.dumps(items(kept))


# Instructions


def test_the_file_is_read_whole(tmp_path: Path) -> None:
    file = tmp_path / "said.toml"
    file.write_text(
        'by = "DC Dee"\nrole = "OIC"\nprivate = ["22 Sample Street"]\n[[withhold]]\nitem = "M-000001"\nreason = "safety"\n'
        '[[redact]]\nwords = "a"\nreason = "b"\nitem = "M-000002"\n[[allow]]\nwords = "c"\nreason = "d"\n'
        '[[keep]]\nrule = "log"\nreason = "e"\n',
        "utf-8",
    )
    assert read_instructions(file) == Instructions(
        "DC Dee", "OIC", ("22 Sample Street",), (Withhold("M-000001", "safety"),), (Redact("a", "b", "M-000002"),),
        (Allow("c", "d"),), (("log", "e"),),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "needs by"),
        ('by = "x"\nrole = "boss"', "role must be one of"),
        ('by = "x"\nwithold = []', "means nothing here"),
        ('by = "x"\n[[withhold]]\nitem = "12"\nreason = "safety"', "no item number"),
        ('by = "x"\n[[withhold]]\nitem = "M-000012"\nreason = "because"', "reason must be one of"),
        ('by = "x"\n[[redact]]\nwords = "  "\nreason = "r"', "needs words"),
        ('by = "x"\nprivate = "street"', "must be a list"),
        ('by = "x"\n[[keep]]\nrule = "all"\nreason = "r"', "rule must be one of"),
        ("by = ", "cannot be read"),
    ],
)
def test_what_cannot_be_understood_is_refused_and_named(tmp_path: Path, text: str, says: str) -> None:
    file = tmp_path / "said.toml"
    file.write_text(text, "utf-8")
    with pytest.raises(UsageError, match=says):
        read_instructions(file)


def test_an_instruction_about_another_bundle_is_refused(tmp_path: Path) -> None:
    bundle = police(tmp_path, mail(1))
    for said in (
        Instructions("x", withhold=(Withhold("M-000009", "safety"),)),
        Instructions("x", redact=(Redact("a", "b", "M-000009"),)),
    ):
        with pytest.raises(UsageError, match="no item M-000009"):
            served(bundle, tmp_path / "served", said)
    with pytest.raises(UsageError, match="service edition already"):
        served(served(bundle, tmp_path / "served"), tmp_path / "again")


def test_the_command_previews_builds_and_lists_what_it_found(tmp_path: Path) -> None:
    bundle = police(tmp_path, mail(1, "Ask 020 7946 0000"))
    file = tmp_path / "said.toml"
    file.write_text('by = "DC Dee"\n', "utf-8")
    run = [str(bundle), "--instructions", str(file), "--json"]
    looked = CliRunner().invoke(main, ["edition", *run, "--preview"])
    assert looked.exit_code == 4
    assert json.loads(looked.output)["leaks"] == ["a telephone number: “020 7946 0000” in M-000001"]
    refused = CliRunner().invoke(main, ["edition", *run, "--out", str(tmp_path / "served")])
    assert refused.exit_code == 4
    assert not list((tmp_path / "served").glob("*"))
    file.write_text('by = "DC Dee"\n[[allow]]\nwords = "020 7946 0000"\nreason = "public"\n', "utf-8")
    made = CliRunner().invoke(main, ["edition", *run, "--out", str(tmp_path / "served")])
    assert made.exit_code == 0, made.output
    assert verify(Path(json.loads(made.output)["path"]), seal=json.loads(made.output)["seal"]).ok


def test_a_preview_says_what_would_be_done_and_writes_nothing(tmp_path: Path) -> None:
    bundle = police(tmp_path, mail(1, f"Reach {OWNER}"))
    before = sorted(tmp_path.rglob("*"))
    found = preview(bundle, SAID)
    assert [(one.item, one.what) for one in found.changes] == [("M-000001", "redacted")]
    assert found.leaks == []
    assert sorted(tmp_path.rglob("*")) == before


# Blacking out


SPELT = {
    "accents apart": ("12 Rosé Lane", "12 Rose\u0301 Lane"),
    "accents together": ("12 Rose\u0301 Lane", "12 Ros\u00e9 Lane"),
    "without the accent": ("12 Rosé Lane", "12 rose lane"),
    "Hangul in pieces": ("한글", "\u1112\u1161\u11ab\u1100\u1173\u11af"),
    "a phone's apostrophe": ("O'Hara Court", "O\u2019Hara Court"),
    "a long dash": ("Mere-End", "Mere\u2013End"),
    "slanted in a chat": ("22 Sample Street", "_22 Sample Street_"),
    "in a link": ("sam.field@mail.example", "sam.field%40mail.example"),
    "words in a link": ("22 Sample Street", "22%20Sample%20Street"),
    "with an unseen joiner": ("Sample", "Sam\u034fple"),
}


@pytest.mark.parametrize("spelling", SPELT)
def test_words_are_blacked_out_whole_however_they_are_written(spelling: str) -> None:
    word, written = SPELT[spelling]
    needle = words_needle(word, "")
    assert needle
    left, signs = blacked_out(f"at {written}, now", [(needle, "[x]")])
    assert (left.replace("_", ""), signs) == ("at [x], now", ["[x]"])


@pytest.mark.parametrize(
    "text",
    ["tel07700900123", "07700900123x", "_07700 900123_", "%2B447700900123", "\u202a+44\u00a07700\u2011900123\u202c"],
)
def test_a_number_is_found_where_a_letter_stands_close_by(text: str) -> None:
    needle = number_needle(NUMBER, "")
    assert needle
    assert "900123" not in blacked_out(text, [(needle, "[x]")])[0]


@given(
    st.text(max_size=60), st.text(max_size=60), st.sampled_from(["sam@mail.example", "22 Sample Street", "Ünal", "#7"])
)
def test_what_was_blacked_out_is_not_found_again_and_the_rest_stays(before: str, after: str, word: str) -> None:
    needle = words_needle(word, "x")
    assert needle
    text = f"{before} {word.upper()} {after}"
    clear, signs = blacked_out(text, [(needle, "\u2588")])
    assert signs == ["\u2588"]
    assert clear.startswith(before[: max(0, len(before) - len(word))])
    assert blacked_out(clear, [(needle, "\u2588")]) == (clear, [])


@given(st.lists(st.sampled_from(["", " ", "-", ".", ") ", "\u2011"]), min_size=10, max_size=10))
def test_a_number_is_found_however_it_is_spelt(between: list[str]) -> None:
    needle = number_needle("+44 7700 900123", "x")
    assert needle
    spelt = "".join(digit + gap for digit, gap in zip("07700900123", [*between, ""], strict=True))
    assert blacked_out(f"on {spelt}!", [(needle, "*")]) == ("on *!", ["*"])


@pytest.mark.parametrize("text", ["17700900123456", "7700900124", "a7700900123b", "77009001234"])
def test_another_number_is_another_number(text: str) -> None:
    needle = number_needle("+447700900123", "x")
    assert needle
    assert blacked_out(text, [(needle, "*")]) == (text, [])


def test_overlapping_needles_leave_nothing_of_either() -> None:
    needles = [(words_needle("22 Sample", "x"), "1"), (words_needle("Sample Street", "y"), "2")]
    assert blacked_out("at 22 Sample Street.", [(one, sign) for one, sign in needles if one]) == ("at 1.", ["1", "2"])


def test_ids_and_names_that_lead_back_to_files_or_to_the_owners_address_book_are_replaced(tmp_path: Path) -> None:
    named = mail(1).replace(f"From: {SUBJECT}", f"From: What I call them <{SUBJECT}>")
    bundle = police(
        tmp_path,
        named,
        mail(9, sender="bank@bank.example").replace("In-Reply-To: <0@mail.example>\n", "").replace(SUBJECT, OWNER),
    )
    made = served(bundle, tmp_path / "served")
    [before], [after] = items(bundle), items(made)
    assert after["conversation"]["id"] != before["conversation"]["id"]
    whole = b"".join(path.read_bytes() for path in made.rglob("*") if path.is_file())
    assert b"What I call them" not in whole
    for row in csv.DictReader(io.StringIO((bundle / "schedules/not_included.csv").read_text("utf-8-sig"), newline="")):
        assert row["conversation"].encode() not in whole
    assert before["conversation"]["id"].encode() not in whole
