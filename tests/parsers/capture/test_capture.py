from __future__ import annotations

import base64
import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from chat_readers import FIXTURES, FOREIGN, check_golden, claims, golden_line, loaded, read, scanned
from mailboxes import OWNER, SUBJECT, write_mailbox
from plainrecord.cli import main
from plainrecord.intake.listing import ReadOptions
from plainrecord.parsers import all_parsers
from plainrecord.parsers.capture import Captures
from plainrecord.records import Envelope, Loaded, Unread
from vault_damage import read_damaged

HERE = FIXTURES / "capture"
SAMPLES = (HERE / "vault", HERE / "damaged")
MAREN = ReadOptions(timezone="Europe/London", owner_names=("maren@postbox.example",))


def told(*words: object, code: int = 0) -> dict[str, object]:
    done = CliRunner().invoke(main, [*(str(word) for word in words), "--json"])
    assert done.exit_code == code, done.output
    said: dict[str, object] = json.loads(done.stdout)
    return said


def test_the_samples_say_what_is_expected_of_them(update_golden: bool) -> None:
    lines = []
    for folder in SAMPLES:
        lines += [f"# {folder.name}", *(golden_line(item) for item in loaded(Captures(), folder, MAREN))]
    check_golden(lines, HERE / "expected.jsonl", update_golden)


def test_the_samples_are_what_their_maker_writes(tmp_path: Path) -> None:
    shutil.copy(HERE / "make_vault.py", tmp_path)
    subprocess.run([sys.executable, tmp_path / "make_vault.py"], check=True)
    for folder in SAMPLES:
        made, kept = (
            {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}
            for root in (tmp_path / folder.name, folder)
        )
        assert made == kept


def test_only_vaults_are_claimed_and_by_this_reader_first(tmp_path: Path) -> None:
    for name, data in FOREIGN.items():
        (tmp_path / name).write_bytes(data)
    (tmp_path / "receipts").mkdir()
    (tmp_path / "receipts/C-0001.json").write_bytes(b'{"receipt": "of a shop"}')
    assert not claims(Captures(), tmp_path)
    assert all_parsers()[0].name == "capture"


def test_a_capture_is_the_owners_recorded_page_with_every_clock_named(tmp_path: Path) -> None:
    post = read(Captures(), HERE / "vault", MAREN)[0]
    envelope = post.envelope
    assert envelope.kind == "capture" and envelope.sender and envelope.sender.value == "maren@postbox.example"
    assert [(one.value, one.role) for one in envelope.also] == [
        ("maren@postbox.example", "owner"),
        ("@rowan.reed", "about"),
    ]
    assert (envelope.time.ts_utc, envelope.time.tz_basis) == ("2024-10-28T07:30:12.345Z", "epoch_utc")
    assert "device's own clock" in envelope.time.where
    finished, received, site = post.dates
    assert received.ts_utc == "2024-10-28T07:45:00Z" and received.meaning == "stored"
    assert site.ts_raw == "Mon, 28 Oct 2024 07:30:12 GMT" and "own claim" in site.where
    assert post.text == "Rowan’s post\nSee you on Saturday. ☕\nכן\n" and post.html is None
    assert post.facts["note by the person"] == "Seen after a friend told me."
    assert [one.name for one in post.attachments] == ["viewport.png", "text.txt", "page.mhtml"]
    assert [one.detected_type for one in post.attachments][:2] == ["image/png", "text/plain"]


def test_nobody_is_named_as_subject_unless_a_person_said_so() -> None:
    for one in read(Captures(), HERE / "vault", MAREN)[1:]:
        assert [account.role for account in one.envelope.also] == ["owner"] and not one.envelope.recipients


def test_parts_of_a_long_thread_stand_in_one_conversation_and_say_which_they_are() -> None:
    first, second = read(Captures(), HERE / "vault", MAREN)[1:3]
    assert first.envelope.conversation == second.envelope.conversation
    assert first.facts["series"].startswith("part 1 of an open number") and second.facts["series"].startswith("part 2")
    assert first.envelope.marks == ("part-of-series", "end-not-reached")
    assert first.facts["how much was kept"] == "thread; end not reached; stopped: limit-tiles"
    assert "pictures-repeat" in first.envelope.notes and "pictures-repeat" not in second.envelope.notes
    assert first.facts["steps that failed or were left out"] == "mhtml failed: The browser gave no archive."
    assert first.text == "messages 100 to 120\n"


def test_a_page_that_changed_and_a_clock_that_differs_are_said() -> None:
    changed = read(Captures(), HERE / "vault", MAREN)[3]
    assert set(changed.envelope.notes) == {
        "address-changed-meanwhile",
        "title-changed-meanwhile",
        "clock-differs-from-site",
    }
    assert changed.dates[2].ts_utc == "2001-01-01T00:00:00Z"
    assert changed.text == "Profile not found \ufffd\n" and changed.subject is None


def test_what_is_damaged_is_said_and_the_rest_is_read() -> None:
    items = loaded(Captures(), HERE / "damaged", MAREN)
    unread = {item.position.member: item.detail for item in items if isinstance(item, Unread)}
    assert set(unread) == {f"receipts/C-000{number}.json" for number in (2, 3, 4)}
    assert "not among the files" in unread["receipts/C-0002.json"]
    assert "not what was signed for" in unread["receipts/C-0003.json"]
    (post,) = [item for item in items if isinstance(item, Loaded)]
    picture, words, archive = post.attachments
    assert picture.notes == [] and words.notes == ["not-what-was-hashed-in-the-browser"]
    assert (archive.state, archive.notes) == ("missing", ["not-among-the-files"])
    (claim,) = claims(Captures(), HERE / "damaged", MAREN)
    assert claim.aside and set(claim.aside.values()) == {
        "No receipt names this: a part of a capture that was not completed."
    }


def test_every_file_of_a_vault_gets_its_fate(tmp_path: Path) -> None:
    case = tmp_path / "case"
    told("new", case, "--sender", SUBJECT)
    (added,) = told("add", case, HERE / "damaged", code=5)["added"]  # type: ignore[misc]
    fates = {one["path"]: one["fate"] for one in added["files"]}
    files = [path.relative_to(HERE / "damaged").as_posix() for path in (HERE / "damaged").rglob("*") if path.is_file()]
    assert sorted(fates) == sorted(files)
    assert added["counts"] == {"seen": 4, "read": 1, "unread": 3}
    assert set(fates.values()) == {"parsed", "unreadable", "known-unsupported"}


def test_pages_go_in_as_the_owners_own_beside_what_was_found_and_never_instead_of_it(tmp_path: Path) -> None:
    case = tmp_path / "case"
    told("new", case, "--sender", SUBJECT, "--owner", OWNER)
    told("add", case, HERE / "vault")
    told("add", case, write_mailbox(tmp_path / "in.mbox"))
    made = told("build", case, "--out", tmp_path / "with")
    text = (Path(str(made["path"])) / "data/items/messages.jsonl").read_text(encoding="utf-8")
    items = [json.loads(line) for line in text.splitlines()]
    pages = [item for item in items if item["kind"] == "capture"]
    assert len(pages) == 4 and {item["matched"] for item in pages} == {"captured:owner"}
    assert {(item["evidence_kind"], item["part"]) for item in pages} == {("recorded", "owner")}
    media = {one["media"] for item in pages for one in item["attachments"]}
    assert all(str(one).startswith("data/media/") for one in media)
    assert not [one for one in media if one.endswith((".html", ".mhtml", ".htm"))]
    assert told("verify", made["path"], "--originals", HERE / "vault")["ok"] is True
    told("new", tmp_path / "other", "--sender", "nobody@else.example")
    told("add", tmp_path / "other", HERE / "vault")
    told("add", tmp_path / "other", tmp_path / "in.mbox")
    told("build", tmp_path / "other", "--out", tmp_path / "without", code=2)


def test_the_receipts_in_the_sample_are_signed() -> None:
    def decoded(text: str) -> bytes:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))

    for path in sorted((HERE / "vault/receipts").iterdir()):
        kept = json.loads(path.read_bytes())
        public = decoded(kept["public_key"])
        message = f"plainrecord-capture/receipt/1\n{kept['receipt']}".encode()
        Ed25519PublicKey.from_public_bytes(public).verify(decoded(kept["signature"]), message)
        assert json.loads(kept["receipt"])["key_id"] == hashlib.sha256(public).hexdigest()[:16]


def test_a_receipt_cut_off_at_any_byte_never_raises(tmp_path: Path) -> None:
    shutil.copytree(HERE / "vault", tmp_path / "vault")
    path = tmp_path / "vault/receipts/C-0002.json"
    whole = path.read_bytes()
    for length in range(0, len(whole), 7):
        path.write_bytes(whole[:length])
        items = scanned(Captures(), tmp_path / "vault", MAREN)
        assert len(items) == 4 and sum(isinstance(item, Envelope) for item in items) == 3


def test_two_hundred_damaged_vaults_never_raise(tmp_path: Path) -> None:
    assert read_damaged(tmp_path, 200, "suite") > 400
