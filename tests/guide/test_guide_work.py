"""Long work: it survives its server and its own end, asks what only a person can know, and can be stopped."""

from __future__ import annotations

import json
import os
import signal
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from conftest_guide import Running, begin, post, start, stop, upload, wait_idle
from plainrecord.bundle.verify import verify
from plainrecord.guide.notes import read_notes

MAILS = 400


def mailbox(path: Path, mails: int = MAILS) -> Path:
    """A mailbox that takes a few seconds to read and to seal."""
    with path.open("w", encoding="ascii", newline="\n") as stream:
        for number in range(mails):
            who, whom = ("sam", "kit") if number % 3 else ("kit", "sam")
            stream.write(
                f"From {who}@mail.example Mon Jan  1 00:00:00 2024\n"
                f"From: {who}@mail.example\nTo: {whom}@mail.example\nMessage-ID: <{number}@mail.example>\n"
                f"Date: Mon, 01 Jan 2024 {number // 3600:02d}:{number // 60 % 60:02d}:{number % 60:02d} +0000\n"
                f"Subject: number {number}\n\nMail number {number}.\n\n"
            )
    return path


@contextmanager
def opened(folder: Path) -> Iterator[tuple[Running, httpx.Client]]:
    """The guide on a folder, first questions answered."""
    running = start(folder)
    try:
        client = running.client()
        begin(client)
        yield running, client
    finally:
        stop(running)


def name_sam(client: httpx.Client) -> None:
    fields = {
        "account": ["email:address:sam@mail.example", "email:address:kit@mail.example"],
        "answer-0": "them",
        "answer-1": "me",
    }
    assert post(client, "/who", "/who", onward="on", **fields).status_code == 303


def state(folder: Path) -> dict[str, object]:
    path = folder / "work.json"
    return json.loads(path.read_text("utf-8")) if path.exists() else {}


def wait_for_step(folder: Path, step: str) -> int:
    """Wait until the work is at a step; its process."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        now = state(folder)
        assert now.get("state") == "running", now
        if now.get("step") == step and now.get("pid"):
            return int(str(now["pid"]))
        time.sleep(0.01)
    raise AssertionError(f"never came to {step}")


def made(running: Running) -> Path:
    """The one bundle there is, whole."""
    (bundle,) = (running.folder / "ready").glob("*.zip")
    assert verify(bundle).ok
    with zipfile.ZipFile(bundle) as archive:
        lines = archive.read(next(one for one in archive.namelist() if one.endswith("items/messages.jsonl")))
    assert lines.count(b"\n") == MAILS
    return bundle


def test_the_work_goes_on_when_the_server_is_killed_and_begins_again_when_it_is_killed_too(tmp_path: Path) -> None:
    folder = tmp_path / "papers"
    source = mailbox(tmp_path / "inbox.mbox")
    with opened(folder) as (running, client):
        upload(client, source)
        post(client, "/files", "/files/read")
        assert wait_idle(folder)["state"] == "done"
        name_sam(client)
        post(client, "/make", "/make")
        worker = wait_for_step(folder, "making")
        running.kill()
        assert state(folder)["state"] == "running"
        os.kill(worker, signal.SIGKILL)  # fails unless the work outlived its server
        (folder / "work.json").rename(tmp_path / "cut-off.json")
    (tmp_path / "cut-off.json").rename(folder / "work.json")
    with opened(folder) as (running, client):
        assert client.get("/").status_code == 200  # the first look finds the work cut off, and begins it again
        last = wait_idle(folder)
        assert (last["state"], last["attempts"]) == ("done", 2)
        assert client.get("/progress").headers["location"] == "/made"
        assert "It was checked" in client.get("/made").text
        assert len(read_notes(folder).made) == 1
        bundle = made(running)
        assert bundle.name in client.get("/hand-over").text


def test_while_it_works_pages_that_need_the_case_say_so_and_the_log_can_be_written(tmp_path: Path) -> None:
    folder = tmp_path / "papers"
    with opened(folder) as (running, client):
        upload(client, mailbox(tmp_path / "inbox.mbox"))
        post(client, "/files", "/files/read")
        assert wait_idle(folder)["state"] == "done"
        name_sam(client)
        keys = {"day-day": "1", "day-month": "2", "day-year": "2024", "sure": "about", "what": "A call without a word."}
        post(client, "/make", "/make")
        wait_for_step(folder, "making")
        busy = client.get("/who")
        assert (busy.status_code, "still working" in busy.text) == (409, True)
        assert post(client, "/diary/new", "/diary/new", **keys).status_code == 303
        assert "The computer is working" in client.get("/progress").text
        running.kill()  # the work is not its server's
        assert wait_idle(folder)["state"] == "done"
        made(running)


def test_it_can_be_stopped_and_begun_again(tmp_path: Path) -> None:
    folder = tmp_path / "papers"
    with opened(folder) as (_, client):
        upload(client, mailbox(tmp_path / "inbox.mbox"))
        post(client, "/files", "/files/read")
        wait_for_step(folder, "reading")
        post(client, "/progress", "/progress/stop")
        assert "The work was stopped" in client.get("/progress").text
        post(client, "/progress", "/progress/again")
        assert wait_idle(folder)["state"] == "done"
        assert "Go on: who is it?" in client.get("/files").text


AMBIGUOUS = "03/04/2024, 20:40 - Sam Field: hello\n05/06/2024, 20:41 - Kit Vale: no\n"


def test_what_only_a_person_can_know_is_asked_and_nothing_is_guessed(tmp_path: Path) -> None:
    folder = tmp_path / "papers"
    with opened(folder) as (_, client):
        path = tmp_path / "WhatsApp Chat with Sam Field.txt"
        path.write_text(AMBIGUOUS, encoding="utf-8")
        upload(client, path)
        post(client, "/files", "/files/read")
        assert wait_idle(folder)["state"] == "asks"
        page = client.get("/progress").text
        assert "How does it write its dates?" in page
        assert "WhatsApp Chat with Sam Field.txt" in page
        assert post(client, "/progress", "/progress/answer").status_code == 422
        post(client, "/progress", "/progress/answer", order="DMY")
        assert wait_idle(folder)["state"] == "done"
        assert "3 April 2024" in client.get("/who", params={"search": "Sam"}).text


def test_a_work_that_cannot_be_done_says_why_and_keeps_everything(tmp_path: Path) -> None:
    folder = tmp_path / "papers"
    source = mailbox(tmp_path / "inbox.mbox", 3)
    with opened(folder) as (_, client):
        post(client, "/files/path", "/files/path", path=str(source))
        post(client, "/files", "/files/read")
        wait_idle(folder)
        name_sam(client)
        source.unlink()
        post(client, "/make", "/make")
        assert wait_idle(folder)["state"] == "failed"
        page = client.get("/progress").text
        assert "This did not work" in page
        assert "inbox.mbox" in page
        assert not list((folder / "ready").glob("*.zip"))
        mailbox(source, 3)
        post(client, "/progress", "/progress/again")
        assert wait_idle(folder)["state"] == "done"
