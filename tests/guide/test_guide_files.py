"""Files handed in: what is wrong is said at once and in one exact sentence, what is big is never held, what is cut off leaves nothing."""

from __future__ import annotations

import hashlib
import html
import re
import socket
import zipfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from PIL import Image

from conftest_guide import Running, begin, form_key, post, start, stop, upload, wait_idle
from plainrecord.guide.notes import read_notes
from plainrecord.guide.receiving import safe_name

_MB = 1 << 20


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    found = start(tmp_path_factory.mktemp("files") / "papers")
    yield found
    stop(found)


@pytest.fixture(scope="module")
def client(running: Running) -> httpx.Client:
    found = running.client()
    begin(found)
    post(found, "/services", "/services", services="whatsapp")
    return found


def wrong(kind: str, folder: Path) -> Path:
    """A file that people hand in instead of an export."""
    path = (
        folder
        / {
            "photo": "IMG_2041.jpg",
            "screenshot": "Screenshot_2024-11-03.png",
            "empty": "chat.txt",
            "empty-zip": "download.zip",
            "locked": "locked.zip",
            "cut-off": "half.zip",
            "letter": "letter.txt",
            "backup": "msgstore.db.crypt15",
            "page": "messages.html",
        }[kind]
    )
    if kind in ("photo", "screenshot"):
        Image.new("RGB", (8, 8), "white").save(path)
    elif kind in ("empty", "empty-zip"):
        path.write_bytes(b"")
    elif kind in ("locked", "cut-off"):
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("_chat.txt", "[03/11/2024, 20:40:00] Sam: hello\n" * 20)
        data = bytearray(path.read_bytes())
        data[6] |= 1  # the flag of an encrypted file, here and in the contents list
        data[data.index(b"PK\x01\x02") + 8] |= 1
        path.write_bytes(data if kind == "locked" else data[:90])
    elif kind == "page":
        path.write_text("<html><body>not a download</body></html>")
    else:
        path.write_bytes(b"Dear Sam, this is a letter.\n" if kind == "letter" else bytes(range(256)) * 8)
    return path


SAYS = {
    "photo": "IMG_2041.jpg is a picture; it was kept as it is and no messages were read from it.",
    "screenshot": "Keep it as it is; and ask for the export of the chat or mailbox it shows",
    "empty": "chat.txt is empty (0 bytes); there is nothing in it to read.",
    "empty-zip": "download.zip is empty (0 bytes); there is nothing in it to read.",
    "locked": "_chat.txt is password-protected; unlock the archive with its own program and hand in the result.",
    "cut-off": "half.zip was not opened: it is cut off or damaged",
    "letter": "letter.txt is a text that no app wrote as an export, and no copied messages with a name to each were found in it",
    "backup": "In WhatsApp open the chat, then ⋮ → More → Export chat",
    "page": "messages.html (text/html) is no export this program knows",
}


@pytest.mark.parametrize("kind", SAYS)
def test_a_wrong_file_is_named_at_once_with_the_way_to_the_right_one(
    kind: str, running: Running, client: httpx.Client, tmp_path: Path
) -> None:
    path = wrong(kind, tmp_path)
    assert upload(client, path).status_code == 303
    page = html.unescape(client.get("/files").text)
    part = page[page.index(f"<h3>{path.name}</h3>") :].partition("</li>")[0]
    assert SAYS[kind] in part
    assert 'href="/get/whatsapp"' in part
    assert "Read these files" not in page
    given = next(one for one in read_notes(running.folder).files if one.name == path.name)
    post(client, "/files", "/files/change", file=given.id, do="off")
    assert not Path(given.path).exists()
    assert path.name not in client.get("/files").text


def test_no_file_chosen_is_an_error_with_a_way_to_the_field(running: Running, client: httpx.Client) -> None:
    key = form_key(client, "/files", "/files/upload")
    answer = client.post(
        "/files/upload", data={"form_key": key}, files=[("files", ("", b""))], headers={"origin": running.base}
    )
    page = client.get(answer.headers["location"].partition("#")[0])
    assert page.status_code == 422
    assert '<a href="#files">Choose a file first</a>' in page.text


def test_a_name_from_outside_never_leaves_the_folder() -> None:
    names = [
        "../../x.txt",
        "..",
        "a/b\\c.zip",
        "C:\\fakepath\\chat.zip",
        "con.txt",
        "a\0b\n.txt",
        ".",
        "x" * 300 + ".mbox",
        "",
    ]
    safe = [safe_name(name) for name in names]
    assert safe[:5] == ["x.txt", "file", "c.zip", "chat.zip", "_con.txt"]
    assert all("/" not in name and "\\" not in name and name.isprintable() and 0 < len(name) <= 120 for name in safe)
    assert safe[7].endswith(".mbox")
    assert safe_name("WhatsApp Chat with Zoë ✉.zip") == "WhatsApp Chat with Zoë ✉.zip"


def test_two_files_of_one_name_are_both_kept_and_the_same_bytes_once(
    running: Running, client: httpx.Client, tmp_path: Path
) -> None:
    for text in ("one", "two", "one"):
        path = tmp_path / "same.txt"
        path.write_text(text)
        upload(client, path)
    kept = sorted(path.read_text() for path in (running.folder / "originals").rglob("same.txt"))
    assert kept == ["one", "two"]
    assert len([one for one in read_notes(running.folder).files if one.name == "same.txt"]) == 2


def resident(pid: int) -> int:
    """The most memory a process has had, in bytes."""
    status = Path(f"/proc/{pid}/status").read_text()
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    assert found
    return int(found[1]) << 10


class Body(httpx.SyncByteStream):
    """A body made while it is sent: so many blocks between a head and a tail."""

    def __init__(self, head: bytes, blocks: int, tail: bytes) -> None:
        self.head, self.blocks, self.tail = head, blocks, tail
        self.block = bytes(range(256)) * (_MB // 256)

    def __iter__(self) -> Iterator[bytes]:
        yield self.head
        for _ in range(self.blocks):
            yield self.block
        yield self.tail


def test_a_big_file_is_streamed_to_disk_and_hashed_while_it_comes(running: Running, client: httpx.Client) -> None:
    before = resident(running.process.pid)
    key = form_key(client, "/files", "/files/upload")
    head = (
        f'--b\r\ncontent-disposition: form-data; name="form_key"\r\n\r\n{key}\r\n--b\r\n'
        'content-disposition: form-data; name="files"; filename="big.bin"\r\n\r\n'
    ).encode()
    body = Body(head, 300, b"\r\n--b--\r\n")
    size = len(head) + 300 * _MB + len(body.tail)
    answer = client.post(
        "/files/upload",
        content=body,
        headers={
            "origin": running.base,
            "content-type": "multipart/form-data; boundary=b",
            "content-length": str(size),
        },
    )
    assert answer.status_code == 303
    assert resident(running.process.pid) - before < 40 * _MB
    given = next(one for one in read_notes(running.folder).files if one.name == "big.bin")
    digest = hashlib.sha256()
    for _ in range(300):
        digest.update(body.block)
    assert (given.bytes, given.sha256) == (300 * _MB, digest.hexdigest())
    post(client, "/files", "/files/change", file=given.id, do="off")


def test_an_arrival_that_is_cut_off_leaves_nothing(running: Running, client: httpx.Client) -> None:
    key = form_key(client, "/files", "/files/upload")
    head = (
        f'--b\r\ncontent-disposition: form-data; name="form_key"\r\n\r\n{key}\r\n--b\r\n'
        'content-disposition: form-data; name="files"; filename="cut.bin"\r\n\r\n'
    ).encode()
    host, port = running.base.removeprefix("http://").split(":")
    cookie = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
    with socket.create_connection((host, int(port))) as raw:
        raw.sendall(
            (
                f"POST /files/upload HTTP/1.1\r\nhost: {host}:{port}\r\norigin: {running.base}\r\ncookie: {cookie}\r\n"
                "content-type: multipart/form-data; boundary=b\r\ncontent-length: 9999999\r\n\r\n"
            ).encode()
            + head
            + b"x" * 100_000
        )
    client.get("/files")  # the server has seen the end of the other by now, or sees it before this answer
    for _ in range(100):
        left = [path for path in (running.folder / "originals").rglob("*") if path.is_file()]
        if not [path for path in left if path.name == "cut.bin" or path.suffix == ".arriving"]:
            break
        client.get("/files")
    assert not [path for path in left if path.name == "cut.bin" or path.suffix == ".arriving"]


def test_a_folder_or_big_file_is_referenced_where_it_is_and_read_there(
    tmp_path: Path, handed_in: dict[str, Path]
) -> None:
    running = start(tmp_path / "papers")
    try:
        client = running.client()
        begin(client)
        assert post(client, "/files/path", "/files/path", path="relative/x").status_code == 422
        assert post(client, "/files/path", "/files/path", path=str(tmp_path / "nothing")).status_code == 422
        before = handed_in["mail"].stat()
        assert post(client, "/files/path", "/files/path", path=str(handed_in["mail"])).status_code == 303
        post(client, "/files", "/files/read")
        assert wait_idle(running.folder)["state"] == "done"
        assert "Go on: who is it?" in client.get("/files").text
        assert handed_in["mail"].stat() == before
        assert not (running.folder / "originals").exists()
        assert "alex.penrose@lantern.example" in client.get("/who", params={"search": "alex.penrose"}).text
    finally:
        stop(running)


def test_the_downloads_folder_is_looked_at_and_what_is_ticked_is_added(
    tmp_path: Path, handed_in: dict[str, Path]
) -> None:
    home = tmp_path / "home"
    (home / "Downloads").mkdir(parents=True)
    (home / "Downloads" / "whatsapp.zip").write_bytes(handed_in["chat"].read_bytes())
    (home / "Downloads" / "holiday.jpg").write_bytes(b"x")
    running = start(tmp_path / "papers", HOME=str(home))
    try:
        client = running.client()
        begin(client)
        page = client.get("/files/watch").text
        assert "whatsapp.zip" in page
        assert "holiday.jpg" not in page
        post(client, "/files/watch", "/files/watch", found=str(home / "Downloads" / "whatsapp.zip"))
        (given,) = read_notes(running.folder).files
        assert (given.state, given.copied) == ("new", False)
    finally:
        stop(running)


def test_two_tabs_at_once_lose_nothing(running: Running, client: httpx.Client, tmp_path: Path) -> None:
    """Two forms that were open at the same time are both taken, and each keeps what the other said."""
    keys = {path: form_key(client, path, path) for path in ("/get/signal", "/get/discord")}
    origin = {"origin": running.base}
    for path, key in keys.items():
        client.post(path, data={"form_key": key, "asked-today": "today"}, headers=origin)
    notes = read_notes(running.folder)
    assert notes.downloads["signal"].asked_on
    assert notes.downloads["discord"].asked_on
    assert {"signal", "discord"} <= set(notes.services)
