"""LinkedIn, dating apps, Mastodon, Bluesky, Twitch, Strava: who did what, when, and whose half a download holds."""

from __future__ import annotations

import json
import random
import sys
from contextlib import suppress
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "chat"))

from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from car_files import ALEX, ROBIN, SAM, SAMPLE, car, encoded
from chat_readers import FIXTURES, claims, golden_line, loaded
from plainrecord.cli import main
from plainrecord.intake.listing import ReadOptions
from plainrecord.parsers.base import Parser
from plainrecord.parsers.social.bluesky import Bluesky
from plainrecord.parsers.social.dagcbor import decoded
from plainrecord.parsers.social.dating import Hinge, Raya, Tinder
from plainrecord.parsers.social.linkedin import LinkedIn
from plainrecord.parsers.social.mastodon import Mastodon
from plainrecord.parsers.social.strava import Strava
from plainrecord.parsers.social.twitch import Twitch
from plainrecord.records import Loaded, Unread

LONDON = ReadOptions(timezone="Europe/London")
# Reader and fixture, and the file that damage is tried on.
SAMPLES: dict[str, tuple[Parser, str, str]] = {
    "linkedin": (LinkedIn(), "social-linkedin", "Complete_LinkedInDataExport_07-02-2024/messages.csv"),
    "tinder": (Tinder(), "social-dating/tinder", "data.json"),
    "hinge": (Hinge(), "social-dating/hinge", "matches.json"),
    "raya": (Raya(), "social-dating/raya", "messages.csv"),
    "mastodon": (Mastodon(), "social-mastodon", "archive/outbox.json"),
    "bluesky": (Bluesky(), "social-bluesky", "sam.car"),
    "twitch": (Twitch(), "social-twitch", "request/chat_messages.csv"),
    "strava": (Strava(), "social-strava", "export_123456/comments.csv"),
}


def items(name: str) -> list[Loaded]:
    reader, folder, _ = SAMPLES[name]
    return [one for one in loaded(reader, FIXTURES / folder, LONDON) if isinstance(one, Loaded)]


def by_text(name: str, start: str) -> Loaded:
    return next(one for one in items(name) if (one.text or "").startswith(start))


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_reads_as_expected(name: str, update_golden: bool) -> None:
    reader, folder, _ = SAMPLES[name]
    made = "".join(golden_line(one) + "\n" for one in loaded(reader, FIXTURES / folder, LONDON))
    golden = FIXTURES / folder.partition("/")[0] / ("expected.jsonl" if "/" not in folder else f"expected-{name}.jsonl")
    if update_golden:
        golden.write_text(made, "utf-8", newline="\n")
    assert made == golden.read_text("utf-8")


@pytest.mark.parametrize("name", SAMPLES)
def test_a_file_cut_anywhere_or_damaged_never_raises_and_balances(name: str, tmp_path: Path) -> None:
    reader, folder, principal = SAMPLES[name]
    data = (FIXTURES / folder / principal).read_bytes()
    chance = random.Random(7)
    damaged = [data[:end] for end in range(len(data))]
    for _ in range(300):
        made = bytearray(data)
        for _ in range(chance.randrange(1, 6)):
            at = chance.randrange(len(made))
            made[at : at + chance.choice([0, 1, 9])] = chance.choice(
                [b"", b"\0", b'"', b"{", b"]", b"\xff", b",", b"\n", b"9" * 30]
            )
        damaged.append(bytes(made))
    place = tmp_path / Path(principal).name
    for one in damaged:
        place.write_bytes(one)
        for claim in claims(reader, tmp_path, LONDON):
            found = list(reader.scan(claim))
            wanted = [item.position for item in found if not isinstance(item, Unread)]
            assert len(list(reader.load(claim, wanted))) == len(wanted)


# LinkedIn (section 11)


def test_linkedin_a_person_is_the_address_of_a_profile_and_the_owner_is_in_every_conversation() -> None:
    one = by_text("linkedin", "I’m outside.")
    sender = one.envelope.sender
    assert sender and (sender.kind, sender.value, sender.name) == ("handle", "alex-mere", "Alex Mere")
    assert [(owner.value, owner.role) for owner in one.envelope.also] == [("sam-field", "owner")]
    assert by_text("linkedin", "Rehearsal").envelope.sender.value == "robin-väle"  # type: ignore[union-attr]


def test_linkedin_a_draft_was_never_sent_and_says_so() -> None:
    draft = by_text("linkedin", "Never sent")
    assert "draft" in draft.envelope.marks
    assert "linkedin:never-sent" in draft.envelope.notes


def test_linkedin_markup_is_shown_as_text_and_kept_as_stored() -> None:
    one = by_text("linkedin", "Please do not write")
    assert (one.text_from, one.subject) == ("html", "Re: Hello")
    assert one.facts["content-as-stored"].startswith('<p class="spinmail')


def test_linkedin_newest_first_and_generated_words() -> None:
    assert by_text("linkedin", "The same second.").envelope.backwards
    accepted = by_text("linkedin", "Message request accepted")
    assert (accepted.envelope.kind, "generated-text" in accepted.envelope.marks) == ("system", True)


def test_linkedin_an_invitation_is_a_request_by_whoever_sent_it() -> None:
    first = by_text("linkedin", "I know where you work now.").envelope
    assert (first.kind, first.sender.value, first.marks) == ("request", "alex-mere", ("incoming",))  # type: ignore[union-attr]
    # 1:34 PM in the zone the person gave, which is an hour from UTC in June; the second number of 6/28/24 shows the order.
    assert (first.time.ts_utc, first.time.tz_basis) == ("2024-06-28T12:34:00Z", "export_locale_assumed")
    assert by_text("linkedin", "Once more").envelope.time.tz_basis == "explicit_offset"


def test_linkedin_the_order_of_an_undecidable_date_is_said_to_be_assumed(tmp_path: Path) -> None:
    head = "From,To,Sent At,Message,Direction,inviterProfileUrl,inviteeProfileUrl\n"
    (tmp_path / "Invitations.csv").write_text(head + 'Alex Mere,Sam Field,"7/1/24, 1:34 PM",hi,INCOMING,,\n', "utf-8")
    [claim] = claims(LinkedIn(), tmp_path)
    [found] = LinkedIn().scan(claim)
    decision = next(one for one in claim.decisions if one.subject == "linkedin:date-order")
    assert (decision.chosen, decision.certain) == ("MDY", False)
    assert not isinstance(found, Unread)
    assert (found.time.local, found.time.utc_us) == ("2024-07-01T13:34:00", None)


def test_linkedin_connections_begin_behind_a_preamble_and_do_not_say_who_asked() -> None:
    connected = [one for one in items("linkedin") if "connected" in one.envelope.marks]
    assert [one.envelope.time.local for one in connected] == ["2023-03-08T00:00:00", "2024-07-01T00:00:00"]
    assert all(one.envelope.sender is None for one in connected)


def test_linkedin_log_ins_stand_apart_from_everybody() -> None:
    logins = [one for one in items("linkedin") if one.envelope.kind == "login_alert"]
    assert [one.envelope.time.ts_utc for one in logins] == [
        "2024-07-01T12:34:56Z",
        "2024-06-30T08:00:00Z",
        "2024-06-30T07:59:00Z",
    ]
    assert all(one.envelope.conversation.account_events and one.envelope.sender is None for one in logins)


def test_linkedin_every_file_has_its_place() -> None:
    [claim] = claims(LinkedIn(), FIXTURES / "social-linkedin")
    aside = {path.rpartition("/")[2] for path in claim.aside}
    assert aside == {"guide_messages.csv", "Profile.csv"}
    assert "Unheard_Of.csv" not in {member.name for member in claim.members}


@pytest.mark.parametrize(
    "header",
    [
        "id,permalink,thread_id,date,ip,from,to,subject,body",
        "ID,Timestamp,Contents,Attachments",
    ],
)
def test_linkedin_messages_of_other_services_are_not_claimed(tmp_path: Path, header: str) -> None:
    (tmp_path / "messages.csv").write_text(f"{header}\n{',' * header.count(',')}\n", "utf-8")
    assert claims(LinkedIn(), tmp_path) == []


# Dating apps (section 14)


def test_dating_only_the_owners_half_is_there_and_every_record_says_so() -> None:
    for name in ("tinder", "hinge"):
        messages = [one for one in items(name) if one.envelope.kind == "message"]
        assert messages
        assert all(one.envelope.sender and one.envelope.sender.value == "owner" for one in messages)
        assert all(f"{name}:own-half-only" in one.envelope.notes for one in messages)
        reader, folder, _ = SAMPLES[name]
        [claim] = claims(reader, FIXTURES / folder)
        list(reader.scan(claim))
        assert [one.chosen for one in claim.decisions] == ["the owner's own messages only"]


def test_tinder_text_is_unescaped_and_kept_as_stored() -> None:
    one = by_text("tinder", "Stop writing to me")
    assert one.text == "Stop writing to me, please & leave me alone."
    assert one.facts["text-as-stored"].count("&amp;") == 1
    assert one.envelope.time.ts_utc == "2024-06-30T05:08:21Z"


def test_tinder_counts_by_day_show_volume_without_words() -> None:
    counts = [one for one in items("tinder") if "count-by-day" in one.envelope.marks]
    assert [one.facts for one in counts if "messages_received" in one.facts] == [
        {"messages_received": "14"},
        {"messages_received": "40"},
    ]
    assert all(one.envelope.time.utc_us is None and one.envelope.sender is None for one in counts)


def test_hinge_times_are_wall_clocks_of_a_zone_a_person_gave() -> None:
    late = by_text("hinge", "No, I will not")
    assert (late.envelope.time.ts_utc, late.envelope.time.tz_basis) == ("2024-06-03T22:30:00Z", "export_locale_assumed")
    [claim] = claims(Hinge(), FIXTURES / "social-dating/hinge")
    floating = [one for one in Hinge().scan(claim) if not isinstance(one, Unread)]
    assert all(one.time.utc_us is None for one in floating)


def test_hinge_a_match_is_nobodys_act() -> None:
    [match] = [one for one in items("hinge") if "matched" in one.envelope.marks]
    assert (match.envelope.sender, "hinge:actor-not-stated" in match.envelope.notes) == (None, True)


# Mastodon, Bluesky, Twitch, Strava (section 15)


def test_mastodon_a_direct_message_is_addressed_to_nobody_but_people() -> None:
    direct = by_text("mastodon", "Please stop").envelope
    assert (direct.kind, [one.value for one in direct.recipients]) == ("message", ["alex_mere@elsewhere.example"])
    public = by_text("mastodon", "Lovely day").envelope
    assert (public.kind, public.sender.value) == ("post", "sam.field@social.example")  # type: ignore[union-attr]
    assert [one.state for one in by_text("mastodon", "Lovely day").attachments] == ["present"]


def test_mastodon_lists_without_a_header_are_read_and_undated() -> None:
    blocked = [one.envelope for one in items("mastodon") if one.envelope.kind == "block"]
    assert sorted((one.recipients[0].value, one.marks[1]) for one in blocked) == [
        ("alex_mere@elsewhere.example", "blocked"),
        ("alx.mere.2@elsewhere.example", "muted"),
    ]
    assert all(one.time.utc_us is None and "time-missing" in one.notes for one in blocked)


def test_bluesky_a_repository_is_the_owners_own_acts() -> None:
    assert (FIXTURES / "social-bluesky" / "sam.car").read_bytes() == car(SAM, SAMPLE)
    found = {one.envelope.marks[1]: one for one in items("bluesky") if "own-act" in one.envelope.marks}
    assert {mark: [one.value for one in item.envelope.recipients] for mark, item in found.items()} == {
        "posted": [ALEX],
        "blocked": [ALEX],
        "followed": [ROBIN],
        "liked": [ROBIN],
        "future": [],
    }
    assert all(one.envelope.sender and one.envelope.sender.value == SAM for one in found.values())
    assert found["posted"].envelope.time.ts_utc == "2024-07-01T12:34:56.123Z"
    assert found["liked"].envelope.time.utc_us is None


def test_bluesky_a_chat_is_both_ways_and_a_broken_line_is_unread() -> None:
    reader, folder, _ = SAMPLES["bluesky"]
    found = loaded(reader, FIXTURES / folder)
    chat = [one for one in found if isinstance(one, Loaded) and one.envelope.kind == "message"]
    assert [one.envelope.sender.value for one in chat if one.envelope.sender] == [ALEX, SAM, ALEX]
    assert [one.kind for one in found if isinstance(one, Unread)] == ["bad-json", "not-a-message"]


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@given(VALUES)
def test_dag_cbor_comes_back_as_it_was_written(value: object) -> None:
    assert decoded(encoded(value)) == value


@given(st.binary(max_size=200))
def test_dag_cbor_of_any_bytes_is_a_value_or_a_refusal(raw: bytes) -> None:
    with suppress(ValueError):
        json.dumps(decoded(raw), ensure_ascii=True, allow_nan=True)


def test_twitch_utc_is_taken_from_the_column_that_says_so() -> None:
    first = by_text("twitch", "Stop it").envelope
    assert (first.time.ts_utc, first.time.where) == ("2024-07-01T12:34:56Z", "time_utc")
    second = by_text("twitch", "short").envelope
    assert (second.time.local, second.time.tz_basis) == ("2024-07-01T05:35:00", "export_locale_assumed")
    reader, folder, _ = SAMPLES["twitch"]
    assert [one.kind for one in loaded(reader, FIXTURES / folder, LONDON) if isinstance(one, Unread)] == ["bad-row"]


def test_strava_what_has_no_known_form_is_named() -> None:
    [claim] = claims(Strava(), FIXTURES / "social-strava")
    assert [member.name for member in claim.members] == ["comments.csv"]
    assert {path.rpartition("/")[2] for path in claim.aside} == {
        "activities.csv",
        "followers.csv",
        "messaging.json",
        "1.gpx",
    }


def test_a_bundle_of_linkedin_holds_both_sides_and_is_verified(tmp_path: Path) -> None:
    export = str(FIXTURES / "social-linkedin" / "Complete_LinkedInDataExport_07-02-2024")
    said = ["--sender", "handle:alex-mere", "--timezone", "Europe/London", "--out", str(tmp_path / "out"), "--json"]
    for extra, count in ((["--account-events"], 12), ([], 8)):
        result = CliRunner().invoke(main, ["bundle", export, *said, *extra])
        assert result.exit_code in (0, 5), result.output
        made = json.loads(result.stdout)
        assert made["counts"]["included"] == count
        assert CliRunner().invoke(main, ["verify", made["path"], "--seal", made["seal"]]).exit_code == 0
    left_out = (Path(made["path"]) / "schedules" / "not_included.csv").read_text("utf-8-sig")
    assert "account-events" in left_out


def read_of(folder: Path) -> list[Loaded]:
    return [one for one in loaded(Bluesky(), folder) if isinstance(one, Loaded)]


def test_bluesky_the_repository_of_another_is_theirs_and_nobody_is_taken_for_the_owner(tmp_path: Path) -> None:
    post = {"$type": "app.bsky.feed.post", "text": "mine", "createdAt": "2024-07-01T12:34:56.123Z"}
    (tmp_path / "sam.car").write_bytes(car(SAM, [post]))
    (tmp_path / "alex.car").write_bytes(car(ALEX, [post | {"text": "also mine"}]))
    found = read_of(tmp_path)
    said = {one.text: one.envelope.sender.value if one.envelope.sender else None for one in found}
    assert said == {"mine": SAM, "also mine": ALEX}
    assert not any(one.role == "owner" for item in found for one in item.envelope.also)
    [claim] = claims(Bluesky(), tmp_path)
    list(Bluesky().scan(claim))
    assert [(one.chosen, one.certain) for one in claim.decisions] == [("not known", False)]


def test_bluesky_a_record_cannot_say_whose_the_repository_is(tmp_path: Path) -> None:
    forged = {
        "$type": "app.bsky.feed.post",
        "text": "x",
        "did": ALEX,
        "rev": "3kz",
        "createdAt": "2024-07-01T12:34:56Z",
    }
    (tmp_path / "sam.car").write_bytes(car(SAM, [forged]))
    assert {one.envelope.sender.value for one in read_of(tmp_path) if one.envelope.sender} == {SAM}


def test_bluesky_a_chat_says_to_whom(tmp_path: Path) -> None:
    (tmp_path / "sam.car").write_bytes(car(SAM, []))
    rows = [("a", ALEX), ("a", SAM), ("b", SAM)]
    text = "".join(
        json.dumps(
            {"convoId": talk, "message": {"text": "x", "sender": {"did": who}, "sentAt": "2024-07-01T12:34:56Z"}}
        )
        + "\n"
        for talk, who in rows
    )
    (tmp_path / "chat.jsonl").write_text(text)
    found = [[one.value for one in item.envelope.recipients] for item in read_of(tmp_path)]
    # With whom the last one is, nobody wrote there to tell.
    assert found == [[SAM], [ALEX], []]
