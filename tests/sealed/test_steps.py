"""What is done with a sealed bundle stands in the log beside it: chained, complete, and safe against crashes and company."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from plainrecord.bundle.verify import verify
from plainrecord.custody.checking import check_chain
from plainrecord.errors import IntegrityError, UsageError
from plainrecord.sealed.receipts import write_receipt
from plainrecord.sealed.steps import HandOver, correct, dispose, receive, record_check, transfer
from sealed_bundles import clock, run

HAND = HandOver("A. Bee", "C. Dee", "by hand")


def sound(bundle) -> bool:
    lines = bundle.log.read_bytes().splitlines(keepends=True)
    return check_chain(lines, bundle.seal) == [] and verify(bundle.path, seal=bundle.seal).problems == []


@pytest.mark.parametrize(("inside", "called"), [("", "."), ("data", "..")])
def test_a_bundle_in_which_one_stands_is_known_by_what_lies_beside_it(bundle, act, monkeypatch, inside, called):
    monkeypatch.chdir(bundle.path / inside)
    receive(Path(called), bundle.seal, HAND, act, clock)
    assert [event["type"] for event in bundle.events()] == ["bundle.sealed", "transfer.received"]
    assert verify(Path(called)).checked["custody lines after sealing"] == 2


def test_each_step_is_one_chained_entry_with_what_the_record_asks_for(either, act):
    before = either.files()
    receive(either.path, either.seal.upper(), HAND, replace(act, condition="complete"), clock)
    transfer(either.path, HandOver("C. Dee", "E. Eff", "by hand"), act, clock)
    record_check(either.path, verify(either.path), ["every file"], act, clock)
    correct(either.path, "2", "The giver is named wrongly.", "It was B. Bee.", act, clock)
    dispose(either.path, "retained", "evidence store", "policy 7", "sealed bag", act, clock, review="2030-01-01")
    events = either.events()
    assert [event["type"] for event in events] == [
        "bundle.sealed", "transfer.received", "transfer.released", "verify.performed", "correction", "retained",
    ]  # fmt: skip
    assert sound(either)
    assert either.files() == before, "nothing of the bundle itself was touched"
    for event in events[1:]:
        assert event["who"] == {
            "name": "C. Dee", "role": "exhibits_officer", "org": "Force X", "id_no": "1234", "contact": "front desk",
        }  # fmt: skip
        assert event["why"] and event["where"]["place"] == "front office"
        assert event["bundle_id"] == either.stem and event["case_ref"] == "CR/1"
        assert event["when"]["tz"] == "Europe/London"
    received, released = events[1], events[2]
    assert received["transfer"] == {"from": "A. Bee", "to": "C. Dee", "method": "by hand"}
    assert received["details"]["sha256_given"] == received["seal"]["id"] == either.seal
    assert received["condition"] == "complete"
    assert released["transfer"]["to"] == "E. Eff"
    assert events[3]["details"]["outcome"] == "no problem found"
    assert events[4]["supersedes"]["event_id"] == received["event_id"]
    assert events[5]["details"]["review_date"] == "2030-01-01"


def test_what_happened_earlier_is_marked_late(bundle, act):
    earlier = datetime(2024, 12, 1, 8, 0, tzinfo=UTC)
    done = transfer(bundle.path, HAND, replace(act, occurred=earlier), clock)
    assert done.event.when.late
    assert "later than it happened" in write_receipt(done).text


@pytest.mark.parametrize("seal", ["0" * 64, "abc"])
def test_a_seal_that_is_not_the_one_on_the_sheet_is_refused_and_nothing_is_recorded(bundle, act, seal):
    before = bundle.log.read_bytes()
    with pytest.raises(IntegrityError, match="does not verify, so nothing was recorded"):
        receive(bundle.path, seal, HAND, act, clock)
    assert bundle.log.read_bytes() == before


@pytest.mark.parametrize("step", ["receive", "transfer", "dispose"])
def test_a_damaged_bundle_is_refused_politely(bundle, act, step):
    (bundle.path / "timeline.csv").write_bytes(b"other")
    before = bundle.log.read_bytes()
    with pytest.raises(IntegrityError, match=r"timeline\.csv"):
        if step == "receive":
            receive(bundle.path, bundle.seal, HAND, act, clock)
        elif step == "transfer":
            transfer(bundle.path, HAND, act, clock)
        else:
            dispose(bundle.path, "disposed", "x", "y", "z", act, clock)
    assert bundle.log.read_bytes() == before


def test_what_was_found_is_recorded_when_that_is_asked_for(bundle, act):
    (bundle.path / "timeline.csv").write_bytes(b"other")
    with pytest.raises(IntegrityError, match="was recorded, and nothing else"):
        receive(bundle.path, bundle.seal, HAND, act, clock, note_findings=True)
    last = bundle.events()[-1]
    assert last["type"] == "integrity.discrepancy"
    assert last["result"]["status"] == "failed"
    assert "timeline.csv: changed" in last["details"]["found"]
    record_check(bundle.path, verify(bundle.path), ["every file"], act, clock)
    assert "timeline.csv: changed" in bundle.events()[-1]["details"]["mismatches"]
    assert check_chain(bundle.log.read_bytes().splitlines(keepends=True), bundle.seal) == []


@pytest.mark.parametrize("damage", ["the list of lists", "the facts", "both gone"])
def test_what_is_no_longer_the_sealed_bundle_can_be_recorded_as_such(bundle, act, damage):
    """The log goes on from the seal that was, whatever the bundle has now."""
    tags, facts = bundle.path / "tagmanifest-sha256.txt", bundle.path / "meta/bundle.json"
    if damage == "the list of lists":
        tags.write_bytes(tags.read_bytes().replace(b"0", b"1", 1))
    elif damage == "the facts":
        facts.unlink()
    else:
        tags.unlink()
        facts.unlink()
    before = bundle.log.read_bytes()
    with pytest.raises(IntegrityError):
        dispose(bundle.path, "disposed", "x", "y", "z", act, clock)
    assert bundle.log.read_bytes() == before
    with pytest.raises(IntegrityError, match="was recorded"):
        receive(bundle.path, bundle.seal, HAND, act, clock, note_findings=True)
    record_check(bundle.path, verify(bundle.path), ["every file"], act, clock)
    assert [event["type"] for event in bundle.events()[1:]] == ["integrity.discrepancy", "verify.performed"]
    assert check_chain(bundle.log.read_bytes().splitlines(keepends=True), bundle.seal) == []


def test_a_log_of_another_bundle_is_not_continued(bundle, act):
    bundle.log.write_bytes(bundle.log.read_bytes().replace(bundle.seal.encode(), b"0" * 64))
    with pytest.raises(IntegrityError, match="not continued"):
        transfer(bundle.path, HAND, act, clock)
    answer = run("verify", bundle.path, "--log", "--operator", "A", "--role", "OIC", "--json")
    assert answer.exit_code == 4
    assert "not_recorded" in answer.stdout


def test_a_correction_names_its_entry_in_either_log_or_is_refused(bundle, act):
    inside = json.loads((bundle.path / "custody/custody.jsonl").read_text().splitlines()[1])
    before = (bundle.path / "custody/custody.jsonl").read_bytes()
    for entry in ("inside:2", inside["event_id"]):
        correct(bundle.path, entry, "w", "r", act, clock)
        assert bundle.events()[-1]["supersedes"]["event_id"] == inside["event_id"]
        assert "the log in the bundle" in bundle.events()[-1]["what"]
    assert (bundle.path / "custody/custody.jsonl").read_bytes() == before
    for entry in ("99", "inside:99", "0", "nobody", ""):
        with pytest.raises(UsageError, match="There is no entry"):
            correct(bundle.path, entry, "w", "r", act, clock)


# The log as a file


def test_a_log_that_is_not_there_is_only_begun_anew_when_that_is_said(bundle, act):
    bundle.log.unlink()
    with pytest.raises(UsageError, match="does not lie beside the bundle"):
        transfer(bundle.path, HAND, act, clock)
    assert not bundle.log.exists()
    transfer(bundle.path, HAND, replace(act, new_log=True), clock)
    assert [event["seq"] for event in bundle.events()] == [1]
    assert sound(bundle)


def test_nothing_half_begun_is_left_where_a_new_log_could_not_be_written(bundle, act):
    bundle.log.unlink()
    with pytest.raises(UsageError):
        transfer(bundle.path, replace(HAND, giver=""), replace(act, new_log=True), clock)
    assert not bundle.log.exists()


@pytest.mark.parametrize("cut", [1, 40, "before the end"])
def test_a_line_that_a_crash_cut_off_is_kept_and_reported_and_the_log_goes_on(bundle, act, cut):
    transfer(bundle.path, HAND, act, clock)
    lines = bundle.log.read_bytes().splitlines(keepends=True)
    torn = lines[1][:-2] if cut == "before the end" else lines[1][:cut]
    bundle.log.write_bytes(lines[0] + torn)
    assert verify(bundle.path).problems, "a torn line does not pass unseen"
    done = transfer(bundle.path, HAND, act, clock)
    assert done.torn is not None and done.torn.read_bytes() == torn
    assert [event["type"] for event in bundle.events()] == [
        "bundle.sealed",
        "integrity.discrepancy",
        "transfer.released",
    ]
    assert hashlib.sha256(torn).hexdigest() in bundle.events()[1]["details"]["found"]
    assert sound(bundle)


def test_a_last_line_that_lacks_only_its_end_is_whole(bundle, act):
    transfer(bundle.path, HAND, act, clock)
    bundle.log.write_bytes(bundle.log.read_bytes()[:-1])
    assert transfer(bundle.path, HAND, act, clock).torn is None
    assert [event["seq"] for event in bundle.events()] == [1, 2, 3]
    assert sound(bundle)


def test_a_crash_at_any_byte_of_an_append_loses_nothing_that_was_said(bundle, act):
    first = bundle.log.read_bytes()
    transfer(bundle.path, HAND, act, clock)
    whole = bundle.log.read_bytes()
    for size in range(len(first), len(whole), 97):
        bundle.log.write_bytes(whole[:size])
        transfer(bundle.path, HAND, act, clock)
        assert bundle.log.read_bytes().startswith(first)
        assert check_chain(bundle.log.read_bytes().splitlines(keepends=True), bundle.seal) == []


@pytest.mark.parametrize("damage", ["edit", "remove", "swap"])
def test_a_log_damaged_in_any_other_way_is_not_continued(bundle, act, damage):
    transfer(bundle.path, HAND, act, clock)
    transfer(bundle.path, HAND, act, clock)
    lines = bundle.log.read_bytes().splitlines(keepends=True)
    if damage == "edit":
        lines[1] = lines[1].replace(b"A. Bee", b"A. Cee")
    elif damage == "remove":
        del lines[1]
    else:
        lines[1], lines[2] = lines[2], lines[1]
    bundle.log.write_bytes(b"".join(lines))
    with pytest.raises(IntegrityError, match="not continued"):
        transfer(bundle.path, HAND, act, clock)
    assert bundle.log.read_bytes() == b"".join(lines)


def test_many_at_once_each_get_their_own_entry(bundle, act):
    with ThreadPoolExecutor(8) as pool:
        done = list(pool.map(lambda _: transfer(bundle.path, HAND, act, clock).event.seq, range(16)))
    assert sorted(done) == list(range(2, 18))
    assert sound(bundle)


def test_other_processes_wait_too(bundle):
    words = ["--operator", "A", "--role", "OIC", "--why", "w", "--wrong", "x", "--right", "y", "--entry", "1"]
    command = [sys.executable, "-m", "plainrecord", "correct", str(bundle.path), *words]
    running = [subprocess.Popen(command, stdout=subprocess.DEVNULL) for _ in range(3)]
    assert [one.wait(60) for one in running] == [0, 0, 0]
    assert [event["seq"] for event in bundle.events()] == [1, 2, 3, 4]
    assert sound(bundle)


@pytest.mark.skipif(not hasattr(os, "symlink"), reason="no links here")
def test_a_log_that_is_a_link_is_not_followed(bundle, act, tmp_path):
    other = tmp_path / "other.jsonl"
    other.write_bytes(bundle.log.read_bytes())
    bundle.log.unlink()
    bundle.log.symlink_to(other)
    with pytest.raises(OSError, match=r".+"):
        transfer(bundle.path, HAND, act, clock)


# The receipt


def test_the_receipt_has_the_seal_the_head_both_names_and_lines_to_sign(bundle, act):
    done = transfer(bundle.path, HAND, act, clock)
    receipt = write_receipt(done)
    groups = [bundle.seal[at : at + 8] for at in range(0, 64, 8)]
    head = [done.head[at : at + 8] for at in range(0, 64, 8)]
    html = receipt.html_path.read_text(encoding="utf-8")
    for text in (receipt.text, html):
        assert all(group in text for group in (*groups, *head))
        assert text.count("A. Bee") >= 2 and text.count("C. Dee") >= 3
        assert text.count("signature") >= 2
    assert receipt.text_path.read_bytes() == receipt.text.replace("\n", "\r\n").encode()
    assert max(map(len, receipt.text.splitlines())) <= 80
    assert verify(bundle.path).ok, "papers beside the bundle do not disturb it"
    with pytest.raises(FileExistsError):
        write_receipt(done)


def test_names_on_the_receipt_are_text_and_nothing_else(bundle, act):
    done = transfer(bundle.path, HandOver("<script>alert(1)</script>", "a\u202eb\nc", "{{ 7 * 7 }}"), act, clock)
    receipt = write_receipt(done)
    html = receipt.html_path.read_text(encoding="utf-8")
    assert "<script" not in html and "{{ 7 * 7 }}" in html
    assert "[U+202E]" in html and "[U+202E]" in receipt.text


# Words on the command line


def test_the_commands_say_what_to_write_down(bundle):
    said = ["--operator", "C. Dee", "--role", "OIC", "--place", "front office"]
    over = ["--from", "A. Bee", "--to", "C. Dee", "--method", "by hand", *said]
    done = run("transfer", bundle.path, *over)
    assert "RECEIPT FOR A BUNDLE" in done.stdout
    assert done.stdout.count("____") > 4
    report = json.loads(run("verify", bundle.path, "--seal", bundle.seal, "--log", "--json", *said).stdout)
    assert report["ok"] and report["recorded"]["entry"] == 3
    assert run("receive", bundle.path, "--seal", bundle.seal, *over).exit_code == 0
    assert run("correct", bundle.path, "--entry", "1", "--wrong", "w", "--right", "r", *said).exit_code == 1, (
        "a reason is asked for"
    )
    nobody = run("dispose", bundle.path, "--to", "x", "--under", "y", "--method", "z", "--why", "w")
    assert nobody.exit_code == 1 and "--operator and --role" in nobody.stderr
    floating = run("transfer", bundle.path, *over, "--when", "2024-12-01T10:00")
    assert floating.exit_code == 1 and "offset from UTC" in floating.stderr
    assert len(bundle.events()) == 4
    (bundle.path / "VERIFY.txt").write_text("x")
    broken = run("transfer", bundle.path, *over)
    assert broken.exit_code == 4 and "nothing was recorded" in broken.stderr
    assert run("verify", bundle.path, "--log", *said).exit_code == 4
    assert bundle.events()[-1]["result"]["status"] == "failed"
