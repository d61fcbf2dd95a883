"""The quick way for plain messages writes what the careful way writes, byte for byte, whatever stands in them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import fields, replace
from functools import partial
from typing import Any

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from plainrecord.bundle import forms as forms_room
from plainrecord.bundle.batch import Batch
from plainrecord.bundle.contents import Part
from plainrecord.bundle.finished import finished
from plainrecord.bundle.formcut import Form, Items, form_of
from plainrecord.bundle.forms import Forms, plain_of
from plainrecord.records import (
    Account,
    AccountModel,
    Attachment,
    Conversation,
    ConversationModel,
    Envelope,
    Loaded,
    Position,
)
from plainrecord.store.loading import Parties, RecordMaker, Row, Talk
from plainrecord.store.making import items_of
from plainrecord.times import Precision, TimeBlock

ZONES = (None, "Europe/London", "Asia/Kathmandu", "America/St_Johns")
LONG = {"nearly a cell": "x" * 31_999 + "\u202e", "more than a cell": "y" * 32_001}
SAMPLES = [
    "=1+1", "+44 7700 900655", "@x", "-", "a,b", 'say "no"', "<b>&amp;'", "100 %s %d %%", "\ttab", "line\nline", "\r\n",
    "\u202egpj.exe", "\u200d\U0001f468\u200d\U0001f469", "\ud83d", "\x00\x01\x1b", "\ufeff", "\uff1d1", "x7q9f3a71c5e0text",
    "x7q9f3a71c5e0raw", "M-918273645546", "place:x", "7777-02-23T03:27:07Z", "7e57" * 16, "987123645012", " ", "\u2028", "é\u0301",
    "word " * 60, "w" * 101, "nearly a cell", "more than a cell", "{}", "\\", "\\u0041", "[cut here]", "\x7f",
    "two  blanks", " x ", "%b", "\u202f",
]  # fmt: skip
AWKWARD = st.sampled_from(SAMPLES).map(lambda word: LONG.get(word, word))
TEXTS = st.lists(st.one_of(AWKWARD, st.text(max_size=30)), min_size=1, max_size=4).map("".join)
WORDS = st.one_of(st.sampled_from(["a", "maybe-system", "trap-9:x"]), TEXTS)
SELDOM = st.integers(0, 9).map(lambda roll: roll == 0)
STAMPS = st.one_of(st.sampled_from(["03/01/2016, 08:18", "=1", 'at "8" <b>', "8:18 %", "1/3/16, 8:18\u202fAM"]), TEXTS)
INSTANTS = st.one_of(
    st.integers(-62_135_510_400_000_000, 253_402_128_000_000_000),
    st.integers(0, 4_000_000_000).map(lambda second: second * 1_000_000 if second else None),
)
ACCOUNTS = st.builds(
    Account,
    st.just("whatsapp"),
    st.sampled_from(["name", "number", "id"]),
    TEXTS,
    st.none() | TEXTS,
    st.sampled_from([None, "to", "member"]),
)
PRECISIONS: list[Precision] = ["min", "s", "ms", "us", "ns", "day"]
TIMES = st.builds(
    TimeBlock,
    STAMPS,
    st.sampled_from(["message header", "a<b"]),
    INSTANTS,
    st.sampled_from(["device_local_assumed", "epoch_utc", "explicit_offset"]),
    st.sampled_from(PRECISIONS),
    st.sampled_from(["sent", "stored"]),
    st.none() | st.just("+01:00"),
    st.none() | st.just("Europe/London"),
    st.sampled_from(["none", "ambiguous"]),
    st.none() | TEXTS,
)  # fmt: skip
PLACES = st.one_of(
    st.integers(0, 10**9).map(lambda at: f"bytes:{at}-{at + 40}"),
    st.just("json:/chats/list/0/messages/7"),
    SELDOM.map(lambda seldom: "a,b" if seldom else "file:"),
)
ENVELOPES = st.builds(
    Envelope,
    st.just(Position("chat.txt", "bytes:0-1")),
    st.sampled_from(["message", "call", "incident"]),
    st.just("whatsapp"),
    TIMES,
    st.none() | ACCOUNTS,
    st.lists(ACCOUNTS, max_size=2).map(tuple),
    st.lists(ACCOUNTS, max_size=1).map(tuple),
    st.just(Conversation("chat.txt")),
    st.lists(WORDS, max_size=2).map(tuple),
    st.lists(WORDS, max_size=2).map(tuple),
)
ATTACHMENTS = st.builds(
    Attachment, name=st.none() | TEXTS, state=st.just("missing"), facts=st.just({}) | st.just({"kind": "a<b"}),
    sha256=st.just("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
)  # fmt: skip
DIGESTS = st.none() | st.integers(0, 2**256 - 1).map(lambda number: f"{number:064x}")
LOADED = st.builds(
    Loaded,
    ENVELOPES,
    text=TEXTS,
    text_from=st.sampled_from(["plain", "html", None]),
    html=SELDOM.map(lambda seldom: "<p>x</p>" if seldom else None),
    attachments=st.lists(ATTACHMENTS, max_size=2),
    blobs=SELDOM.map(lambda seldom: [b""] if seldom else []),
    status=st.dictionaries(WORDS, TEXTS, max_size=2),
    facts=st.dictionaries(WORDS, TEXTS, max_size=2),
    raw=st.none() | st.just(b"{}"),
    native_suffix=st.sampled_from([None, ".json", ".exe"]),
    raw_sha256=DIGESTS,
    raw_bytes=st.none() | st.integers(0, 10**12),
    notes=st.just(()) | st.just(("note",)),
)
PARTIES = Parties(frozenset({("whatsapp", "name", "=1+1")}), frozenset({("whatsapp", "name", "@x")}))


def row(number: int, place: str, part: Part, member: str, name: str, gap: int) -> Row:
    return Row(7, 1, place, part, "from:label", number, gap, 1, "", "chat.txt", member, name, "ab" * 32, "S01")


def said_of(items: Batch) -> list[tuple[Any, ...]]:
    """What is written and counted of each item; of what it shares with others only what is asked of that."""
    named = (getattr(items, one.name) for one in fields(Batch) if one.name != "likes")
    shared = [
        (like.carried, like.conversation, like.conversation_key, like.gap_before, like.media, like.media_missing,
         like.part, like.kind, like.source, like.service)
        for like in items.likes
    ]  # fmt: skip
    return list(zip(*named, shared, strict=True))


def carefully(pairs: Iterable[tuple[Row, Loaded]], items: Items, zone: str | None) -> Batch:
    found = Batch()
    for at, loaded in pairs:
        for item in items(at, loaded):
            found.add(finished(item, zone))
    return found


def quickly(
    forms: Forms, pairs: list[tuple[Row, Loaded]], items: Items
) -> list[tuple[list[tuple[Row, Loaded]], Batch]]:
    """Messages that have a form, those of one form filled in together; each with what was made of them."""
    groups: dict[int, tuple[Form, list[tuple[Row, Loaded]]]] = {}
    for at, loaded in pairs:
        form = forms.form(at, loaded, items)
        if form is not None:
            groups.setdefault(id(form), (form, []))[1].append((at, loaded))
    found = []
    for form, several in groups.values():
        ready, left = forms.fill(form, plain_of(several))
        found.append(([pair for place, pair in enumerate(several) if place not in left], ready))
    return found


def taken(forms: Forms, at: Row, loaded: Loaded, items: Items, zone: str | None) -> bool:
    """Whether the quick way takes a message; if it does, it must say what the careful way says."""
    found = quickly(forms, [(at, loaded)], items)
    for several, ready in found:
        assert said_of(ready) == said_of(carefully(several, items, zone))
    return any(several for several, _ in found)


def both(
    zone: str | None, kinds: list[tuple[Loaded, TimeBlock, str | None, str]], place: tuple[str, str, int]
) -> list[tuple[Batch, Batch]]:
    """The messages that the quick way takes, by it and by the careful way."""
    model = ConversationModel(
        id="c-1", title=place[0], participants=[AccountModel(service="w", kind="name", value="a")]
    )
    items, forms = partial(items_of, RecordMaker(PARTIES), {1: Talk(model, "V-0001")}), Forms(zone)
    pairs: list[tuple[Row, Loaded]] = []
    for loaded, time, text, locator in kinds:
        other = replace(loaded.envelope.time, ts_raw=time.ts_raw, utc_us=time.utc_us)
        like = replace(loaded, text=text, envelope=replace(loaded.envelope, time=other))
        # Twice as it is, then with another text, time and place: only what was met before is taken.
        for one, where in ((loaded, locator), (loaded, "bytes:7-9"), (like, locator)):
            pairs.append((row(len(pairs) + 1, where, "subject", place[1], place[0], place[2]), one))
    return [(ready, carefully(several, items, zone)) for several, ready in quickly(forms, pairs, items)]


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(ZONES),
    st.lists(st.tuples(LOADED, TIMES, TEXTS, PLACES), min_size=1, max_size=3),
    st.tuples(TEXTS, st.just("") | TEXTS, SELDOM.map(lambda seldom: 3 * seldom)),
)
def test_the_quick_way_is_the_careful_way(
    zone: str | None, kinds: list[tuple[Loaded, TimeBlock, str | None, str]], place: tuple[str, str, int]
) -> None:
    found = both(zone, kinds, place)
    event(f"taken: {bool(found)}")
    for quick, careful in found:
        assert said_of(quick) == said_of(careful)


def message(text: str, sender: Account, second: int) -> Loaded:
    time = TimeBlock("03/01/2016, 08:18", "message header", second * 1_000_000, "device_local_assumed", "min", "sent", None,
                     "Europe/London", "none", "2016-01-03T08:18:00")  # fmt: skip
    envelope = Envelope(Position("chat.txt", "bytes:0-1"), "message", "whatsapp", time, sender, (ACCOUNT,))
    return Loaded(envelope, text=text, text_from="plain", raw_sha256="0f" * 32, raw_bytes=12)


ACCOUNT = Account("whatsapp", "name", "Sam Hale", None, "to")


def test_plain_messages_take_the_quick_way_from_the_third_on() -> None:
    model = ConversationModel(id="c-1")
    items = partial(items_of, RecordMaker(PARTIES), {1: Talk(model, "V-0001")})
    forms = Forms("Europe/London")
    found = []
    for number, text in enumerate(["hello", "hello, you", "<b>", "=1", "a\nb", "\u200d"], start=1):
        # A new account object each time: it is what it says that counts.
        loaded = message(text, Account("whatsapp", "name", "Alex Rowe"), 1_500_000_000 + number)
        at = row(number, f"bytes:{number}-99", "subject", "", "chat.txt", 0)
        found.append(taken(forms, at, loaded, items, "Europe/London"))
    assert found == [False, True, True, True, True, True]


def test_a_column_of_many_texts_is_what_each_of_them_is() -> None:
    items = partial(items_of, RecordMaker(PARTIES), {1: Talk(ConversationModel(id="c-1"), "V-0001")})
    texts = [
        *SAMPLES, "plain", "two  blanks", " before", "behind ", "\n\nlate", "a\tb", "x" * 101, "word " * 99, " " * 500 + "x",
        "\x7f", "a\x7fb", '"', "“quoted”", "é", "\u00a0", "\u202f", "\u200e", "<script>", "%b %s %%", "\\n", "\r", "\r\n",
    ]  # fmt: skip
    pairs = [
        (row(number, f"bytes:{number}-99", "subject", "", "chat.txt", 0), message(text, ACCOUNT, number))
        for number, text in enumerate(texts, start=1)
    ]
    forms = Forms(None)
    quickly(forms, pairs[:2], items)
    [(several, ready)] = quickly(forms, pairs, items)
    assert len(several) >= len(texts) - 4
    assert said_of(ready) == said_of(carefully(several, items, None))
    # And of all those columns that leave one out, so that a text which no other hides behind is met too.
    for at in range(len(pairs)):
        [(several, ready)] = quickly(forms, pairs[at : at + 1], items)
        assert said_of(ready) == said_of(carefully(several, items, None))


@pytest.mark.parametrize("blobs", [[None], [], [b""]])
def test_what_is_said_of_files_that_are_not_there_is_written_alike(blobs: list[bytes | None]) -> None:
    items = partial(items_of, RecordMaker(PARTIES), {1: Talk(ConversationModel(id="c-1"), "V-0001")})
    forms, empty = Forms(None), hashlib.sha256(b"").hexdigest()
    for number in range(1, 9):
        name = ("a.jpg", "b.jpg")[number % 2]
        loaded = replace(message("x", ACCOUNT, number), attachments=[Attachment(name=name, sha256=empty)], blobs=blobs)
        at = row(number, f"bytes:{number}-99", "subject", "", "chat.txt", 0)
        # Bytes that are there go the careful way, even when there are none of them.
        assert taken(forms, at, loaded, items, None) == (number > 2 and b"" not in blobs)


def test_where_there_can_be_no_form_it_is_not_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[str] = []

    def counted(row: Row, loaded: Loaded, *more: Any) -> Any:
        tried.append(row.locator)
        return form_of(row, loaded, *more)

    monkeypatch.setattr(forms_room, "form_of", counted)
    items = partial(items_of, RecordMaker(PARTIES), {1: Talk(ConversationModel(id="c-1"), "V-0001")})
    forms = Forms(None)
    for number in range(1, 9):
        # What stands for a text while a form is made stands in the sender's name: such a form would be wrong.
        loaded = message("x", replace(ACCOUNT, value="x7q9f3a71c5e0text"), number)
        assert forms.form(row(number, f"bytes:{number}-99", "subject", "", "chat.txt", 0), loaded, items) is None
    assert tried == ["bytes:2-99"]


def test_two_senders_that_differ_only_in_their_role_are_told_apart() -> None:
    items = partial(items_of, RecordMaker(PARTIES), {1: Talk(ConversationModel(id="c-1"), "V-0001")})
    forms = Forms(None)
    for number in range(1, 9):
        loaded = message("x", replace(ACCOUNT, role=("from", "owner")[number % 2]), number)
        at = row(number, f"bytes:{number}-99", "subject", "", "chat.txt", 0)
        assert taken(forms, at, loaded, items, None) == (number > 2)
