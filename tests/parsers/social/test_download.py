"""One download, many kinds of file: roots, routes, fates, parts that repeat, and records found again at their bytes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plainrecord.hashing.ring import Block
from plainrecord.intake.listing import Listing, Member
from plainrecord.intake.sources import list_source
from plainrecord.parsers.base import Claim
from plainrecord.parsers.chat.pieces import Message, Problem, from_ms, no_time
from plainrecord.parsers.social.download import (
    SHELF,
    Aside,
    DownloadReader,
    Route,
    account_events,
    acts_with,
    natural,
    plain,
    roots_by,
    shard,
)
from plainrecord.parsers.social.sheets import JsonSheet, Piece, PieceSheet, Sheet, TableSheet, Where, cut_at
from plainrecord.records import Account, Conversation, Envelope, Unread

SERVICE = "pigeon"


def said(where: Where[str], text: str, sender: str, ms: object) -> Message:
    when = from_ms(ms, "at") or no_time(ms, "at")
    title = where.headings.get("/title")
    return Message(
        "message",
        when,
        Account(SERVICE, "name", sender),
        Conversation(f"{SERVICE}:{where.member.tree_path}", title if isinstance(title, str) else None),
        text=text,
        facts={"scene": where.scene},
    )


def from_json(where: Where[str], pointer: str, element: Any) -> list[Message] | Problem:
    if not isinstance(element, dict) or "text" not in element:
        return Problem("not-a-message", "There is no message in this place.")
    first = said(where, str(element["text"]), str(element.get("by")), element.get("at"))
    second = said(where, "again", "Robin Vale", element.get("at"))
    second.suffix = "/echo"
    return [first, second]


def from_row(where: Where[str], row: Mapping[str, str]) -> list[Message] | Problem:
    return [said(where, row["text"] + row.get("", ""), row["by"], row["at"])]


def from_piece(where: Where[str], raw: bytes) -> list[Message] | Problem:
    return [said(where, raw.decode("utf-8", "replace"), "Alex Mere", 1719837296123)]


def paragraphs(data: bytes) -> Iterator[int]:
    at = data.find(b"<p>")
    while at >= 0:
        yield at
        at = data.find(b"<p>", at + 1)


SHEETS: Mapping[str, Sheet[str]] = {
    "chat": JsonSheet(("/messages/*",), from_json, headings=("/title",)),
    "script": JsonSheet(("/*",), from_json, opening=lambda head: head.find(b"=") + 1),
    "table": TableSheet(from_row, is_header=lambda names: "text" in names),
    "page": PieceSheet(lambda stream: cut_at(stream, paragraphs, 3, ends=b"</body>"), from_piece),
}


class Pigeon(DownloadReader[str]):
    """A download of a service there is none of."""

    name, version, service = "pigeon", "1", SERVICE
    sheets = SHEETS

    def roots(self, listing: Listing) -> Iterator[str]:
        return roots_by(listing, lambda path, _: "me.json" if path.endswith("me.json") else None)

    def route(self, path: str, member: Member) -> Route:
        known: dict[str, Route] = {
            "chat.json": "chat",
            "script.js": "script",
            "table.csv": "table",
            "page.html": "page",
            "me.json": Aside("me.json says whose account it is; no record was taken from it."),
        }
        name, _ = shard(path)
        return SHELF if path.startswith("pictures/") else known.get(name)

    def prepare(self, claim: Claim) -> None:
        claim.facts["scene"] = "set"

    def scene(self, claim: Claim) -> str:
        return claim.facts.get("scene", "not set")


def write(folder: Path, **files: str | bytes) -> Path:
    for name, content in files.items():
        path = folder / name.replace("__", "/").replace("_dot_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def chat(*texts: str) -> str:
    return json.dumps(
        {"messages": [{"text": text, "by": "Alex Mere", "at": 1719837296123} for text in texts], "title": "T"}
    )


def read(folder: Path) -> tuple[Claim, list[Envelope | Unread]]:
    (claim,) = Pigeon().claim(list_source([folder], "S01"))
    found = list(Pigeon().scan(claim))
    envelopes = [one for one in found if isinstance(one, Envelope)]
    again = Claim(claim.parser, claim.title, claim.members, claim.options, claim.aside, claim.facts)
    loaded = list(Pigeon().load(again, [one.position for one in envelopes]))
    assert [one.envelope for one in loaded] == envelopes
    assert all(one.facts["scene"] == "set" for one in loaded)
    return claim, found


def texts(folder: Path) -> list[str | None]:
    claim, found = read(folder)
    wanted = [one.position for one in found if isinstance(one, Envelope)]
    return [one.text for one in Pigeon().load(claim, wanted)]


@pytest.mark.parametrize("root", ["", "wrapper/", "deep/er/"])
def test_the_folder_a_download_begins_in_is_optional_and_has_any_name(tmp_path: Path, root: str) -> None:
    place = root.replace("/", "__")
    write(tmp_path, **{f"{place}me_dot_json": "{}", f"{place}chat_dot_json": chat("one")})
    claim, found = read(tmp_path)
    assert claim.facts["root"] == root.rstrip("/")
    assert [one.conversation.title for one in found if isinstance(one, Envelope)] == ["T", "T"]


def test_files_are_read_in_natural_order_and_all_others_have_their_place(tmp_path: Path) -> None:
    numbered = {f"chat_{number}_dot_json": chat(f"chat {number}") for number in (10, 2, 1)}
    write(tmp_path, me_dot_json="{}", pictures__a_dot_jpg=b"x", ads_dot_json="{}", **numbered)
    claim, _ = read(tmp_path)
    names = [member.tree_path for member in claim.members]
    assert names == ["chat_1.json", "chat_2.json", "chat_10.json", "pictures/a.jpg"]
    assert list(claim.aside) == ["me.json"]


def test_a_script_a_table_and_a_page_give_their_records_with_their_bytes(tmp_path: Path) -> None:
    script = '\ufeffwindow.PIGEON.part0 = [ {"text": "in a script", "by": "Alex Mere", "at": 1}, 7 ]'
    table = "Notes: not data,\n\nby,at,text\nAlex Mere,1719837296123,in a row\nAlex Mere,2\n"
    page = "<html><body><h1>T</h1><p>one</p><p>two</p></body></html>"
    write(tmp_path, me_dot_json="{}", script_dot_js=script, table_dot_csv=table, page_dot_html=page)
    claim, found = read(tmp_path)
    assert [one.kind for one in found if isinstance(one, Unread)] == ["not-a-message", "bad-row"]
    wanted = [one.position for one in found if isinstance(one, Envelope)]
    loaded = list(Pigeon().load(claim, wanted))
    assert [one.text for one in loaded] == ["<p>one</p>", "<p>two</p>", "in a script", "again", "in a row"]
    for one in loaded:
        first, _, last = one.envelope.position.locator.removeprefix("bytes:").partition("#")[0].partition("-")
        data = (tmp_path / one.envelope.position.member).read_bytes()[int(first) : int(last)]
        assert one.raw_bytes == len(data)
        assert (one.text or "").encode() in data or one.text == "again"


def test_a_file_that_is_there_twice_with_the_same_bytes_is_read_once(tmp_path: Path) -> None:
    parts = []
    for number, text in (("1", "same"), ("2", "same"), ("3", "another state")):
        parts.append(write(tmp_path / number / "d", me_dot_json="{}", chat_dot_json=chat(text)) / "chat.json")
    listing = list_source([parts[0].parent / "me.json", *parts], "S01")
    (claim,) = Pigeon().claim(listing)
    found = list(Pigeon().scan(claim))
    assert len([one for one in found if isinstance(one, Envelope)]) == 4  # two records for each state
    assert [one.subject for one in claim.decisions] == ["download:repeated-file", "download:two-states-of-a-file"]
    # The folders of a download bear people's names, and a decision is shown even where their records are left out.
    assert [one.basis for one in claim.decisions] == [
        "1 file holds the same bytes as another file of the same name in this download",
        "1 file holds other bytes than another file of the same name in this download",
    ]
    assert {(relpath, path) for relpath, path in claim.readings} >= {("chat.json", ""), ("chat.json%232", "")}


def test_a_file_that_breaks_off_costs_no_other_file(tmp_path: Path) -> None:
    write(tmp_path, me_dot_json="{}", chat_1_dot_json=chat("one")[:-30], chat_2_dot_json=chat("two"))
    assert texts(tmp_path)[-2:] == ["two", "again"]


def test_names_are_compared_without_their_typography() -> None:
    assert plain("Who_You’ve_Followed.json") == plain("who_you've_followed.json") == plain("who_you_ve_followed.json")
    assert shard("comments_12.json") == ("comments.json", 12)
    assert shard("direct-messages-part1.js") == ("directmessagespart1.js", None)
    assert sorted(["m_10", "m_9", "m_1"], key=natural) == ["m_1", "m_9", "m_10"]


def test_acts_with_one_account_stand_together_and_account_events_apart() -> None:
    alex, robin = Account(SERVICE, "handle", "alex_mere"), Account(SERVICE, "handle", "robin.vale")
    assert acts_with(alex, SERVICE) == acts_with(alex, SERVICE) != acts_with(robin, SERVICE)
    assert acts_with(None, SERVICE).key is None
    assert account_events(SERVICE).account_events


class _Stream:
    """A stream in blocks of a given size."""

    def __init__(self, data: bytes, size: int) -> None:
        self._data, self._size = data, size

    def blocks(self, head: int = 0, size: int = 0) -> Iterator[Block]:
        for at in range(0, len(self._data), self._size):
            part = self._data[at : at + self._size]
            yield Block(bytearray(part), 0, len(part), at, last=at + self._size >= len(self._data))


@given(st.lists(st.sampled_from([b"<p>", b"<p", b">", b"text", b"</body>", b"\n"])), st.integers(1, 9))
def test_a_page_is_cut_the_same_wherever_its_blocks_end(parts: list[bytes], size: int) -> None:
    data = b"".join(parts)
    pieces: list[Piece] = list(cut_at(_Stream(data, size), paragraphs, 3, ends=b"</body>"))  # type: ignore[arg-type]
    assert b"".join(piece.raw for piece in pieces) == data
    assert [piece.start for piece in pieces] == [sum(len(one.raw) for one in pieces[:at]) for at in range(len(pieces))]
    whole = list(cut_at(_Stream(data, max(1, len(data))), paragraphs, 3, ends=b"</body>"))  # type: ignore[arg-type]
    assert pieces == whole
    assert sum(piece.what == "record" for piece in pieces) == data.count(b"<p>")


def test_a_column_that_is_named_twice_hides_no_value(tmp_path: Path) -> None:
    names: list[str] = []

    def read(where: Where[str], row: Mapping[str, str]) -> list[Message] | Problem:
        names.extend(row)
        return [said(where, " ".join(row.values()), row["by"], "1719837296123")]

    (tmp_path / "a.csv").write_text("by,note,Note\nAlex Mere,one,two\n")
    [member] = list_source([tmp_path], "S1").members
    claim = Claim("pigeon", "x", (member,), list_source([tmp_path], "S1").options)
    sheet: TableSheet[str] = TableSheet(read)
    [found] = sheet.scan(claim, member, "scene", SERVICE)
    assert isinstance(found, Envelope) and names == ["by", "note", "Note (2)"]


def test_a_root_below_which_nothing_is_read_takes_no_download_away_that_lies_deeper(tmp_path: Path) -> None:
    class Doubtful(Pigeon):
        """Takes every folder with a me.json for a root, and reads a chat only right below it."""

        def route(self, path: str, member: Member) -> Route:
            return "chat" if path == "chat.json" else None

    write(tmp_path, me_dot_json="{}", deep__me_dot_json="{}", deep__chat_dot_json=chat("one"))
    [claim] = Doubtful().claim(list_source([tmp_path], "S01"))
    assert (claim.facts["root"], [member.tree_path for member in claim.members]) == ("deep", ["deep/chat.json"])
