"""The story's truth against its exports, read with the standard library alone."""

from __future__ import annotations

import hashlib
import itertools
import re
import zipfile
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from email.utils import getaddresses, parsedate_to_datetime
from zoneinfo import ZoneInfo

import pytest

LONDON = ZoneInfo("Europe/London")
NAMED = ("from", "sender", "reply-to", "return-path", "resent-from", "x-original-from", "to", "cc", "bcc")


def place(copy):
    return copy.export, copy.member, copy.index


def addresses(copy, *headers):
    values = [str(value) for header in headers for value in copy.mail.get_all(header, [])]
    return [address.lower() for _, address in getaddresses(values) if address]


def names(copy):
    values = [str(value) for header in NAMED for value in copy.mail.get_all(header, [])]
    return {name for name, _ in getaddresses(values) if name}


@pytest.fixture(scope="module")
def rows(truth):
    return {(row["export"], row["member"], row["index"]): row for row in truth["records"]}


@pytest.fixture(scope="module")
def subject_addresses(settings):
    return {settings["sender"], *settings["aliases"]}


def test_every_stored_mail_has_one_row_and_every_row_one_stored_mail(copies, rows, truth):
    assert {place(copy) for copy in copies} == set(rows)
    assert len(copies) == len(truth["records"]) == truth["totals"]["seen"]


def test_headers_say_what_the_rows_say(copies, rows):
    for copy in copies:
        row = rows[place(copy)]
        assert (copy.mail["message-id"] or f"no-id:{row['story_id']}").strip("<>") == row["key"]
        assert addresses(copy, "from") == [row["account"]]
        assert addresses(copy, "to") == row["to"]
        assert addresses(copy, "cc") == row["cc"]
        assert addresses(copy, "reply-to") == ([row["reply_to"]] if row["reply_to"] else [])
        assert str(copy.mail["subject"]) == row["subject"]


def test_times_are_the_headers_times_in_utc_and_on_the_owners_clock(copies, rows):
    for copy in copies:
        row = rows[place(copy)]
        if row["utc"] is None:
            with pytest.raises(ValueError, match="date"):
                parsedate_to_datetime(copy.mail.get_all("date")[0])
            continue
        sent = parsedate_to_datetime(str(copy.mail["date"]))
        assert f"{sent.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" == row["utc"]
        assert sent.astimezone(LONDON).isoformat() == row["local"]
        assert sent.isoformat()[-6:] == row["offset"]


def test_texts_start_as_the_rows_say(copies, rows):
    for copy in copies:
        row = rows[place(copy)]
        body = copy.mail.get_body(("plain", "html"))
        assert body is not None
        text = body.get_content()
        # The download quotes lines of prose that start with "From ".
        assert row["starts"] in text.replace("\r\n", "\n")


def test_attachments_and_attached_mails_are_there_with_their_hashes_and_authors(copies, rows):
    for copy in copies:
        row = rows[place(copy)]
        parts = list(copy.mail.iter_attachments())
        files = [part for part in parts if part.get_content_type() != "message/rfc822"]
        mails = [part.get_content() for part in parts if part.get_content_type() == "message/rfc822"]
        assert [hashlib.sha256(part.get_content()).hexdigest() for part in files] == [
            a["sha256"] for a in row["attachments"]
        ]
        assert [part.get_filename() for part in files] == [a["name"] for a in row["attachments"]]
        assert [mail["message-id"].strip("<>") for mail in mails] == [carried["key"] for carried in row["carries"]]
        assert [getaddresses([str(mail["from"])])[0][1] for mail in mails] == [c["account"] for c in row["carries"]]


class Sets:
    """Numbers 0…n-1 in disjoint sets."""

    def __init__(self, count: int) -> None:
        self.parent = list(range(count))

    def find(self, item: int) -> int:
        while self.parent[item] != item:
            item = self.parent[item]
        return item

    def join(self, items: Iterable[int]) -> None:
        roots = sorted({self.find(item) for item in items})
        for root in roots[1:]:
            self.parent[root] = roots[0]

    def groups(self) -> list[list[int]]:
        found = defaultdict(list)
        for number in range(len(self.parent)):
            found[self.find(number)].append(number)
        return list(found.values())


def strong_links(mail) -> list[str]:
    ids = re.findall(r"<[^>]+>", " ".join(str(mail[h] or "") for h in ("message-id", "in-reply-to", "references")))
    return [*ids, *([f"thread {mail['x-gm-thrid']}"] if mail["x-gm-thrid"] else [])]


def is_bare_reply(mail) -> bool:
    return str(mail["subject"]).startswith("Re: ") and not mail["references"] and not mail["in-reply-to"]


def conversations(copies) -> list[list[int]]:
    """Copies by conversation: shared Message-ID, reference or thread id; replies without any by subject and people."""
    sets, by_link, by_subject = Sets(len(copies)), defaultdict(list), defaultdict(list)
    for number, copy in enumerate(copies):
        for link in strong_links(copy.mail):
            by_link[link].append(number)
        people = frozenset(addresses(copy, "from", "to", "cc"))
        by_subject[re.sub(r"^(Re: )+", "", str(copy.mail["subject"])), people].append(number)
    for numbers in by_link.values():
        sets.join(numbers)
    for numbers in by_subject.values():
        if any(is_bare_reply(copies[number].mail) for number in numbers):
            sets.join(numbers)
    return sets.groups()


def test_conversations_and_selection_follow_from_the_headers(copies, rows, truth, subject_addresses):
    subject_names = {person["name"] for person in truth["people"]["subject"]}
    for numbers in conversations(copies):
        members = [copies[number] for number in numbers]
        found = [rows[place(copy)] for copy in members]
        assert len({row["conversation"] for row in found}) == 1
        taking_part = any(subject_addresses & set(addresses(copy, *NAMED)) for copy in members)
        named = any(subject_names & names(copy) for copy in members)
        reason = None if taking_part else "name-only" if named else "no-subject-account"
        assert {(row["included"], row["reason"]) for row in found} == {(taking_part, reason)}


def test_two_conversations_of_the_truth_are_never_one_in_the_headers(copies, rows, truth):
    groups = conversations(copies)
    assert len(groups) == len({row["conversation"] for row in truth["records"]}) == len(truth["conversations"])


def test_totals_are_counted_from_the_mails_again(copies, rows, truth, subject_addresses):
    totals = truth["totals"]
    groups = conversations(copies)
    inside = [
        copies[number]
        for numbers in groups
        if any(subject_addresses & set(addresses(copies[number], *NAMED)) for number in numbers)
        for number in numbers
    ]
    assert totals["included"] == len(inside)
    assert totals["not_included"] == len(copies) - len(inside)
    assert totals["seen"] == totals["included"] + totals["not_included"] + totals["unread"]
    assert totals["seen_by_export"] == Counter(copy.export for copy in copies)
    assert totals["included_by_export"] == Counter(copy.export for copy in inside)
    assert totals["included_by_account"] == Counter(addresses(copy, "from")[0] for copy in inside)
    assert totals["attached"] == sum(
        part.get_content_type() == "message/rfc822" for copy in inside for part in copy.mail.iter_attachments()
    )
    assert totals["by_reason"] == Counter(row["reason"] for row in rows.values() if row["reason"])


def test_weekly_counts_of_the_subject_are_counted_from_the_mails_again(copies, truth, subject_addresses):
    sent = {
        copy.mail["message-id"]: parsedate_to_datetime(str(copy.mail["date"])).astimezone(LONDON).isocalendar()
        for copy in copies
        if subject_addresses & set(addresses(copy, "from")) and copy.mail["message-id"]
    }
    assert truth["totals"]["mails_from_subject_by_week"] == Counter(f"{y}-W{week:02d}" for y, week, _ in sent.values())


def test_copies_name_the_export_of_the_first_copy(truth):
    first = {}
    for row in truth["records"]:
        assert row["copy_of"] == first.get(row["key"])
        first.setdefault(row["key"], row["export"])
    assert sum(row["copy_of"] is not None for row in truth["records"]) == 3


def test_exports_have_the_hashes_the_truth_states(story, truth):
    for export in truth["exports"]:
        path = story / "exports" / export["path"]
        for member in export["members"]:
            if path.suffix == ".zip":
                with zipfile.ZipFile(path) as archive:
                    data = archive.read(member["path"])
            else:
                data = (path / member["path"]).read_bytes()
            assert hashlib.sha256(data).hexdigest() == member["sha256"]
            assert len(data) == member["bytes"]


def test_no_file_of_an_export_is_missing_from_the_truth(story, truth):
    stated = {f"{export['path']}/{member['path']}" for export in truth["exports"] for member in export["members"]}
    root = story / "exports"
    files = {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file() and path.suffix != ".zip"}
    for path in root.glob("*.zip"):
        with zipfile.ZipFile(path) as archive:
            files |= {f"{path.name}/{name}" for name in archive.namelist()}
    assert files == stated


# --- what the story promises to hold


def row_of(truth, story_id):
    return next(row for row in truth["records"] if row["story_id"] == story_id)


def test_two_mails_show_the_same_wall_clock_an_hour_apart(truth):
    before, after = row_of(truth, "clocks-1"), row_of(truth, "clocks-2")
    assert before["local"][:19] == after["local"][:19] == "2024-10-27T01:30:12"
    assert (before["utc"], after["utc"]) == ("2024-10-27T00:30:12Z", "2024-10-27T01:30:12Z")


def test_prose_that_starts_with_from_is_quoted_in_the_download_and_not_on_the_laptop(story):
    with zipfile.ZipFile(story / "exports" / "takeout-20241201T101500Z-001.zip") as archive:
        download = archive.read("Takeout/Mail/All mail Including Spam and Trash.mbox")
    assert b"\r\n\r\n>From now on" in download
    assert b"\r\n>>From the caf" in download
    assert b"\n" not in download.replace(b"\r\n", b"")
    laptop = (story / "exports/work-laptop/ImapMail/mail.ashgrove-print.example/INBOX").read_bytes()
    assert b"\n\nFrom what the printers say" in laptop


def test_key_dates_stand_in_their_order(truth):
    dates = truth["key_dates"]
    order = ["first_mail", "stop_request", "block", "new_account_first_mail", "last_mail"]
    moments = [dates[name]["utc"] for name in order]
    assert moments == sorted(moments)
    assert "do not contact me" in dates["stop_request"]["words"]
    assert dates["new_account_first_mail"]["utc"] == min(
        row["utc"] for row in truth["records"] if row["account"] == "apenrose.letters@quickmail.example" and row["utc"]
    )


def test_subject_is_silent_for_a_fortnight_on_every_channel(truth):
    mails = {row["utc"] for row in truth["records"] if row["who"] == "subject" and row["utc"]}
    events = {e["utc"] for e in truth["events"] if any(one["who"] == "subject" for one in e.get("from", []))}
    moments = [datetime.fromisoformat(text) for text in sorted(mails | events)]
    gaps = [later - sooner for sooner, later in itertools.pairwise(moments)]
    assert [gap >= timedelta(days=14) for gap in gaps].count(True) == 1


def test_every_figure_has_material(truth):
    from_mail_alone = {"P2", "P3", "P5", "P14", "P19"}
    fed = {figure for event in truth["events"] for figure in event["feeds"]}
    assert fed | from_mail_alone == {f"P{number}" for number in range(1, 22)}


def test_planned_events_have_one_id_each_and_support_that_exists(truth):
    ids = [event["id"] for event in truth["events"]]
    known = {row["story_id"] for row in truth["records"]}
    assert len(set(ids)) == len(ids)
    assert {one for event in truth["events"] for one in event.get("supported_by", [])} <= known


def test_all_names_are_invented(story, truth):
    numbers = [a["number"] for accounts in truth["people"].values() for a in accounts if "number" in a]
    assert all(re.fullmatch(r"\+4420794(60\d{3})|\+447700900\d{3}", number) for number in numbers)
    for path in story.rglob("*"):
        if path.suffix in (".toml", ".json", ".eml", ".py", ".md") or path.name in ("INBOX", "Sent"):
            text = path.read_bytes().decode("latin-1")
            found = set(re.findall(r"[\w.+-]+@([\w-]+(?:\.[\w-]+)+)", text))
            assert all(domain.endswith(".example") for domain in found), path
