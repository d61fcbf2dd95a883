"""Instagram's pages against its JSON: the same account in both forms gives the same records, whose act each is included."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from random import Random
from typing import Any

import pytest

from chat_readers import FIXTURES, check_golden, claims, golden_line, loaded
from page_damage import mutated
from page_twins import entries_of, fixed, list_page, load, thread_page
from plainrecord.intake.listing import ReadOptions
from plainrecord.parsers.social.instagram import InstagramDownload
from plainrecord.parsers.social.instagramfiles import acts, sheet_of
from plainrecord.records import Envelope, Loaded, Unread

DOWNLOAD = FIXTURES / "social-instagram" / "instagram-sam.field-2024-11-20-Ab3dEf"
PACIFIC = fixed(-480)


def twin(folder: Path, source: Path = DOWNLOAD, *, keep_json: bool = False) -> Path:
    """The download as pages: its lists and threads; everything that is no JSON as it is."""
    for path in sorted(source.rglob("*")):
        place = folder / path.relative_to(source.parent)
        if path.is_file():
            place.parent.mkdir(parents=True, exist_ok=True)
            made = page_of(path, path.relative_to(source).as_posix()) if path.suffix == ".json" else None
            if made is None or keep_json:
                shutil.copyfile(path, place)
            if made is not None:
                place.with_suffix(".html").write_bytes(made)
    return folder


def page_of(path: Path, below: str) -> bytes | None:
    """The page of one JSON file, if it is a thread or a list of acts or events."""
    head = path.read_bytes()[:1024]
    if path.name.startswith("mess") and b"participants" in head:
        return thread_page(load(path), PACIFIC, "box")
    sheet = sheet_of(below, head)
    if sheet is None or acts()[sheet].family == "post":
        return None
    return list_page(path.stem, entries_of(load(path)), PACIFIC)


def shown(one: Loaded) -> dict[str, Any]:
    """What the two forms have in common: a page has minutes, and does not say that something was unsent."""
    envelope = one.envelope
    minute = envelope.time.ts_utc[:16] if envelope.time.ts_utc else None
    return {
        "kind": envelope.kind,
        "service": envelope.service,
        "minute": minute,
        "sender": envelope.sender and (envelope.sender.kind, envelope.sender.value),
        "recipients": sorted((one.kind, one.value) for one in envelope.recipients),
        "conversation": envelope.conversation.key,
        "group": envelope.conversation.is_group,
        "owner": sorted((one.kind, one.value) for one in envelope.also if one.role == "owner"),
        "marks": sorted(set(envelope.marks) - {"unsent", "taken-down", "bumped", "no-content", "page-heading"}),
        # A blank at the end of a text is nothing a page shows.
        "text": (one.text or "").rstrip() or None,
        "files": sorted((file.name or "", file.state) for file in one.attachments),
    }


def lines(found: list[Loaded]) -> list[str]:
    return sorted(json.dumps(shown(one), sort_keys=True, ensure_ascii=False) for one in found)


def both(tmp_path: Path) -> tuple[list[Loaded], list[Loaded]]:
    as_json = [one for one in loaded(InstagramDownload(), DOWNLOAD) if isinstance(one, Loaded)]
    pages = twin(tmp_path / "twin") / DOWNLOAD.name
    as_pages = loaded(InstagramDownload(), pages)
    assert [one for one in as_pages if isinstance(one, Unread)] == []
    return as_json, [one for one in as_pages if isinstance(one, Loaded)]


def test_json_and_html_of_the_same_account_give_the_same_records(tmp_path: Path) -> None:
    as_json, as_pages = both(tmp_path)
    assert len(as_json) > 60
    assert lines(as_pages) == lines(as_json)


def test_messages_stand_in_the_same_order_in_both_forms(tmp_path: Path) -> None:
    as_json, as_pages = ([one for one in found if one.envelope.kind != "block"] for found in both(tmp_path))
    for key in {one.envelope.conversation.key for one in as_json} - {"instagram:account-events"}:
        ordered = [
            [(shown(one)["text"], one.envelope.backwards) for one in found if one.envelope.conversation.key == key]
            for found in (as_json, as_pages)
        ]
        assert ordered[0] == ordered[1], key


@pytest.mark.parametrize("name", ["sam.field_20230310", "instagram-sam.field-2024-11-28-Zz9Yy8"])
def test_other_layouts_in_both_forms_give_the_same_records(tmp_path: Path, name: str) -> None:
    source = DOWNLOAD.parent / name
    as_json = [one for one in loaded(InstagramDownload(), source) if isinstance(one, Loaded)]
    as_pages = [one for one in loaded(InstagramDownload(), twin(tmp_path, source)) if isinstance(one, Loaded)]
    assert lines(as_pages) == lines(as_json)


def test_case_9_where_both_forms_are_there_the_json_is_read_and_the_pages_are_aside(tmp_path: Path) -> None:
    (claim,) = claims(InstagramDownload(), twin(tmp_path / "both", keep_json=True))
    assert not [one.tree_path for one in claim.members if one.tree_path.endswith(".html")]
    said = {path: says for path, says in claim.aside.items() if path.endswith("message_1.html") and "/inbox/" in path}
    assert set(said.values()) == {"The same thread is there as JSON, which is read instead: it has exact times in UTC."}
    assert "The same list" in next(says for path, says in claim.aside.items() if path.endswith("followers_1.html"))
    found = [one for one in InstagramDownload().scan(claim) if isinstance(one, Envelope)]
    assert len(found) == len([one for one in loaded(InstagramDownload(), DOWNLOAD) if isinstance(one, Loaded)])


def test_the_zone_is_the_one_log_ins_show_and_not_the_one_said(tmp_path: Path) -> None:
    pages = twin(tmp_path)
    (claim,) = claims(InstagramDownload(), pages, ReadOptions(timezone="Europe/London"))
    list(InstagramDownload().scan(claim))
    (told,) = [one for one in claim.decisions if one.subject == "pages:timezone"]
    assert told.chosen == "Etc/GMT+8"
    assert "Europe/London was said" in told.basis


def test_a_log_in_has_the_time_of_its_heading_and_keeps_the_clock_of_the_page(tmp_path: Path) -> None:
    _, found = both(tmp_path)
    (login,) = [
        one for one in found if "login" in one.envelope.marks and one.facts.get("title", "").endswith("+00:00")
    ][:1]
    assert login.envelope.time.tz_basis == "explicit_offset"
    assert login.envelope.time.precision == "s"
    assert [one.tz_name for one in login.dates if one.where == "page"] == ["Etc/GMT+8"]
    assert "instagram:title-and-time-differ" not in login.envelope.notes


def test_followers_are_others_acts_and_blocks_are_the_owners(tmp_path: Path) -> None:
    _, found = both(tmp_path)
    follower = next(one for one in found if "followers_1.html" in one.envelope.position.member)
    block = next(
        one
        for one in found
        if "blocked_profiles.html" in one.envelope.position.member and one.envelope.service == "instagram"
    )
    assert follower.envelope.sender and follower.envelope.sender.value != "sam.field"
    assert block.envelope.sender and block.envelope.sender.value == "sam.field"


def test_cookies_are_withheld(tmp_path: Path) -> None:
    source = DOWNLOAD / "security_and_login_information" / "login_and_profile_creation" / "login_activity.json"
    stored = [one["string_map_data"] for one in entries_of(load(source))]
    secrets = {holds["value"] for one in stored for label, holds in one.items() if "cookie" in label.casefold()}
    _, found = both(tmp_path)
    facts = {value for one in found for value in one.facts.values()}
    assert secrets and not secrets & facts
    assert "withheld: secret" in facts


def test_a_download_of_pages_alone_is_one_claim_with_every_page_explained(tmp_path: Path) -> None:
    (claim,) = claims(InstagramDownload(), twin(tmp_path))
    explained = {one.tree_path for one in claim.members} | set(claim.aside)
    left = [path for path in sorted(tmp_path.rglob("*.html")) if path.relative_to(tmp_path).as_posix() not in explained]
    assert left == []


def test_damaged_pages_never_raise_and_every_record_is_found_again(tmp_path: Path) -> None:
    """Cut anywhere, with bytes changed or doubled: what is read is read again from its own bytes."""
    whole = twin(tmp_path / "whole")
    names = ("login_activity.html", "followers_1.html", "message_10.html", "post_comments_1.html")
    random = Random(20241120)
    for path in [path for path in sorted(whole.rglob("*.html")) if path.name in names]:
        alone = tmp_path / "alone" / path.relative_to(whole)
        alone.parent.mkdir(parents=True)
        for _ in range(30):
            alone.write_bytes(mutated(path.read_bytes(), random))
            loaded(InstagramDownload(), tmp_path / "alone")
        alone.unlink()


PAGES = FIXTURES / "social-instagram-pages"


def test_the_fixture_reads_as_expected(pytestconfig: pytest.Config) -> None:
    found = loaded(InstagramDownload(), PAGES, ReadOptions(timezone="Europe/London"))
    assert not any(isinstance(one, Unread) for one in found)
    check_golden(list(map(golden_line, found)), PAGES / "expected.jsonl", pytestconfig.getoption("--update-golden"))


def test_every_file_of_the_fixture_has_its_fate() -> None:
    (claim,) = claims(InstagramDownload(), PAGES)
    files = {path.relative_to(PAGES).as_posix() for path in PAGES.rglob("*.html")}
    assert files == {one.tree_path for one in claim.members} | set(claim.aside)
    assert sorted(path.rpartition("/")[2] for path in claim.aside) == ["chats.html", "start_here.html"]
