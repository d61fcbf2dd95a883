"""Facebook's pages against its JSON: the same account in both forms gives the same records, whose act each is included."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from random import Random
from typing import Any

import pytest

from chat_readers import FIXTURES, check_golden, claims, golden_line, loaded
from page_damage import mutated
from page_samples import Said, page, thread
from page_twins import facebook_page, load, of_zone, thread_page
from plainrecord.intake.listing import ReadOptions
from plainrecord.parsers.social.download import shard
from plainrecord.parsers.social.facebook import FacebookDownload
from plainrecord.records import Envelope, Loaded, Unread

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
    still = ('["1001.png", "present"], ["clip.mp4"', '["clip.mp4"')
    assert lines(on_pages) == sorted(one.replace(*still) for one in expected)


OLD = (
    "<html><head><title>Sam Field - Messages</title><link href='style.css' /></head><body><div class='nav'>Facebook</div>"
    '<div class="contents"><h1>Sam Field</h1><div>'
    '<div class="thread">Alex Mere, Sam Field'
    '<div class="message"><div class="message_header"><span class="user">Alex Mere</span>'
    '<span class="meta">Wednesday, 12 March 2014 at 21:06 UTC+01</span></div></div><p>second &amp; last</p>'
    '<div class="message"><div class="message_header"><span class="user">1000001@facebook.com</span>'
    '<span class="meta">Wednesday, 12 March 2014 at 21:05 UTC+01</span></div></div><p>first</p></div>'
    '<div class="thread">Robin Vale, Sam Field, Jo Kaya'
    '<div class="message"><div class="message_header"><span class="user">Sam Field</span>'
    '<span class="meta">Thursday, June 12, 2014 at 9:05pm UTC+01</span></div></div><p>hello</p></div>'
    '<div class="thread">Sam Field, Alex Mere'
    '<div class="message"><div class="message_header"><span class="user">Alex Mere</span>'
    '<span class="meta">Monday, 10 March 2014 at 21:05 UTC</span></div></div><p></p></div>'
    "</div></div></body></html>"
)


def old_download(tmp_path: Path, text: str = OLD) -> Path:
    (tmp_path / "html").mkdir(exist_ok=True)
    (tmp_path / "html" / "messages.htm").write_text(text, encoding="utf-8")
    (tmp_path / "html" / "friends.htm").write_text("<html><body>Facebook</body></html>", encoding="utf-8")
    return tmp_path


def test_threads_from_before_2018_state_their_offset_and_threads_of_the_same_people_are_one(tmp_path: Path) -> None:
    found = [one for one in loaded(FacebookDownload(), old_download(tmp_path)) if isinstance(one, Loaded)]
    assert [
        (one.envelope.sender and one.envelope.sender.value, one.text, one.envelope.time.ts_utc) for one in found
    ] == [
        ("Alex Mere", "second & last", "2014-03-12T20:06:00Z"),
        ("1000001@facebook.com", "first", "2014-03-12T20:05:00Z"),
        ("Sam Field", "hello", "2014-06-12T20:05:00Z"),
        ("Alex Mere", None, "2014-03-10T21:05:00Z"),
    ]
    assert found[0].envelope.time.tz_basis == "explicit_offset"
    keys = [one.envelope.conversation.key for one in found]
    assert keys[0] == keys[1] == keys[3] != keys[2]
    assert [one.envelope.conversation.is_group for one in found] == [False, False, True, False]
    assert {one.value for one in found[0].envelope.also if one.role == "owner"} == {"Sam Field"}
    (claim,) = claims(FacebookDownload(), tmp_path)
    assert "from before 2018" in claim.aside["html/friends.htm"]


def test_old_threads_cut_at_any_byte_never_raise(tmp_path: Path) -> None:
    for end in range(0, len(OLD), 3):
        loaded(FacebookDownload(), old_download(tmp_path, OLD[:end]))


def test_damaged_pages_never_raise_and_every_record_is_found_again(tmp_path: Path) -> None:
    _, pages = both(tmp_path / "whole", NEWEST)
    names = ("message_10.html", "pokes.html", "recently_visited.html", "account_activity.html", "comments_1.html")
    random = Random(20241103)
    for path in [path for path in sorted(pages.rglob("*.html")) if path.name in names]:
        alone = tmp_path / "alone" / path.relative_to(pages)
        alone.parent.mkdir(parents=True, exist_ok=True)
        for _ in range(30):
            alone.write_bytes(mutated(path.read_bytes(), random))
            loaded(FacebookDownload(), tmp_path / "alone")
        alone.unlink()


def test_case_9_where_both_forms_are_there_the_json_is_read_and_the_pages_are_aside(tmp_path: Path) -> None:
    as_json, pages = both(tmp_path, NEWEST, keep_json=True)
    (claim,) = claims(FacebookDownload(), pages)
    assert not [one.tree_path for one in claim.members if one.tree_path.endswith(".html")]
    said = next(says for path, says in claim.aside.items() if path.endswith("message_10.html"))
    assert said == "The same thread is there as JSON, which is read instead: it has exact times in UTC."
    assert len(loaded(FacebookDownload(), pages)) == len(loaded(FacebookDownload(), as_json))


def test_case_17_visits_on_a_page_are_the_owners(tmp_path: Path) -> None:
    _, pages = both(tmp_path, NEWEST)
    found = [
        one for one in loaded(FacebookDownload(), pages) if isinstance(one, Loaded) and "visited" in one.envelope.marks
    ]
    assert found
    assert {one.envelope.sender and one.envelope.sender.value for one in found} == {"Sam Field"}


def test_no_secret_of_a_log_in_page_is_copied(tmp_path: Path) -> None:
    _, pages = both(tmp_path, NEWEST)
    written = json.dumps([one.facts for one in loaded(FacebookDownload(), pages) if isinstance(one, Loaded)])
    assert "SECRET" not in written
    assert "withheld: secret" in written


def test_cookies_on_a_page_are_one_record_without_their_names(tmp_path: Path) -> None:
    row = '<section class="_a6-g"><h2>Zq1xSECRET</h2><div class="_a6-p"><div>{}</div><div>{}</div></div></section>'
    shown = row.format("Nov 14, 2023 10:13:20 pm", "Nov 15, 2023 10:13:20 pm")
    place = tmp_path / "security_and_login_information" / "browser_cookies.html"
    place.parent.mkdir(parents=True)
    place.write_bytes(page("Browser cookies", [shown], head="Facebook"))
    (found,) = loaded(FacebookDownload(), tmp_path, ReadOptions(timezone="Europe/London"))
    assert isinstance(found, Loaded)
    assert "SECRET" not in json.dumps(found.facts) + (found.text or "")
    assert "2023-11-14T22:13:20Z, 2023-11-15T22:13:20Z" in found.facts["cookie 1"]


PAGES = FIXTURES / "social-facebook-pages"


def test_the_fixture_reads_as_expected(pytestconfig: pytest.Config) -> None:
    found = loaded(FacebookDownload(), PAGES, ReadOptions(timezone="Europe/London"))
    assert not any(isinstance(one, Unread) for one in found)
    check_golden(list(map(golden_line, found)), PAGES / "expected.jsonl", pytestconfig.getoption("--update-golden"))


def test_every_file_of_the_fixture_has_its_fate() -> None:
    explained: dict[str, str] = {"README.md": "", "expected.jsonl": ""}
    for claim in claims(FacebookDownload(), PAGES):
        explained |= {one.tree_path: "" for one in claim.members} | claim.aside
    files = {path.relative_to(PAGES).as_posix() for path in PAGES.rglob("*") if path.is_file()}
    assert files == set(explained)
    assert sorted(path.rpartition("/")[2] for path, says in explained.items() if says) == [
        "advertisers.html",
        "friends.htm",
        "index.htm",
        "start_here.html",
        "your_messages.html",
    ]


def test_whose_act_each_page_of_the_fixture_holds() -> None:
    found = [one.envelope for one in loaded(FacebookDownload(), PAGES / "2024") if isinstance(one, Loaded)]
    by_page: dict[str, set[tuple[str | None, tuple[str, ...]]]] = {}
    for one in found:
        said = (one.sender.value if one.sender else None, tuple(other.value for other in one.recipients))
        by_page.setdefault(one.position.member.rpartition("/")[2], set()).add(said)
    assert by_page["rejected_friend_requests.html"] == {("Alex Mere", ("Sam Field",))}
    assert by_page["removed_friends.html"] == {(None, ("Alex Mere",))}
    assert by_page["pokes.html"] == {("Alex Mere", ("Sam Field",)), ("Sam Field", ("Jo Kaya",))}
    assert by_page["comments.html"] == {("Sam Field", ("Alex Mere",))}
    assert by_page["recently_visited.html"] == {("Sam Field", ("Alex Mere",)), ("Sam Field", ("Jo Kaya",))}
    assert by_page["notifications.html"] == {("Alex Mere", ("Sam Field",))}
    assert by_page["account_activity.html"] == {(None, ("Sam Field",))}


def test_the_zone_of_the_fixture_is_confirmed_by_the_heads_of_its_pages() -> None:
    (claim,) = claims(FacebookDownload(), PAGES / "2024", ReadOptions(timezone="America/New_York"))
    list(FacebookDownload().scan(claim))
    (told,) = [one for one in claim.decisions if one.subject == "pages:timezone"]
    assert (told.chosen, told.certain) == ("Europe/London", True)
    assert "America/New_York was said" in told.basis


def test_a_thread_that_was_moved_to_encryption_says_that_later_messages_are_elsewhere(tmp_path: Path) -> None:
    rows = [
        Said("Alex Mere", "Nov 14, 2023 10:15:20 pm", "Messages and calls are secured with end-to-end encryption."),
        Said("Alex Mere", "Nov 14, 2023 10:14:20 pm", "still here"),
    ]
    place = tmp_path / "your_facebook_activity" / "messages" / "inbox" / "alexmere_1000000000001" / "message_1.html"
    place.parent.mkdir(parents=True)
    place.write_bytes(thread("section", "Alex Mere", rows, ("Alex Mere", "Sam Field")))
    (claim,) = claims(FacebookDownload(), tmp_path)
    found = [one for one in FacebookDownload().scan(claim) if isinstance(one, Envelope)]
    assert [one.kind for one in found] == ["system", "message"]
    assert "not in this download" in [
        one.chosen for one in claim.decisions if one.subject == "messenger:later-messages"
    ]


def test_an_explanation_on_a_page_of_people_is_nobodys_act(tmp_path: Path) -> None:
    rows = [
        '<section class="_a6-g"><h2 class="_a6-h">These are people who asked to be your friend.</h2></section>',
        '<section class="_a6-g"><h2 class="_a6-h">Alex Mere</h2></section>',
    ]
    place = tmp_path / "connections" / "friends" / "received_friend_requests.html"
    place.parent.mkdir(parents=True)
    place.write_bytes(page("Received friend requests", rows, head="Facebook"))
    unread, request = sorted(loaded(FacebookDownload(), tmp_path), key=lambda one: isinstance(one, Loaded))
    assert isinstance(unread, Unread)
    assert unread.kind == "no-name"
    assert isinstance(request, Loaded)
    assert request.envelope.sender and request.envelope.sender.value == "Alex Mere"
    assert "time-missing" in request.envelope.notes
