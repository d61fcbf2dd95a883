from __future__ import annotations

from pathlib import Path

import pytest

from chat_readers import FIXTURES, FOREIGN, check_golden, claims, golden_line, loaded, read, scanned
from plainrecord.errors import UsageError
from plainrecord.intake import list_source
from plainrecord.intake.listing import ReadOptions
from plainrecord.parsers.mapping import digest_of, read_mapping
from plainrecord.parsers.mappingproposal import header_words
from plainrecord.parsers.tabular import Tabular, proposal_for
from plainrecord.records import Envelope, Loaded, Unread
from workbooks import number, row, text, workbook

HERE = FIXTURES / "tabular"
PLAIN = 'mapping_version = 1\n[columns]\ntime = "When"\nsender = "Who"\ntext = "What"\n'


def options(mapping: str, **more: str) -> ReadOptions:
    return ReadOptions(mapping=mapping, **more)  # type: ignore[arg-type]


def table(folder: Path, data: bytes, mapping: str = PLAIN, **more: str) -> list[Loaded]:
    (folder / "table.csv").write_bytes(data)
    return read(Tabular(), folder / "table.csv", options(mapping, **more))


def book(folder: Path, data: bytes, mapping: str = PLAIN) -> list[Loaded]:
    (folder / "table.xlsx").write_bytes(data)
    return read(Tabular(), folder / "table.xlsx", options(mapping))


def report() -> bytes:
    names = ["Timestamp", "From number", "From name", "Direction", "Body", "Case"]
    head = row(2, *(text(f"{letter}2", name) for letter, name in zip("ABCDEF", names, strict=True)))
    seen = (
        number("A3", "45600.4166666667", 1),
        number("B3", "447700900101"),
        text("C3", "Rowan"),
        text("D3", "Incoming"),
    )
    lost = number("A4", "45600.5", 1), number("B4", "4.47700900101E+11"), text("D4", "Incoming"), text("E4", "long id")
    made = number("A5", "45601", 2), text("D5", "Outgoing"), '<c r="E5" t="str"><f>"a"&amp;"b"</f><v>ab</v></c>'
    rows = row(1, text("A1", "Report of an invented handset")) + head + row(3, *seen, '<c r="E3" t="s"><v>0</v></c>')
    return workbook(
        rows + row(4, *lost, hidden=True) + row(5, *made),
        sheets=(("Messages", "visible"), ("Old", "hidden"), ("Calls", "visible")),
        shared=["=1+1 is text"],
        behind='<mergeCells count="1"><mergeCell ref="A1:F1"/></mergeCells>',
    )


def test_the_samples_say_what_is_expected_of_them(update_golden: bool) -> None:
    lines = []
    for name in ("semicolons.csv", "report.xlsx"):
        mapping = (HERE / name).with_suffix(".toml").read_text("utf-8")
        found = loaded(Tabular(), HERE / name, options(mapping, timezone="Europe/London"))
        lines += [f"# {name}", *(golden_line(item) for item in found)]
    check_golden(lines, HERE / "expected.jsonl", update_golden)


def test_the_workbook_of_the_samples_is_the_one_made_here(update_golden: bool) -> None:
    if update_golden:
        (HERE / "report.xlsx").write_bytes(report())
    # The compressed stream may differ from one zlib to another, what it unpacks to may not.
    assert [golden_line(one) for one in _book_records((HERE / "report.xlsx").read_bytes())] == [
        golden_line(one) for one in _book_records(report())
    ]


def _book_records(data: bytes, folder: Path | None = None) -> list[Loaded | Unread]:
    import tempfile

    with tempfile.TemporaryDirectory() as made:
        path = Path(made) / "report.xlsx"
        path.write_bytes(data)
        return loaded(Tabular(), path, options((HERE / "report.toml").read_text("utf-8")))


def test_without_a_mapping_nothing_is_claimed(tmp_path: Path) -> None:
    for name, data in FOREIGN.items():
        (tmp_path / name).write_bytes(data)
    assert not claims(Tabular(), tmp_path) and not claims(Tabular(), HERE)


def test_a_mapping_claims_only_tables_that_have_all_its_columns(tmp_path: Path) -> None:
    for name, data in FOREIGN.items():
        (tmp_path / name).write_bytes(data)
    (tmp_path / "mine.csv").write_bytes(b"When,Who,What\n2024-10-02 18:30,Rowan,hello\n")
    assert [claim.title for claim in claims(Tabular(), tmp_path, options(PLAIN))] == ["mine.csv"]


def test_the_claim_says_which_mapping_was_used() -> None:
    mapping = (HERE / "semicolons.toml").read_text("utf-8")
    (claim,) = claims(Tabular(), HERE / "semicolons.csv", options(mapping))
    assert claim.facts["mapping"] == mapping
    assert digest_of(mapping) in claim.decisions[0].chosen and "Handset report" in claim.decisions[0].chosen


@pytest.mark.parametrize(
    ("mapping", "says"),
    [
        ("mapping_version = 1\n[columns\n", "cannot be read"),
        ("mapping_version = 2\n[columns]\n", "mapping_version"),
        ('mapping_version = 1\n[columns]\nwhen = "x"\n', "columns.when"),
        ('mapping_version = 1\n[columns]\nsender = "x"\ntext = "y"\n', "no column for the time"),
        ('mapping_version = 1\n[columns]\ntime = "x"\ntext = "y"\n', "names nobody"),
        ('mapping_version = 1\n[columns]\ntime = "x"\nsender = "y"\n', "text of messages"),
        (PLAIN + 'direction = "D"\n', "which of its words"),
        (PLAIN + '[table]\nencoding = "ebcdic"\n', "ebcdic"),
        (PLAIN + '[times]\ntimezone = "Mars/Base"\n', "Mars/Base"),
    ],
)
def test_a_mapping_that_is_wrong_is_refused_in_one_sentence_before_anything_is_read(mapping: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        read_mapping(mapping)


def test_first_rows_that_do_not_fit_the_mapping_end_it_with_row_column_and_text(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"row 3: “yesterday” in the column “When” is no time"):
        table(tmp_path, b"When,Who,What\n2024-10-02 18:30,R,a\nyesterday,R,b\n")


def test_an_open_order_of_day_and_month_is_asked_for_and_never_guessed(tmp_path: Path) -> None:
    data = b"When,Who,What\n03/04/2024 10:00,R,a\n"
    with pytest.raises(UsageError, match="does not show which number is the day"):
        table(tmp_path, data)
    assert table(tmp_path, data, date_order="MDY")[0].envelope.time.local == "2024-03-04T10:00:00"
    said = PLAIN + '[times]\norder = "DMY"\n'
    assert table(tmp_path, data, said, date_order="MDY")[0].envelope.time.local == "2024-04-03T10:00:00"


def test_utf_16_and_a_foreign_charset_are_read_as_they_say_or_are_said(tmp_path: Path) -> None:
    lines = "When\tWho\tWhat\n2024-10-02 18:30\tRöwan\tgrüß\n"
    assert table(tmp_path, lines.encode("utf-16"))[0].text == "grüß"
    assert table(tmp_path, lines.encode("cp1252"))[0].envelope.notes == ("charset-guessed:windows-1252",)
    said = PLAIN + '[table]\nencoding = "windows-1251"\n'
    assert table(tmp_path, "When,Who,What\n2024-10-02,Рома,да\n".encode("cp1251"), said)[0].text == "да"


def test_every_byte_of_a_table_belongs_to_a_row_a_header_or_a_blank_line(tmp_path: Path) -> None:
    data = b'When,Who,What\r\n\r\n2024-10-02 18:30,R,"a\r\nb"\r\n2024-10-02 18:31,R,"open\r\n2024-10-02 18:32,R,c'
    spans = [
        tuple(int(part) for part in one.envelope.position.locator.removeprefix("bytes:").split("-"))
        for one in table(tmp_path, data)
    ]
    explained = data[: spans[0][0]] + b"".join(data[start:end] for start, end in spans)
    assert explained == data and data[: spans[0][0]] == b"When,Who,What\r\n\r\n"


def test_a_quote_that_is_never_closed_takes_no_other_row_with_it(tmp_path: Path) -> None:
    found = table(tmp_path, b'When,Who,What\n2024-10-02 18:31,R,"open\n2024-10-02 18:32,R,next\n')
    assert [one.text for one in found] == ['"open', "next"]
    assert "unclosed-quote" in found[0].envelope.notes


@pytest.mark.parametrize(
    ("form", "written", "utc"),
    [
        ("unix-seconds", "1727890205", "2024-10-02T17:30:05Z"),
        ("unix-milliseconds", "1727890205123", "2024-10-02T17:30:05.123Z"),
        ("filetime", "133723638050000000", "2024-10-02T17:30:05.000000Z"),
        ("apple-seconds", "749583005", "2024-10-02T17:30:05Z"),
        ("apple-nanoseconds", "749583005000000000", "2024-10-02T17:30:05.000000Z"),
    ],
)
def test_counts_of_seconds_are_read_in_the_form_the_mapping_says(
    tmp_path: Path, form: str, written: str, utc: str
) -> None:
    found = table(tmp_path, f"When,Who,What\n{written},R,a\n".encode(), PLAIN + f'[times]\nform = "{form}"\n')
    assert found[0].envelope.time.ts_utc == utc


def test_serial_dates_follow_the_system_of_the_workbook(tmp_path: Path) -> None:
    head = row(1, text("A1", "When"), text("B1", "Who"), text("C1", "What"))
    one = row(2, number("A2", "45567.75", 1), text("B2", "R"), text("C2", "a"))
    (since_1900,) = book(tmp_path, workbook(head + one))
    (since_1904,) = book(tmp_path, workbook(head + one, since_1904=True))
    assert since_1900.envelope.time.local == "2024-10-02T18:00:00" and "serial-date:1900" in since_1900.envelope.notes
    assert since_1904.envelope.time.local == "2028-10-03T18:00:00" and "serial-date:1904" in since_1904.envelope.notes


def test_the_day_that_never_was_is_unreadable_and_not_moved(tmp_path: Path) -> None:
    head = row(1, text("A1", "When"), text("B1", "Who"), text("C1", "What"))
    with pytest.raises(UsageError, match="“60.5”"):
        book(tmp_path, workbook(head + row(2, number("A2", "60.5", 1), text("B2", "R"), text("C2", "a"))))


def test_formulas_hidden_rows_and_lost_digits_are_said(tmp_path: Path) -> None:
    records = [one for one in _book_records(report()) if isinstance(one, Loaded)]
    assert [one.text for one in records] == ["=1+1 is text", "long id", "ab"]
    assert "stored-as-number:leading-zeros-may-be-lost" in records[0].envelope.notes
    assert {"hidden-row", "scientific-notation:digits-may-be-lost"} <= set(records[1].envelope.notes)
    assert "formula-not-evaluated:stored-result-shown" in records[2].envelope.notes
    (tmp_path / "report.xlsx").write_bytes(report())
    (claim,) = claims(Tabular(), tmp_path, options((HERE / "report.toml").read_text("utf-8")))
    assert "hidden sheets: Old" in claim.decisions[1].basis and "merged cells A1:F1" in claim.decisions[1].basis


def test_the_owner_is_whoever_the_outgoing_rows_are_from(tmp_path: Path) -> None:
    mapping = (
        'mapping_version = 1\n[columns]\ntime = "When"\nother = "Number"\ndirection = "Way"\ntext = "What"\n'
        '[direction]\nincoming = ["in"]\noutgoing = ["out"]\n[says]\nowner = "+447700900102"\n'
    )
    data = b"When,Number,Way,What\n2024-10-02,+447700900101,in,a\n2024-10-02,+447700900101,OUT,b\n"
    first, second = (one.envelope for one in table(tmp_path, data, mapping))
    assert first.sender and first.sender.value == "+447700900101" and first.sender.kind == "number"
    assert second.sender and second.sender.value == "+447700900102" and second.also[0].role == "owner"
    assert first.conversation == second.conversation


def test_files_named_in_a_row_are_linked_and_missing_ones_said(tmp_path: Path) -> None:
    mapping = PLAIN + 'attachments = "File"\n'
    (tmp_path / "a.bin").write_bytes(b"\x00\x01")
    (tmp_path / "table.csv").write_bytes(b"When,Who,What,File\n2024-10-02,R,x,a.bin;../b.bin\n")
    (found,) = read(Tabular(), tmp_path, options(mapping))
    assert [(one.name, one.state) for one in found.attachments] == [("a.bin", "present"), ("../b.bin", "missing")]


def test_a_table_cut_at_any_byte_never_raises(tmp_path: Path) -> None:
    mapping = (HERE / "semicolons.toml").read_text("utf-8")
    whole = (HERE / "semicolons.csv").read_bytes()
    for end in range(0, len(whole), 3):
        (tmp_path / "t.csv").write_bytes(whole[:end])
        try:
            scanned(Tabular(), tmp_path / "t.csv", options(mapping, timezone="Europe/London"))
        except UsageError as error:
            assert "Nothing was read" in str(error)


def test_a_workbook_cut_or_altered_at_any_place_never_raises(tmp_path: Path) -> None:
    mapping = (HERE / "report.toml").read_text("utf-8")
    whole = report()
    for at in range(0, len(whole), 29):
        for data in (whole[:at], whole[:at] + b"\xff" + whole[at + 1 :]):
            (tmp_path / "t.xlsx").write_bytes(data)
            try:
                scanned(Tabular(), tmp_path / "t.xlsx", options(mapping))
            except UsageError as error:
                assert "Nothing was read" in str(error)


def test_entities_in_a_workbook_are_not_resolved(tmp_path: Path) -> None:
    rows = row(1, text("A1", "When"), text("B1", "Who"), text("C1", "What"))
    data = workbook(
        rows + row(2, text("A2", "2024-10-02"), text("B2", "R"), '<c r="C2" t="inlineStr"><is><t>&x;</t></is></c>')
    )
    (tmp_path / "t.xlsx").write_bytes(data)
    found = [one for one in scanned(Tabular(), tmp_path / "t.xlsx", options(PLAIN)) if isinstance(one, Envelope)]
    assert not found


def test_a_proposal_is_a_mapping_that_reads_once_its_questions_are_answered(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes(b"Date;Time;Contact;Type;Message\n25/11/2024;10:00;+447700900101;Received;hello\n")
    (member,) = list_source([tmp_path / "t.csv"], "S1", ReadOptions()).members
    proposed = proposal_for(member)
    assert proposed and 'order = "DMY"' in proposed and 'incoming = ["Received"]' in proposed
    (found,) = read(Tabular(), tmp_path / "t.csv", options(proposed))
    assert found.envelope.sender and found.envelope.sender.value == "+447700900101"
    assert found.envelope.time.local == "2024-11-25T10:00:00"


def test_a_proposal_does_not_decide_what_is_open(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes(b"Date,From,Text\n03/04/2024,R,hello\n")
    (member,) = list_source([tmp_path / "t.csv"], "S1", ReadOptions()).members
    assert 'order = ""  # say DMY or MDY: “03/04/2024” is 2024-04-03 by DMY and 2024-03-04 by MDY' in str(
        proposal_for(member)
    )


def test_a_header_cannot_break_out_of_its_comment_in_a_proposal(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes(b'Date,From,Text,"x\nmapping_version = 9"\n2024-10-02,R,a,b\n')
    (member,) = list_source([tmp_path / "t.csv"], "S1", ReadOptions()).members
    read_mapping(str(proposal_for(member)))


def test_every_word_for_a_column_is_given_to_one_field_only() -> None:
    words = [word for field in header_words()["columns"].values() for word in field]
    assert len(words) == len(set(words))
