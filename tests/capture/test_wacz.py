"""A capture written out: its parts under their names, and the web archive derived from it, read by other means."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner
from warcio.archiveiterator import ArchiveIterator
from warcio.checker import Checker

from plainrecord.capture.mhtml import resources, web_address
from plainrecord.capture.wacz import sort_key
from plainrecord.cli import main
from senders import Sender, capture_of, manifest_of, part, uuid_of

FIXTURE = Path(__file__).resolve().parents[2] / "fixtures/capture/vault"
PAGE = "https://www.social.example/posts/71?view=all"


def archive_of_the_post() -> bytes:
    """The page archive of the sample's first capture."""
    receipt = json.loads(json.loads((FIXTURE / "receipts/C-0001.json").read_bytes())["receipt"])
    digest = next(one["sha256"] for one in receipt["parts"] if one["name"] == "page.mhtml")
    return (FIXTURE / "objects" / digest[:2] / digest).read_bytes()


def export(case: Path, name: str, out: Path, *options: str, code: int = 0) -> str:
    done = CliRunner().invoke(main, ["capture", "export", str(case), name, "--out", str(out), *options])
    assert done.exit_code == code, done.output
    return done.output


@pytest.fixture(scope="module")
def name(sender: Sender) -> str:
    """A capture of the sample's post."""
    data = archive_of_the_post()
    parts = [part("page.mhtml", "mhtml", "multipart/related", data)]
    page = manifest_of("", [])["page"] | {"url": PAGE, "url_after": PAGE, "title": "Rowan’s post"}
    manifest = manifest_of(uuid_of("archive"), parts, page=page)
    return str(sender.send(manifest, {"page.mhtml": data})["capture"])


@pytest.fixture(scope="module")
def wacz(case: Path, name: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[zipfile.ZipFile]:
    out = tmp_path_factory.mktemp("out")
    export(case, name, out, "--wacz")
    with zipfile.ZipFile(out / f"{name}.wacz") as archive:
        yield archive


def sha256(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def records(wacz: zipfile.ZipFile) -> dict[str, tuple[Any, bytes]]:
    """Each record of the WARC by its address, with its bytes."""
    with wacz.open("archive/data.warc.gz") as stream:
        return {
            one.rec_headers.get_header("WARC-Target-URI"): (one.rec_headers, one.content_stream().read())
            for one in ArchiveIterator(stream)
            if one.rec_type == "resource"
        }


def test_the_package_lists_every_file_with_its_digest(wacz: zipfile.ZipFile) -> None:
    package = json.loads(wacz.read("datapackage.json"))
    listed = {one["path"]: (one["hash"], one["bytes"]) for one in package["resources"]}
    assert listed == {path: (sha256(wacz.read(path)), len(wacz.read(path))) for path in listed}
    assert set(wacz.namelist()) == set(listed) | {"datapackage.json", "datapackage-digest.json"}
    assert json.loads(wacz.read("datapackage-digest.json"))["hash"] == sha256(wacz.read("datapackage.json"))
    assert (package["profile"], package["wacz_version"]) == ("data-package", "1.1.1")
    assert package["mainPageUrl"] == PAGE and "Derived by Plainrecord from page.mhtml" in package["description"]
    assert all(entry.compress_type == zipfile.ZIP_STORED for entry in wacz.infolist())


def test_the_page_list_names_the_page(wacz: zipfile.ZipFile) -> None:
    head, page = map(json.loads, wacz.read("pages/pages.jsonl").decode().splitlines())
    assert head["format"] == "json-pages-1.0"
    assert (page["url"], page["ts"], page["title"]) == (PAGE, "2024-12-01T10:00:00Z", "Rowan’s post")


def test_another_reader_finds_the_warc_sound(wacz: zipfile.ZipFile, tmp_path: Path) -> None:
    wacz.extract("archive/data.warc.gz", tmp_path)
    path = tmp_path / "archive/data.warc.gz"
    checker = Checker(SimpleNamespace(inputs=[str(path)], verbose=True))
    checker.process_all()
    assert checker.exit_value == 0
    with gzip.open(path) as plain:
        assert plain.read().count(b"WARC/1.1\r\n") == 5


def test_each_line_of_the_index_leads_to_its_record(wacz: zipfile.ZipFile) -> None:
    lines = wacz.read("indexes/index.cdx").decode().splitlines()
    assert lines == sorted(lines) and len(lines) == len(records(wacz)) == 4
    data = wacz.read("archive/data.warc.gz")
    for line in lines:
        key, stamp, values = line.split(" ", 2)
        said = json.loads(values)
        assert (key, stamp) == (sort_key(said["url"]), "20241201100000")
        at, length = int(said["offset"]), int(said["length"])
        found = next(iter(ArchiveIterator(io.BytesIO(data[at : at + length]))))
        assert found.rec_headers.get_header("WARC-Target-URI") == said["url"]
        assert sha256(found.content_stream().read()) == said["digest"]


def test_addresses_inside_the_archive_and_old_shadow_roots_are_rewritten_in_the_copy(wacz: zipfile.ZipFile) -> None:
    found = records(wacz)
    html = found[PAGE][1].decode()
    inside = "https://www.social.example/.inside-the-archive/"
    assert f'src="{inside}frame-2@mhtml.blink"' in html and f'href="{inside}css-1@mhtml.blink"' in html
    assert '<template shadowrootmode="open">' in html and "shadowmode" not in html.replace("shadowrootmode", "")
    assert set(found) == {
        PAGE,
        f"{inside}css-1@mhtml.blink",
        f"{inside}frame-2@mhtml.blink",
        "https://cdn.social.example/a.png",
    }
    assert found["https://cdn.social.example/a.png"][1].startswith(b"\x89PNG")
    assert found[f"{inside}css-1@mhtml.blink"][0].get_header("Content-Type") == "text/css"


def test_the_same_capture_gives_the_same_archive(case: Path, name: str, tmp_path: Path) -> None:
    export(case, name, tmp_path / "one", "--wacz")
    export(case, name, tmp_path / "two", "--wacz")
    one, two = ((tmp_path / folder / f"{name}.wacz").read_bytes() for folder in ("one", "two"))
    assert one == two
    assert "there already" in export(case, name, tmp_path / "one", "--wacz", code=1)


def test_parts_are_written_under_their_names_with_manifest_and_receipt(case: Path, name: str, tmp_path: Path) -> None:
    export(case, name, tmp_path)
    files = sorted(path.relative_to(tmp_path / name).as_posix() for path in (tmp_path / name).rglob("*.*"))
    assert files == ["manifest.json", "parts/page.mhtml", "receipt.json"]
    assert (tmp_path / name / "parts/page.mhtml").read_bytes() == archive_of_the_post()
    assert "there already" in export(case, name, tmp_path, code=1)


def test_what_is_damaged_is_not_written_out(case: Path, sender: Sender, tmp_path: Path) -> None:
    manifest, blobs = capture_of("to be damaged")
    name = str(sender.send(manifest, blobs)["capture"])
    digest = hashlib.sha256(blobs["viewport.png"]).hexdigest()
    path = case / "captures/vault/objects" / digest[:2] / digest
    path.chmod(0o644)
    path.write_bytes(b"other bytes")
    assert "is not what was kept" in export(case, name, tmp_path, code=4)
    assert not any(tmp_path.iterdir())
    listed = CliRunner().invoke(main, ["capture", "list", str(case), "--json"])
    assert listed.exit_code == 4
    states = {one["name"]: one["state"] for one in json.loads(listed.output)["captures"]}
    assert states[name] == "parts-damaged: viewport.png"
    path.write_bytes(blobs["viewport.png"])


def test_a_capture_without_an_archive_or_off_the_web_says_so(case: Path, sender: Sender, tmp_path: Path) -> None:
    name = str(sender.send(*capture_of("pictures only"))["capture"])
    assert "no archive of the page" in export(case, name, tmp_path, "--wacz", code=1)
    data = b"<p>local</p>"
    page = manifest_of("", [])["page"] | {"url": "file:///home/x.html"}
    manifest = manifest_of(uuid_of("local"), [part("page.html", "html", "text/html", data)], page=page)
    local = str(sender.send(manifest, {"page.html": data})["capture"])
    assert "not a page on the web" in export(case, local, tmp_path, "--wacz", code=1)
    assert "There is no capture C-9999" in export(case, "C-9999", tmp_path, code=1)


def test_a_single_file_page_becomes_an_archive_of_one_record(case: Path, sender: Sender, tmp_path: Path) -> None:
    data = b"<!doctype html><p>single</p>"
    manifest = manifest_of(uuid_of("single"), [part("page.html", "html", "text/html", data)])
    name = str(sender.send(manifest, {"page.html": data})["capture"])
    export(case, name, tmp_path, "--wacz")
    with zipfile.ZipFile(tmp_path / f"{name}.wacz") as archive:
        ((headers, body),) = records(archive).values()
    assert body == data and headers.get_header("Content-Type") == "text/html; charset=utf-8"


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("https://www.Social.example/A?b=2&a=1", "example,social)/a?a=1&b=2"),
        ("http://social.example", "example,social)/"),
        ("http://social.example:8080/x", "example,social:8080)/x"),
        ("https://social.example:443/x", "example,social)/x"),
    ],
)
def test_keys_of_the_index_turn_the_host_round(url: str, key: str) -> None:
    assert sort_key(url) == key


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,x", "file:///x", "https://", "https://[x", "about:blank", ""]
)
def test_what_is_no_address_on_the_web_is_left_out(url: str) -> None:
    assert web_address(url) is None


def test_a_hostile_archive_cannot_write_its_own_lines() -> None:
    archive = (
        b'Content-Type: multipart/related; boundary="x"\r\n\r\n'
        b"--x\r\nContent-Type: text/html\r\n\r\n<p>page</p>\r\n"
        b"--x\r\nContent-Type: text/css\r\nContent-Location: https://a.example/\r\n b\xc3\xa9\x0bWARC-Type: response\r\n\r\nc\r\n"
        b"--x\r\nContent-Type: image/png\r\nContent-Location: https://a.example/\r\n\r\nfirst\r\n"
        b"--x\r\nContent-Type: image/png\r\nContent-Location: https://a.example/\r\n\r\nsecond\r\n"
        b"--x\r\nContent-Type: text/html\r\n\r\nno address\r\n--x--\r\n"
    )
    found = list(resources(archive, "https://page.example/"))
    assert found[0].url == "https://page.example/" and found[-1].data == b"first"
    assert all(one.url.isascii() and one.url.isprintable() and " " not in one.url for one in found)
    assert len(found) == 3


def test_bytes_that_are_no_archive_give_one_record_and_no_error() -> None:
    (one,) = resources(b"\xff\xfe\0\0 not an archive", "https://page.example/")
    assert one.url == "https://page.example/"
