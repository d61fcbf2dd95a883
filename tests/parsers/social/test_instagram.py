"""Instagram downloads: the fixture as a whole, the fate of each of its files, whose they are, and whose act a record is."""

from __future__ import annotations

from pathlib import Path

import pytest

from chat_readers import check_golden, claims, golden_line, loaded
from instagram_samples import (
    AT,
    FIXTURE,
    INBOX,
    LISTS,
    LOGINS,
    PROFILE,
    READER,
    field,
    labels,
    profile,
    records,
    row,
    said,
    sample,
    thread,
    write,
)
from plainrecord.intake import list_source
from plainrecord.intake.listing import ReadOptions
from plainrecord.parsers.social.instagramfiles import acts
from plainrecord.records import Account, Envelope, Unread

OWNER = Account("instagram", "handle", "sam.field", "Sam Field")
OTHER = Account("instagram", "handle", "alex_mere")
LATEST = "instagram-sam.field-2024-11-20-Ab3dEf"
# Files of the fixture from which no record is taken, and a word of the sentence that says so.
ASIDE = {
    "ads_information/ads_and_topics/ads_viewed.json": "shown to the owner",
    "connections/contacts/synced_contacts.json": "contacts",
    "connections/followers_and_following/following_hashtags.json": "hashtags",
    "logged_information/recent_searches/profile_searches.json": "searches",
    "personal_information/device_information/camera_information.json": "camera",
    "preferences/settings/consents.json": "settings",
    "start_here.html": "opened with",
    "your_instagram_activity/messages/ai_conversations/helper_17841400000000606/message_1.json": "artificial",
    "your_instagram_activity/messages/your_chat_information.json": "settings",
    "your_instagram_activity/story_interactions/stories_viewed.json": "stories the owner opened",
    "your_instagram_activity/subscriptions/no-data.txt": "nothing in it",
    "your_instagram_activity/threads/threads_viewed.json": "shown to the owner",
}


def test_the_fixture_reads_as_expected(pytestconfig: pytest.Config) -> None:
    lines = [golden_line(item) for item in loaded(READER, FIXTURE)]
    check_golden(lines, FIXTURE / "expected.jsonl", pytestconfig.getoption("--update-golden"))


def test_every_file_of_the_fixture_has_its_fate() -> None:
    listing = list_source([FIXTURE], "S1")
    [claim] = [one for one in READER.claim(listing) if one.title == LATEST]
    read = {member.tree_path for member in claim.members}
    aside = {path.removeprefix(f"{LATEST}/"): says for path, says in claim.aside.items()}
    assert {path: ASIDE[path] in says for path, says in aside.items()} == dict.fromkeys(ASIDE, True)
    left = [one.tree_path for one in listing.under(LATEST) if one.tree_path not in read | set(claim.aside)]
    assert left == [f"{LATEST}/your_instagram_activity/new_thing/surprise.json"]


def test_every_list_of_the_table_has_its_sheet() -> None:
    assert set(acts()) <= set(READER.sheets)
    assert {act.by for act in acts().values() if act.family == "act"} == {"owner", "other"}


@pytest.mark.parametrize("wrapper", ["", "wrapper/", "media/", "a/b/messages/"])
@pytest.mark.parametrize("cut", ["", "connections/"])
def test_a_download_begins_wherever_its_layout_does(wrapper: str, cut: str, tmp_path: Path) -> None:
    path = f"{wrapper}{LISTS.removeprefix(cut)}/followers_1.json"
    write(tmp_path, {path: [row("alex_mere")]}, owner=False)
    [claim] = claims(READER, tmp_path)
    assert claim.facts["root"] == wrapper.rstrip("/")
    [item] = records(tmp_path)
    assert (item.envelope.kind, item.envelope.sender) == ("follow", OTHER)


def test_lists_taken_out_of_their_folders_are_known_by_their_first_key(tmp_path: Path) -> None:
    write(tmp_path, {"blocked.json": {"relationships_blocked_users": [row("alex_mere")]}}, owner=False)
    [item] = records(tmp_path)
    assert item.envelope.kind == "block"


def test_a_facebook_download_is_not_taken_for_one_of_instagram(tmp_path: Path) -> None:
    files = {
        "messages/inbox/alexmere_100000000000101/message_1.json": thread(said()),
        "comments_and_reactions/comments.json": {"comments_v2": []},
        "security_and_login_information/account_activity.json": {"account_activity_v2": []},
        "profile_information/profile_information.json": {"profile_v2": {"name": {"full_name": "Sam Field"}}},
    }
    write(tmp_path, files, owner=False)
    assert claims(READER, tmp_path) == []


def test_two_downloads_in_one_folder_are_two_claims() -> None:
    assert sorted(claim.title for claim in claims(READER, FIXTURE)) == [
        "earlier download",
        LATEST,
        "instagram-sam.field-2024-11-28-Zz9Yy8",
        "sam.field_20230310",
    ]


@pytest.mark.parametrize(
    ("name", "key", "kind", "by_owner", "marks"),
    [
        ("followers_1", "relationships_followers", "follow", False, ()),
        ("following", "relationships_following", "follow", True, ()),
        ("follow_requests_you've_received", "relationships_follow_requests_received", "request", False, ("pending",)),
        ("pending_follow_requests", "relationships_follow_requests_sent", "request", True, ("pending",)),
        ("recent_follow_requests", "relationships_permanent_follow_requests", "request", True, ()),
        ("recently_unfollowed_accounts", "relationships_unfollowed_users", "follow", True, ("unfollowed",)),
        ("blocked_accounts", "relationships_blocked_users", "block", True, ()),
        ("restricted_accounts", "relationships_restricted_users", "block", True, ("restricted",)),
        ("hide_story_from", "relationships_hide_stories_from", "block", True, ("stories-hidden",)),
        ("close_friends", "relationships_close_friends", "other", True, ("close-friend",)),
    ],
)
@pytest.mark.parametrize("shape", ["keyed", "bare", "labels", "one", "nested"])
def test_whose_act_an_entry_is(
    name: str, key: str, kind: str, by_owner: bool, marks: tuple[str, ...], shape: str, tmp_path: Path
) -> None:
    entry = (
        labels(("URL", ""), ("Name", "Alex"), ("Username", "alex_mere"))
        if shape in ("labels", "one")
        else row("alex_mere")
    )
    whole = {"keyed": {key: [entry]}, "nested": {key: {"data": [entry]}}, "one": entry}.get(shape, [entry])
    [item] = records(write(tmp_path, {f"{LISTS}/{name}.json": whole}))
    envelope = item.envelope
    assert (envelope.kind, envelope.marks, envelope.time.ts_utc) == (kind, marks, "2024-07-01T12:34:56Z")
    stated = envelope.sender if not by_owner else envelope.recipients[0]
    assert stated is not None and (stated.kind, stated.value) == ("handle", "alex_mere")
    assert (envelope.sender if by_owner else envelope.recipients[0]) == OWNER
    assert envelope.conversation.key == "instagram:acts:handle:alex_mere"
    assert [(one.value, one.role) for one in envelope.also] == [("sam.field", "owner")]


def test_comments_and_likes_are_what_the_owner_did(tmp_path: Path) -> None:
    comment = {"string_map_data": {"Comment": field("no"), "Media Owner": field("alex_mere"), "Time": field("", AT)}}
    like = {
        "title": "alex_mere",
        "string_list_data": [{"href": "https://www.instagram.com/p/A/", "value": "👍", "timestamp": AT}],
    }
    files = {
        "your_instagram_activity/comments/post_comments_1.json": [comment],
        "your_instagram_activity/comments/reels_comments.json": {"comments_reels_comments": [comment]},
        "your_instagram_activity/likes/liked_posts.json": {"likes_media_likes": [like]},
        "your_instagram_activity/likes/liked_comments.json": {"likes_comment_likes": [like]},
        "your_instagram_activity/story_interactions/questions.json": {"story_activities_questions": [like]},
    }
    found = records(write(tmp_path, files))
    assert [(one.envelope.kind, one.text) for one in found] == [
        ("comment", "no"), ("comment", "no"), ("reaction", "👍"), ("reaction", "👍"), ("story_reply", "👍"),
    ]  # fmt: skip
    assert {one.envelope.sender for one in found} == {OWNER}
    assert {one.envelope.recipients for one in found} == {(OTHER,)}


def test_display_name_and_username_of_the_owner_are_both_stated_and_not_joined(tmp_path: Path) -> None:
    files = {
        f"{INBOX}/alexmere_17841400000000101/message_1.json": thread(said()),
        f"{LISTS}/followers_1.json": [row("alex_mere")],
    }
    follow, message = records(write(tmp_path, files))
    assert [(one.kind, one.value, one.role) for one in message.envelope.also] == [("name", "Sam Field", "owner")]
    assert [(one.kind, one.value, one.role) for one in follow.envelope.also] == [("handle", "sam.field", "owner")]
    assert message.envelope.sender == Account("instagram", "name", "Alex Mere")
    assert message.facts["thread-folder"] == "alexmere_17841400000000101"


def test_without_a_profile_file_the_folder_of_the_download_says_whose_it_is_and_that_is_not_certain(
    tmp_path: Path,
) -> None:
    write(
        tmp_path / "instagram-sam.field-2024-11-20-Ab3dEf",
        {f"{LISTS}/followers_1.json": [row("alex_mere")]},
        owner=False,
    )
    [claim] = claims(READER, tmp_path)
    [found] = READER.scan(claim)
    assert isinstance(found, Envelope) and [one.value for one in found.recipients] == ["sam.field"]
    [decision] = [one for one in claim.decisions if one.subject == "instagram:owner-username"]
    assert (decision.chosen, decision.certain) == ("sam.field", False)


def test_whose_it_is_can_be_said(tmp_path: Path) -> None:
    write(tmp_path, {f"{LISTS}/following.json": {"relationships_following": [row("alex_mere")]}}, owner=False)
    [item] = records(tmp_path)
    assert item.envelope.sender is None and "instagram:owner-not-named" in item.envelope.notes
    [item] = records(tmp_path, ReadOptions(owner_names=("@sam.field",)))
    assert item.envelope.sender == Account("instagram", "handle", "sam.field")


def test_events_of_the_account_name_nobody_as_the_one_who_did_them(tmp_path: Path) -> None:
    login = {
        "title": "2024-07-01T12:34:56+00:00",
        "string_map_data": {"IP address": field("203.0.113.5"), "Time": field("", AT)},
    }
    changed = {
        "Changed": field("Email"),
        "Previous value": field("a@mail.example"),
        "New value": field("b@mail.example"),
    }
    files = {
        f"{LOGINS}/login_activity.json": {"account_history_login_history": [login]},
        f"{LOGINS}/profile_privacy_changes.json": {
            "account_history_account_privacy_history": [login | {"title": "Switched to private"}]
        },
        PROFILE.replace("personal_information.json", "profile_changes.json"): {
            "profile_profile_change": [{"title": "", "string_map_data": changed | {"Change date": field("", AT)}}]
        },
        PROFILE: profile(),
    }
    change, entered, private = records(write(tmp_path, files))
    assert [one.envelope.kind for one in (change, entered, private)] == [
        "profile_change",
        "login_alert",
        "profile_change",
    ]
    assert {one.envelope.sender for one in (change, entered, private)} == {None}
    assert {one.envelope.recipients for one in (change, entered, private)} == {(OWNER,)}
    assert {one.envelope.conversation.account_events for one in (change, entered, private)} == {True}
    assert (private.text, entered.facts["IP address"], change.facts["New value"]) == (
        "Switched to private", "203.0.113.5", "b@mail.example",
    )  # fmt: skip


def test_numbers_left_out_of_a_list_are_said(tmp_path: Path) -> None:
    write(tmp_path, {f"{LISTS}/followers_{number}.json": [row("alex_mere")] for number in (1, 3)})
    [claim] = claims(READER, tmp_path)
    list(READER.scan(claim))
    [missing] = [one for one in claim.decisions if one.subject == "instagram:parts-missing"]
    assert "followers.json goes up to number 3 and lacks 2" in missing.basis and not missing.certain


def test_pages_left_out_of_a_thread_are_said_without_naming_it(tmp_path: Path) -> None:
    folder = f"{INBOX}/robinvale_17841400000000101"
    write(tmp_path, {f"{folder}/message_{number}.json": thread(said()) for number in (1, 4)})
    [claim] = claims(READER, tmp_path)
    list(READER.scan(claim))
    [missing] = [one for one in claim.decisions if one.subject == "instagram:pages-missing"]
    assert missing.basis.startswith("1 thread lacks pages")
    assert not any("robinvale" in one.basis + one.chosen for one in claim.decisions)


def test_pictures_that_messages_and_posts_name_are_theirs() -> None:
    files = [(one.name, one.state) for item in sample() for one in item.attachments]
    assert files.count(("100.png", "present")) == 2
    assert ("cat.png", "present") in files and ("gone.png", "missing") in files and ("x.jpg", "not-exported") in files


def test_what_is_no_entry_is_counted_as_unread(tmp_path: Path) -> None:
    write(tmp_path, {f"{LISTS}/following.json": {"relationships_following": [7, row("alex_mere"), {}, None, ["x"]]}})
    found = loaded(READER, tmp_path)
    assert [item.kind for item in found if isinstance(item, Unread)] == ["not-an-entry"] * 4
