"""`plainrecord bundle` as a person types it: what it prints, what it makes, and its exit codes."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from mailboxes import OWNER, SUBJECT, mail, write_mailbox

RUN = [sys.executable, "-m", "plainrecord"]


def run(*words: object, env: dict[str, str] | None = None, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*RUN, *map(str, words)], capture_output=True, text=True, encoding="utf-8", env=env, cwd=cwd, check=False
    )


def make(mailbox: Path, out: Path, *more: object, **how: object) -> tuple[dict[str, object], Path]:
    done = run("bundle", mailbox, "--sender", SUBJECT, "--owner", OWNER, "--out", out, "--json", *more, **how)  # type: ignore[arg-type]
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    return said, Path(said["path"])


def items(bag: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (bag / "data/items/messages.jsonl").read_text("utf-8").splitlines()]


def test_whole_conversations_with_the_subject_go_in_and_everything_else_is_accounted_for(tmp_path: Path) -> None:
    said, bag = make(write_mailbox(tmp_path / "inbox.mbox"), tmp_path / "out")
    counts = said["counts"]
    assert (counts["seen"], counts["included"], counts["not_included"], counts["unread"]) == (10, 6, 4, 0)  # type: ignore[index]
    lines = items(bag)
    assert [line["sender"]["value"].lower() for line in lines] == [  # type: ignore[index]
        SUBJECT, OWNER, SUBJECT, OWNER, SUBJECT, SUBJECT,
    ]  # fmt: skip
    assert [line["direction"] for line in lines] == [
        "subject_to_owner", "owner_to_subject", "subject_to_owner", "owner_to_subject", "subject_to_owner", "subject_to_other",
    ]  # fmt: skip
    assert [line["matched"] for line in lines][:2] == ["from:exact", "to:exact"]
    assert [line["item"] for line in lines] == [f"M-{n:06d}" for n in range(1, 7)]


def test_a_namesake_is_offered_and_counted_but_not_included(tmp_path: Path) -> None:
    said, bag = make(write_mailbox(tmp_path / "inbox.mbox"), tmp_path / "out")
    assert said["near_misses"] == [{"account": "Rowan Ash <rowan.ash@other.example>", "records": 1}]
    assert all(b"other.example" not in path.read_bytes() for path in bag.rglob("*") if path.is_file())
    schedule = (bag / "schedules/not_included.csv").read_text("utf-8-sig")
    assert "name-only" in schedule and "no-subject-account" in schedule
    assert all("other.example" not in line["sender"]["value"] for line in items(bag))  # type: ignore[index]


def test_a_namesake_goes_in_when_asked_for_and_says_which_rule_matched(tmp_path: Path) -> None:
    said, bag = make(write_mailbox(tmp_path / "inbox.mbox"), tmp_path / "out", "--match-names")
    assert said["counts"]["included"] == 7  # type: ignore[index]
    assert [line["matched"] for line in items(bag)].count("from:name") == 1


def test_native_items_are_byte_identical_to_the_mailbox(tmp_path: Path) -> None:
    mailbox = write_mailbox(tmp_path / "inbox.mbox")
    _, bag = make(mailbox, tmp_path / "out")
    raw = mailbox.read_bytes()
    for line in items(bag):
        first, last = line["position"]["locator"].removeprefix("bytes:").split("-")  # type: ignore[index]
        native = (bag / str(line["native"])).read_bytes()
        assert native == raw[int(first) : int(last)]
        assert hashlib.sha256(native).hexdigest() == line["raw_sha256"]


def test_the_original_is_neither_changed_nor_joined_by_new_files(tmp_path: Path) -> None:
    folder = tmp_path / "handed-in"
    folder.mkdir()
    mailbox = write_mailbox(folder / "inbox.mbox")
    before = (mailbox.read_bytes(), mailbox.stat().st_mtime_ns, sorted(os.listdir(folder)))
    make(mailbox, tmp_path / "out")
    assert (mailbox.read_bytes(), mailbox.stat().st_mtime_ns, sorted(os.listdir(folder))) == before


def test_the_target_holds_the_bundle_its_sheet_and_its_log_and_nothing_else(tmp_path: Path) -> None:
    said, _ = make(write_mailbox(tmp_path / "inbox.mbox"), tmp_path / "out")
    name = said["bundle_id"]
    assert sorted(os.listdir(tmp_path / "out")) == [
        f"{name}",
        f"{name}.custody-after.jsonl",
        f"{name}.handover.pdf",
        f"{name}.handover.txt",
    ]


def test_a_bundle_verifies_with_its_seal_and_its_originals(tmp_path: Path) -> None:
    mailbox = write_mailbox(tmp_path / "inbox.mbox")
    said, bag = make(mailbox, tmp_path / "out")
    done = run("verify", bag, "--seal", said["seal"], "--originals", mailbox, "--json")
    assert done.returncode == 0, done.stdout
    assert json.loads(done.stdout)["problems"] == []


def test_a_wrong_seal_is_exit_code_4(tmp_path: Path) -> None:
    _, bag = make(write_mailbox(tmp_path / "inbox.mbox"), tmp_path / "out")
    done = run("verify", bag, "--seal", "0" * 64, "--json")
    assert done.returncode == 4
    assert {problem["kind"] for problem in json.loads(done.stdout)["problems"]} == {"seal"}


def test_nothing_found_is_exit_code_2_and_leaves_nothing(tmp_path: Path) -> None:
    mailbox = write_mailbox(tmp_path / "inbox.mbox")
    done = run("bundle", mailbox, "--sender", "nobody@mail.example", "--out", tmp_path / "out")
    assert done.returncode == 2
    assert "nobody@mail.example" in done.stderr and "Traceback" not in done.stderr
    assert not list((tmp_path / "out").iterdir())


def test_a_name_as_sender_finds_nothing_but_names_the_accounts_that_carry_it(tmp_path: Path) -> None:
    done = run("bundle", write_mailbox(tmp_path / "inbox.mbox"), "--sender", "Rowan Ash", "--out", tmp_path / "out")
    assert done.returncode == 2
    assert SUBJECT in done.stderr and "rowan.ash@other.example" in done.stderr and "--match-names" in done.stderr


@pytest.mark.parametrize(
    "words",
    [
        ["bundle", "nowhere.mbox", "--sender", SUBJECT, "--out", "out"],
        ["bundle", "inbox.mbox", "--out", "out"],
        ["bundle", "inbox.mbox", "--sender", SUBJECT],
        ["bundle", "inbox.mbox", "--sender", SUBJECT, "--out", "out", "--timezone", "Europe/Londno"],
        ["bundle", "inbox.mbox", "--sender", SUBJECT, "--out", "out", "--from", "yesterday"],
        ["no-such-command"],
    ],
)
def test_wrong_usage_is_exit_code_1_and_one_sentence(tmp_path: Path, words: list[str]) -> None:
    write_mailbox(tmp_path / "inbox.mbox")
    done = run(*words, cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.strip() and "Traceback" not in done.stderr


def test_a_source_that_cannot_be_read_wholly_is_exit_code_5_and_listed(tmp_path: Path) -> None:
    write_mailbox(tmp_path / "inbox.mbox")
    (tmp_path / "broken.zip").write_bytes(b"PK\x03\x04" + b"\0" * 50)
    done = run(
        "bundle", tmp_path / "inbox.mbox", tmp_path / "broken.zip", "--sender", SUBJECT, "--out", tmp_path / "out"
    )
    assert done.returncode == 5
    assert "broken.zip" in done.stdout


def test_the_same_file_twice_is_read_once_and_said(tmp_path: Path) -> None:
    mailbox = write_mailbox(tmp_path / "inbox.mbox")
    shutil.copy(mailbox, tmp_path / "copy.mbox")
    said, _ = make(mailbox, tmp_path / "out", tmp_path / "copy.mbox")
    assert said["counts"]["seen"] == 10  # type: ignore[index]
    assert any("copy.mbox" in warning for warning in said["warnings"])  # type: ignore[attr-defined]


def reproducible(bag: Path) -> dict[str, bytes]:
    files = [path for path in (bag / "data").rglob("*") if path.is_file()] + [bag / "timeline.csv"]
    return {path.relative_to(bag).as_posix(): path.read_bytes() for path in files}


def test_items_and_timeline_are_the_same_bytes_whatever_the_machine(tmp_path: Path) -> None:
    mails = [
        mail(n, SUBJECT if n % 3 else OWNER, OWNER, subject=f"Ünï {n}", body=f"Tëxt {n} £\n") for n in range(1, 40)
    ]
    places = [tmp_path / "one", tmp_path / "two" / "Zwei"]
    for place in places:
        place.mkdir(parents=True)
        write_mailbox(place / "inbox.mbox", mails)
    results = []
    for zone, language, jobs, place in [
        ("Europe/London", "C.UTF-8", 1, places[0]),
        ("America/New_York", "C", 2, places[1]),
        ("Asia/Kolkata", "POSIX", 1, places[1]),
    ]:
        env = {**os.environ, "TZ": zone, "LC_ALL": language, "PYTHONHASHSEED": str(jobs)}
        out = place / f"out-{zone.replace('/', '-')}"
        _, bag = make(place / "inbox.mbox", out, "--timezone", "Europe/London", "-j", jobs, env=env, cwd=place)
        results.append(reproducible(bag))
    assert len(results[0]) > 25
    assert results[0] == results[1] == results[2]


def test_mails_of_strangers_that_share_one_message_id_stay_out(tmp_path: Path) -> None:
    mails = [
        mail(n, SUBJECT if n == 20 else f"person{n}@list.example", OWNER, subject=f"Note {n}").replace(
            f"<m{n}@mail.example>", "<0@localhost>"
        )
        for n in range(1, 41)
    ]
    said, bag = make(write_mailbox(tmp_path / "inbox.mbox", mails), tmp_path / "out")
    assert said["counts"]["included"] == 1  # type: ignore[index]
    assert any("Message-ID" in warning for warning in said["warnings"])  # type: ignore[attr-defined]
    assert [line["sender"]["value"] for line in items(bag)] == [SUBJECT]  # type: ignore[index]
