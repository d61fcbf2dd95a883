"""Whose act each entry of a Facebook download is, what of it was taken from prose, and what the account says of itself."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat_readers import claims, golden_line, loaded
from facebook_files import (
    ALEX,
    AT,
    JO,
    NEWEST,
    READER,
    ROBIN,
    SAM,
    by_text,
    download,
    items,
    of,
    one,
    who,
)
from plainrecord.parsers.social.facebookprose import (
    Told,
    named_first,
    notification,
    other_party,
    people_in,
    wrote_on_profile,
)
from plainrecord.records import Loaded

FOUND = items(NEWEST)
OWN_EVENTS = "facebook:account-events"


WHOSE = {
    "your_friends.json": (None, [JO]),
    "received_friend_requests.json": (ALEX, [SAM]),
    "rejected_friend_requests.json": (ALEX, [SAM]),
    "sent_friend_requests.json": (SAM, [ROBIN]),
    "removed_friends.json": (None, [ALEX]),
    "people_who_followed_you_1.json": (ALEX, [SAM]),
    "who_you've_followed.json": (SAM, [JO]),
    "friends_you_see_less.json": (SAM, [ALEX]),
    "comments_1.json": (SAM, [ALEX]),
    "likes_and_reactions_1.json": (SAM, [JO]),
    "likes_and_reactions_2.json": (SAM, [ALEX]),
    "story_reactions.json": (SAM, [JO]),
    "other_people's_posts_to_your_timeline.json": (ALEX, [SAM]),
    "photos_and_videos_you're_tagged_in.json": (ALEX, [SAM]),
    "places_you_have_been_tagged_in.json": (None, [SAM]),
    "people_and_friends.json": (None, [JO]),
    "recently_visited.json": (SAM, [ALEX]),
    "event_invitations.json": (None, [SAM]),
    "account_activity.json": (None, [SAM]),
    "record_details.json": (None, [SAM]),
    "mobile_devices.json": (None, [SAM]),
}


@pytest.mark.parametrize("name", WHOSE)
def test_each_list_says_whose_act_its_entries_are(name: str) -> None:
    assert who(of(FOUND, f"/{name}")[0]) == WHOSE[name]


def test_what_nobody_states_is_nobodys_and_says_so() -> None:
    silent = (
        "your_friends.json",
        "removed_friends.json",
        "people_and_friends.json",
        "places_you_have_been_tagged_in.json",
    )
    assert all("facebook:actor-not-stated" in of(FOUND, f"/{name}")[0].envelope.notes for name in silent)


def test_case_16_pokes_are_given_to_who_poked() -> None:
    pokes = of(FOUND, "pokes.json")
    assert [who(item) for item in pokes] == [(ALEX, [SAM]), (ALEX, [SAM]), (SAM, [JO])]
    assert [item.facts["rank"] for item in pokes] == ["3", "3", "0"]
    assert {item.envelope.conversation.title for item in pokes[:2]} == {"Alex Mere: acts other than messages"}


def test_a_poke_between_two_of_the_owners_name_is_nobodys(tmp_path: Path) -> None:
    item = one(
        download(tmp_path, {"other_activity/pokes.json": {"pokes_v2": [{"poker": SAM, "pokee": SAM, "timestamp": AT}]}})
    )
    assert (who(item)[0], item.envelope.also) == (None, ())


def test_case_17_visits_are_the_owners() -> None:
    profile_visit, page_visit = of(FOUND, "recently_visited.json")
    assert (who(profile_visit), profile_visit.envelope.marks) == ((SAM, [ALEX]), ("visited",))
    assert (who(page_visit), page_visit.facts["name"]) == ((SAM, []), "Garden Shop")


def test_the_author_of_a_comment_is_the_owner_and_never_whom_it_answers() -> None:
    comments = [item for item in FOUND if item.envelope.kind == "comment" and "notification" not in item.envelope.marks]
    assert {who(item)[0] for item in comments} == {SAM}
    answered = by_text(comments, "please")
    assert "facebook:party-from-prose" in answered.envelope.notes
    assert answered.facts["title"] == "Sam Field replied to Alex Mere's comment."


def test_a_comment_under_an_earlier_name_stays_the_owners_and_says_so(tmp_path: Path) -> None:
    comment = {"timestamp": AT, "data": [{"comment": {"comment": "x", "author": "Sam Fielding"}}], "title": "t"}
    item = one(download(tmp_path, {"comments/comments.json": {"comments_v2": [comment]}}))
    assert (who(item)[0], item.facts["author"]) == (SAM, "Sam Fielding")
    assert "facebook:author-is-not-the-owners-name" in item.envelope.notes


def test_rejected_requests_are_kept_one_by_one_with_what_was_said_of_them() -> None:
    marks = [item.envelope.marks for item in of(FOUND, "rejected_friend_requests.json")]
    assert marks == [("rejected",), ("rejected", "marked-as-spam"), ("rejected",)]


def test_a_follower_has_no_time_and_none_is_made_up() -> None:
    [item] = of(FOUND, "people_who_followed_you_1.json")
    assert (item.envelope.time.utc_us, item.envelope.notes) == (None, ("time-missing",))


def test_a_contact_of_the_address_book_is_no_account_of_facebooks() -> None:
    [item] = of(FOUND, "your_address_books.json")
    assert (who(item), item.envelope.conversation.key) == ((None, []), None)
    assert "07700900123" in item.facts["details"]


# ---------------------------------------------------------------- prose


def test_notifications_name_who_acted_and_how_that_is_known() -> None:
    told = [(item.envelope.kind, who(item), item.facts.get("actor-by")) for item in of(FOUND, "notifications.json")]
    name, words = "a name of this download", "English wording"
    assert told == [
        ("mention", (ALEX, [SAM]), name),
        ("reaction", (ROBIN, [SAM]), name),
        ("reaction", (ALEX, [SAM]), name),
        ("request", ("New Person", [SAM]), words),
        ("other", (None, [ALEX]), None),
        ("other", (None, [ALEX]), None),
        ("other", (None, [SAM]), None),
        ("comment", (JO, [SAM]), name),
    ]
    acted = [item for item in of(FOUND, "notifications.json") if item.envelope.sender]
    assert all("facebook:actor-from-prose" in item.envelope.notes for item in acted)


@pytest.mark.parametrize(
    ("text", "who_acted", "kind"),
    [
        ("Alex Mere tagged you in a post.", (ALEX,), "mention"),
        ("Alex Mere also commented on Jo Kaya's photo.", (ALEX,), "comment"),
        ("Alex Mere replied to your comment on a post.", (ALEX,), "comment"),
        ("Alex Mere, Robin Vale and 2 other people liked your photo.", (ALEX, ROBIN), "reaction"),
        ("Alex Mere accepted your friend request.", (ALEX,), "request"),
        ("Sam Field and Alex Mere reacted to your photo.", None, None),
        ("You and Alex Mere reacted to Jo Kaya's photo.", None, None),
        ("Alex Mere reacted to a comment that mentioned you.", (ALEX,), "reaction"),
        ("Alex Mere created an event and invited you to it.", None, None),
        ("Alex Mere's friend Jo Kaya tagged you.", None, None),
        ("A friend of Alex Mere mentioned you.", None, None),
        ("New Person's cat tagged you.", None, None),
        ("Alex Mere has a birthday today.", None, None),
        ("Someone tagged you.", None, None),
        ("mentioned you in a comment", None, None),
        ("", None, None),
    ],
)
def test_an_act_is_given_only_where_the_words_say_it(
    text: str, who_acted: tuple[str, ...] | None, kind: str | None
) -> None:
    told = notification(text, {ALEX, ROBIN, JO, SAM}, SAM)
    assert (told and told.actors, told and told.kind) == (who_acted, kind)


def test_a_tag_is_given_only_to_who_is_stated_to_have_tagged(tmp_path: Path) -> None:
    labels = [{"label": "Owner", "value": ALEX}, {"label": "URL", "value": "https://x.example"}]
    path = "activity_you're_tagged_in/photos_and_videos_you're_tagged_in.json"
    asked = {
        "connections/friends/received_friend_requests.json": {"received_requests_v2": [{"name": ALEX, "timestamp": AT}]}
    }
    [item] = of(items(download(tmp_path, {path: [{"label_values": labels, "timestamp": AT}], **asked})), path)
    assert (who(item), "facebook:actor-not-stated" in item.envelope.notes) == ((None, [ALEX]), True)


def test_names_that_hold_an_and_are_one_name_when_the_download_knows_them() -> None:
    assert people_in("Flowers and More", {"Flowers and More"}) == ("Flowers and More",)
    assert people_in("Flowers and More", set()) == ("Flowers", "More")


def test_the_other_party_is_named_only_where_one_name_fits() -> None:
    names = {ALEX, "Alex Mere Smith", JO, SAM}
    assert other_party("Sam Field commented on Alex Mere Smith's post.", names, SAM)[0] == "Alex Mere Smith"
    assert other_party("Sam Field commented on Alex Mere's post in Jo Kaya's group.", names, SAM) == ("", "")
    assert other_party("Sam Field likes his own photo.", names, SAM) == ("", "")
    assert other_party("Sam Field reacted to New Person's post.", names, SAM) == ("New Person", "English wording")


def test_who_wrote_on_the_profile_is_never_the_owner() -> None:
    assert wrote_on_profile("Alex Mere wrote on Sam Field's timeline.", {ALEX, SAM}, SAM)[0] == (ALEX,)
    assert wrote_on_profile("Sam Field wrote on your timeline.", {ALEX, SAM}, SAM) == ((), "")
    assert wrote_on_profile("A memory", set(), SAM) == ((), "")
    assert wrote_on_profile("Alex Mere was at home.", {ALEX, SAM}, SAM)[0] == (ALEX,)
    assert wrote_on_profile("Alex Mere's post was shared by Robin Vale.", {ALEX, ROBIN, SAM}, SAM) == ((), "")
    assert wrote_on_profile("Robin Vale and Alex Mere wrote on your timeline.", {ALEX, ROBIN}, SAM)[0] == (ROBIN, ALEX)


def test_a_longer_name_is_nobody_whose_name_it_begins_or_ends_with() -> None:
    names = {ALEX, ROBIN, SAM}
    assert notification("Alex Mere Smith mentioned you.", names, SAM) == Told(
        ("Alex Mere Smith",), "mention", (), "English wording"
    )
    assert wrote_on_profile("Alex Mere Smith wrote on your timeline.", names, SAM)[0] == ("Alex Mere Smith",)
    assert named_first("Alex Mere Smith has a birthday.", names) == ""
    assert named_first("Alex Mere-Smith has a birthday.", names) == ""
    assert named_first("Alex Mere has a birthday.", names) == ALEX
    assert other_party("Sam Field commented on Alex Mere Smith's post.", names, SAM)[0] == "Alex Mere Smith"


def test_everybody_a_sentence_names_as_acting_has_a_record(tmp_path: Path) -> None:
    told = "Jo Kaya, Robin Vale and Alex Mere commented on your photo."
    wrote = {"timestamp": AT, "title": "Robin Vale and Alex Mere wrote on your timeline.", "data": [{"post": "hello"}]}
    files = {
        "friends/friends.json": {"friends_v2": [{"name": name, "timestamp": AT} for name in (ALEX, ROBIN, JO)]},
        "notifications/notifications.json": {"notifications_v2": [{"timestamp": AT, "text": told}]},
        "posts/other_people's_posts_to_your_timeline.json": {"wall_posts_sent_to_you_v2": [wrote]},
    }
    found = items(download(tmp_path, files))
    assert [who(item) for item in of(found, "notifications.json")] == [(name, [SAM]) for name in (JO, ROBIN, ALEX)]
    assert [who(item) for item in of(found, "timeline.json")] == [(ROBIN, [SAM]), (ALEX, [SAM])]
    assert len({item.envelope.position for item in found}) == len(found)


@given(st.text(max_size=80), st.sampled_from([ALEX, "", "a"]))
def test_prose_of_any_kind_never_raises(text: str, name: str) -> None:
    for said in (text, f"{name} {text}", f"{name} mentioned you{text}"):
        notification(said, {ALEX, "a"}, SAM)
        other_party(said, {ALEX, "a"}, SAM)
        wrote_on_profile(said, {ALEX, "a"}, SAM)


# ---------------------------------------------------------------- the account itself


def test_events_of_the_account_stand_apart_and_name_no_one_as_acting() -> None:
    events = [item for item in FOUND if "/security_and_login_information/" in item.envelope.position.member]
    assert {item.envelope.conversation.key for item in events} == {OWN_EVENTS}
    assert all(item.envelope.conversation.account_events and item.envelope.sender is None for item in events)


def test_log_ins_and_changes_are_told_apart() -> None:
    told = {
        item.text: (item.envelope.kind, item.envelope.marks)
        for item in FOUND
        if item.envelope.conversation.key == OWN_EVENTS
    }
    assert told["Login checks failed"] == ("login_alert", ("generated-text", "failed"))
    assert told["Web Session Terminated"] == ("login_alert", ("generated-text", "session-ended"))
    assert told["Requested Password Reset"] == ("profile_change", ("generated-text",))
    assert (
        told["Email change"]
        == told["Name Change"]
        == told["Password Change"]
        == ("profile_change", ("generated-text",))
    )
    assert told["Sam Fielding"] == ("profile_change", ("previous-name",))


def test_the_old_and_the_new_of_a_change_are_kept() -> None:
    changed = by_text(FOUND, "Email change").facts
    assert (changed["changed.old_email"], changed["changed.new_email"]) == (
        "sam.field@mail.example",
        "other@mail.example",
    )


def test_no_cookie_and_no_token_is_copied() -> None:
    text = json.dumps([golden_line(item) for item in loaded(READER, NEWEST)])
    assert "SECRET" not in text
    assert text.count("withheld: secret") >= 8


def test_places_are_facts_and_are_not_among_the_events_of_the_account() -> None:
    places = [item for item in FOUND if "location" in item.envelope.marks and item.envelope.kind == "other"]
    assert {item.envelope.conversation.key for item in places} == {"facebook:locations"}
    assert not any(item.envelope.conversation.account_events for item in places)
    [last] = of(places, "last_location.json")
    assert (last.envelope.time.ts_utc, json.loads(last.facts["coordinate"])["latitude"]) == (
        "2024-07-01T12:41:36Z",
        51.5,
    )


def test_the_zone_of_the_account_is_known_to_the_claim() -> None:
    [claim] = claims(READER, NEWEST)
    list(READER.scan(claim))
    assert claim.facts["timezone"] == "Europe/London"


def test_a_profile_states_when_the_account_was_made() -> None:
    [made] = [item for item in loaded(READER, NEWEST) if isinstance(item, Loaded) and "profile" in item.envelope.marks]
    assert [(date.meaning, date.ts_utc) for date in made.dates] == [("created", "2011-03-13T07:06:40Z")]


FOLLOWERS = "connections/followers/people_who_followed_you_1.json"
RECEIVED = "connections/friends/received_friend_requests.json"


def test_rows_inside_a_record_are_a_person_each_with_a_time_of_their_own(tmp_path: Path) -> None:
    rows = [{"href": "https://www.example/1", "value": ALEX, "timestamp": AT}, {"value": ROBIN, "timestamp": AT + 60}]
    found = of(items(download(tmp_path, {FOLLOWERS: [{"title": "", "string_list_data": rows}]})), FOLLOWERS)
    assert [(who(item), item.envelope.time.ts_raw) for item in found] == [
        ((ALEX, [SAM]), str(AT)), ((ROBIN, [SAM]), str(AT + 60)),
    ]  # fmt: skip
    assert found[0].facts == {"href": "https://www.example/1"} and not found[1].facts
    assert len({item.envelope.position for item in found}) == 2


def test_a_name_under_a_label_of_no_known_language_is_taken_only_where_nothing_else_can_be_one(tmp_path: Path) -> None:
    def request(*pairs: tuple[str, str]) -> dict[str, object]:
        return {"timestamp": AT, "label_values": [{"label": label, "value": value} for label, value in pairs]}

    certain = request(("Dyddiad", "12 Mai 2024"), ("Enw'r person", ALEX), ("Dolen", "https://www.example/alex"))
    between = request(("Lle", "Caerdydd"), ("Enw'r person", ALEX))
    path = download(tmp_path, {RECEIVED: [certain, between]})
    found = of(items(path), RECEIVED)
    assert [who(item) for item in found] == [(ALEX, [SAM])]
    assert "facebook:name-by-shape" in found[0].envelope.notes
    assert [item.kind for item in loaded(READER, path) if not isinstance(item, Loaded)] == ["no-name"]


def test_labelled_secrets_are_withheld_and_labelled_actions_said(tmp_path: Path) -> None:
    values = {"Action": "Login", "Datr cookie": "Zq1hush", "Details": "Cookie: Zq2hush", "IP address": "203.0.113.5"}
    entry = {"timestamp": AT, "label_values": [{"label": label, "value": value} for label, value in values.items()]}
    found = one(download(tmp_path, {"security_and_login_information/account_activity.json": [entry]}))
    assert (found.envelope.kind, found.text) == ("login_alert", "Login")
    assert "hush" not in repr(found.facts) and found.facts["Datr cookie"] == "withheld: secret"
    assert found.facts["IP address"] == "203.0.113.5"


def test_an_entry_with_an_action_and_a_name_says_both_and_a_cookie_in_neither(tmp_path: Path) -> None:
    entry = {"timestamp": AT, "action": "Login", "name": "Cookie: Zq1hush", "status": "done"}
    found = one(download(tmp_path, {"security_and_login_information/x.json": {"account_activity_v2": [entry]}}))
    assert found.text == "Login" and found.facts["status"] == "done" and "hush" not in repr(found.facts)


def test_a_comment_without_a_time_of_its_own_has_the_one_inside_it(tmp_path: Path) -> None:
    inside = {"timestamp": AT, "comment": "hello", "author": SAM}
    without, with_another = {"data": [{"comment": inside}]}, {"timestamp": AT + 5, "data": [{"comment": inside}]}
    files = {"comments_and_reactions/comments.json": {"comments_v2": [without, with_another]}}
    first, second = items(download(tmp_path, files))
    assert (first.envelope.time.ts_raw, first.envelope.notes) == (str(AT), ())
    assert second.envelope.time.ts_raw == str(AT + 5)
    assert [date.ts_raw for date in second.dates] == [str(AT)]


def test_a_link_beside_a_labelled_value_is_kept(tmp_path: Path) -> None:
    value = {"label": "Name", "value": ALEX, "href": "https://www.example/alex.mere.77"}
    found = one(download(tmp_path, {RECEIVED: [{"timestamp": AT, "label_values": [value]}]}))
    assert found.facts == {"Name": ALEX, "Name (link)": "https://www.example/alex.mere.77"}
