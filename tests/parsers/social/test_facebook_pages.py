"""Facebook's pages against its JSON: the same account in both forms gives the same records, whose act each is included."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from random import Random
from typing import Any

import pytest
from chat_readers import FIXTURES, claims, loaded
from page_damage import mutated
from page_samples import page
from page_twins import facebook_page, load, of_zone, thread_page

from plainrecord.intake.listing import ReadOptions
from plainrecord.parsers.social.download import shard
from plainrecord.parsers.social.facebook import FacebookDownload
from plainrecord.records import Loaded, Unread

DOWNLOADS = FIXTURES / "social-facebook"
NEWEST = DOWNLOADS / "2023" / "facebook-sam.field-2024-11-03-x1y2"
LONDON = of_zone("Europe/London")
# Lists whose pages are known to show what the JSON has; of the others a page says less, or nobody knows what.
LISTS = (
    "yourfriends friends receivedfriendrequests friendrequestsreceived rejectedfriendrequests sentfriendrequests removedfriends"
    " peoplewhofollowedyou peoplewhofollowyou whoyouvefollowed whoyoufollow pokes comments postsandcomments likesandreactions"
    " otherpeoplespoststoyourtimeline notifications recentlyvisited friendsyouseeless loginsandlogouts accountactivity"
    " accountstatuschanges photosandvideosyouretaggedin yourcommentsingroups"
).split()


def page_of(path: Path) -> bytes | None:
    """The page of one JSON file of the download, if its page is known."""
    head = path.read_bytes()[:1024]
    if (
        path.name.startswith("message")
        and b'"participants"' in head
        and b'"name"' in head
        and path.parent.name != "files"
    ):
        value = load(path) if b"messages" in path.read_bytes() else {}
        return thread_page(value, LONDON, "section") if isinstance(value.get("messages"), list) else None
    if shard(path.name)[0].removesuffix(".json") in LISTS:
        return facebook_page(path.stem, elements_of(load(path)), LONDON)
    return None


def elements_of(value: Any) -> list[dict[str, Any]]:
    """The records of a list, whichever form it has."""
    while isinstance(value, dict) and len(value) == 1:
        value = next(iter(value.values()))
    return value if isinstance(value, list) else [value]


def both(tmp_path: Path, source: Path, *, keep_json: bool = False) -> tuple[Path, Path]:
    """The threads and those lists alone, as JSON and as pages; the profile and the zone as JSON in both."""
    for path in sorted(source.rglob("*")):
        if not path.is_file() or "encrypted" in path.parts:
            continue
        try:
            made = page_of(path) if path.suffix == ".json" else None
        except (ValueError, AttributeError, TypeError, KeyError):
            # A file of the sample that is damaged on purpose has no page.
            continue
        is_kept = made is None and (
            path.suffix != ".json" or path.name in ("profile_information.json", "timezone.json")
        )
        for form in ("json", "pages") if made is not None or is_kept else ():
            place = tmp_path / form / path.relative_to(source)
            place.parent.mkdir(parents=True, exist_ok=True)
            if is_kept or form == "json" or keep_json:
                shutil.copyfile(path, place)
            if form == "pages" and made is not None:
                place.with_suffix(".html").write_bytes(made)
    return tmp_path / "json", tmp_path / "pages"


def shown(one: Loaded) -> dict[str, Any]:
    """What the two forms have in common: pages have seconds, and do not say that something was unsent."""
    envelope = one.envelope
    return {
        "kind": envelope.kind,
        "service": envelope.service,
        "second": envelope.time.ts_utc[:19] if envelope.time.ts_utc else None,
        "sender": envelope.sender and (envelope.sender.kind, envelope.sender.value),
        "recipients": sorted((one.kind, one.value) for one in envelope.recipients),
        "conversation": envelope.conversation.key,
        "title": envelope.conversation.title,
        "group": envelope.conversation.is_group,
        "owner": sorted((one.kind, one.value) for one in envelope.also if one.role == "owner"),
        "marks": sorted(set(envelope.marks) - {"unsent", "taken-down", "bumped", "no-content", "joined", "left"}),
        "text": (one.text or "").rstrip() or None,
        "files": sorted((file.name or "", file.state) for file in one.attachments),
    }


def lines(found: list[Loaded | Unread]) -> list[str]:
    return sorted(
        json.dumps(shown(one), sort_keys=True, ensure_ascii=False) for one in found if isinstance(one, Loaded)
    )


@pytest.mark.parametrize("source", [NEWEST, DOWNLOADS / "2020" / "facebook-sam.field", DOWNLOADS / "2018"])
def test_json_and_html_of_the_same_account_give_the_same_records(tmp_path: Path, source: Path) -> None:
    as_json, as_pages = both(tmp_path, source)
    options = ReadOptions(timezone="Europe/London")
    found, on_pages = (loaded(FacebookDownload(), folder, options) for folder in (as_json, as_pages))
    assert not any(isinstance(one, Unread) for one in on_pages)
    # A picture of the thread and a still of a video are beside the messages of the JSON form only.
    expected = [one for one in lines(found) if '"thread-picture"' not in one and '"join-link"' not in one]
    assert lines(on_pages) == [one.replace('["1001.png", "present"], ["clip.mp4"', '["clip.mp4"') for one in expected]
