"""Starting without a terminal, places that are copied to other devices, closing, and removing the working files."""

from __future__ import annotations

import configparser
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from conftest_guide import Running, begin, post, start, stop, upload, wait_idle
from plainrecord.guide.launcher import make_launcher
from plainrecord.guide.places import often_synced, synced_by


@pytest.mark.parametrize(
    ("path", "service"),
    [
        ("/Users/kit/Library/Mobile Documents/com~apple~CloudDocs/Papers", "iCloud"),
        ("/Users/kit/Library/CloudStorage/OneDrive-Personal/Papers", "OneDrive"),
        ("C:/Users/kit/OneDrive - Ashgrove Print/Papers", "OneDrive"),
        ("/home/kit/Dropbox (Personal)/Papers", "Dropbox"),
        ("/Users/kit/Library/CloudStorage/GoogleDrive-kit@mail.example/My Drive/Papers", "Google Drive"),
        ("G:/My Drive/Papers", "Google Drive"),
        ("/home/kit/Nextcloud/Papers", "Nextcloud"),
        ("/home/kit/Papers", None),
        ("/home/kit/boxes/Papers", None),
    ],
)
def test_a_folder_that_is_copied_elsewhere_is_told_by_its_path(path: str, service: str | None) -> None:
    assert synced_by(Path(path)) == service


def test_desktop_and_documents_are_pointed_at_too() -> None:
    assert often_synced(Path("/Users/kit/Documents/Papers"))
    assert not often_synced(Path("/Users/kit/Papers"))


def test_the_page_names_the_service(tmp_path: Path) -> None:
    running = start(tmp_path / "OneDrive" / "Papers")
    try:
        assert "This folder is inside OneDrive." in running.client().get("/safe/result").text
    finally:
        stop(running)


def test_a_language_that_is_not_whole_shows_what_it_has_and_marks_the_rest(tmp_path: Path) -> None:
    running = start(tmp_path / "papers")
    try:
        client = running.client()
        post(client, "/before", "/before")
        post(client, "/language", "/language", language="cy")
        page = client.get("/files/young").text
        assert '<html lang="cy">' in page
        assert "yn Saesneg o hyd" in page
        assert ">Parhau</button>" in page
        assert '<span lang="en">Could any picture' in page
    finally:
        stop(running)


ODD = 'a "b" $c `d` 100% \\e'


def test_the_launcher_of_linux_starts_the_guide_on_its_folder(tmp_path: Path) -> None:
    path = make_launcher(tmp_path, Path("/home/kit") / ODD, "linux")
    assert path.name == "Notes.desktop"
    assert path.stat().st_mode & 0o100
    entry = configparser.RawConfigParser()
    entry.read(path, encoding="utf-8")
    assert entry["Desktop Entry"]["terminal"] == "false"
    line = entry["Desktop Entry"]["exec"].replace("\\\\", "\\")  # the value itself is escaped once
    shown = subprocess.run(["sh", "-c", f"printf '%s\\n' {line}"], check=True, capture_output=True, text=True).stdout
    words = [word.replace("%%", "%") for word in shown.splitlines()]
    assert words == [sys.executable, "-m", "plainrecord", "guide", f"/home/kit/{ODD}"]


def test_the_launcher_of_macos_is_a_script_that_a_shell_understands(tmp_path: Path) -> None:
    path = make_launcher(tmp_path, Path("/Users/kit") / ODD, "macos")
    assert path.name == "Notes.command"
    subprocess.run(["sh", "-n", str(path)], check=True)
    assert shlex.quote(f"/Users/kit/{ODD}") in path.read_text("utf-8")


def test_the_launcher_of_windows_has_line_ends_and_percent_signs_as_windows_wants_them(tmp_path: Path) -> None:
    path = make_launcher(tmp_path, Path("C:/Users/kit/100% Papers"), "windows")
    text = path.read_bytes().decode()
    assert path.name == "Notes.cmd"
    assert text.count("\r\n") == text.count("\n") == 3
    assert '"C:/Users/kit/100%% Papers"' in text


def test_the_command_writes_the_launcher_of_this_system(tmp_path: Path) -> None:
    words = ["guide", str(tmp_path / "Papers"), "--make-launcher", str(tmp_path / "here"), "--system", "linux"]
    done = subprocess.run(
        [sys.executable, "-m", "plainrecord", *words], check=True, capture_output=True, text=True, timeout=60
    )
    assert "Notes.desktop" in done.stdout
    assert not (tmp_path / "Papers").exists()


def test_a_folder_with_other_things_in_it_is_refused_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("x")
    words = [sys.executable, "-m", "plainrecord", "guide", str(tmp_path), "--no-browser"]
    done = subprocess.run(words, check=False, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert "is not empty. Choose a new folder" in done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["letter.txt"]


def with_a_chat(folder: Path, source: Path) -> Running:
    running = start(folder)
    client = running.client()
    begin(client)
    upload(client, source)
    post(client, "/files", "/files/read")
    assert wait_idle(folder)["state"] == "done"
    return running


def test_closing_ends_the_program_and_keeps_everything(tmp_path: Path, handed_in: dict[str, Path]) -> None:
    running = with_a_chat(tmp_path / "papers", handed_in["chat"])
    assert "Closed" in post(running.clients[0], "/", "/close").text
    assert running.process.wait(10) == 0
    stop(running)
    running = start(tmp_path / "papers")
    assert "whatsapp.zip" in running.client().get("/files").text
    stop(running)


def test_removing_the_working_files_needs_a_typed_word_and_leaves_what_it_says(
    tmp_path: Path, handed_in: dict[str, Path]
) -> None:
    folder = tmp_path / "papers"
    running = with_a_chat(folder, handed_in["chat"])
    client = running.clients[0]
    ready = folder / "ready"
    ready.mkdir()
    (ready / "bundle.zip").write_bytes(b"x")
    assert "You have not made a bundle yet" in client.get("/remove").text
    for fields in ({"what": "notes"}, {"what": "notes", "word": "remove"}, {"word": "REMOVE"}):
        assert post(client, "/remove", "/remove", **fields).status_code == 422
    assert (folder / "case.sqlite").exists()
    answer = post(client, "/remove", "/remove", what=["notes", "copies"], word="REMOVE")
    assert "These are gone from the folder" in answer.text
    assert [path.name for path in folder.iterdir()] == ["ready"]
    assert handed_in["chat"].exists()
    assert "Closed" in client.get("/").text
    stop(running)
    again = start(folder)  # beginning anew in the same folder works
    assert again.client().get("/").headers["location"] == "/before"
    assert (ready / "bundle.zip").read_bytes() == b"x"
    stop(again)
