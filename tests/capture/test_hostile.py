"""What a web page, another extension or another program tries at the port: each is refused, and nothing is given out or kept.

The requests are written byte by byte where a client would not send them; a browser's own limits are looked at in `browser/`.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import secrets
import socket
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner

from plainrecord.capture.guard import Guard
from plainrecord.capture.limits import REQUESTS
from plainrecord.capture.pairing import Pairings
from plainrecord.capture.refusals import Refusals
from plainrecord.capture.serving import service
from plainrecord.capture.vault import Vault
from plainrecord.cli import main
from plainrecord.cli_options import now
from senders import (
    ORIGIN,
    RefusedError,
    Sender,
    Server,
    capture_of,
    new_case,
    numbers_of,
    part,
    png,
    serving,
    told,
    uuid_of,
)

Raw = Callable[[str], tuple[int, str]]
GOOD = {
    "Host": "127.0.0.1:{port}",
    "Origin": ORIGIN,
    "Sec-Fetch-Site": "none",
    "Sec-Fetch-Mode": "cors",
    "Sec-Fetch-Dest": "empty",
    "Content-Type": "application/json",
}
PAGE = "https://page.example"


@pytest.fixture
def raw(server: Server) -> Raw:
    """Sends the text as it is ({port} filled in); status and error code of the answer, 0 when the connection just ended."""

    def ask(text: str) -> tuple[int, str]:
        with socket.create_connection(("127.0.0.1", server.port), timeout=10) as link:
            link.sendall(text.replace("{port}", str(server.port)).encode("latin-1"))
            data = b""
            try:
                while piece := link.recv(65536):
                    data += piece
            except ConnectionResetError:
                pass
        head, _, body = data.partition(b"\r\n\r\n")
        status = int(head.split()[1]) if head else 0
        try:
            return status, str(json.loads(body)["error"])
        except (ValueError, KeyError):
            return status, ""

    return ask


def request(
    path: str = "/v1/hello", body: str = json.dumps({"nonce": "n" * 43}), method: str = "POST", **changed: str | None
) -> str:
    """A request of the extension, with some headers changed (None: left out); repeated headers as one value with `\\n`."""
    headers: dict[str, str | None] = {**GOOD, "Content-Length": str(len(body)), "Connection": "close"}
    headers |= {name.replace("_", "-"): value for name, value in changed.items()}
    lines = [f"{name}: {one}" for name, value in headers.items() if value is not None for one in value.split("\n")]
    return "\r\n".join([f"{method} {path} HTTP/1.1", *lines, "", body])


def test_the_request_all_others_are_made_from_is_answered(raw: Raw) -> None:
    assert raw(request()) == (200, "")


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",  # rebinding: the page's own name now leads here, and for the browser it is the same site
        "evil.example:{port}",
        "localhost:{port}",
        "0.0.0.0:{port}",
        "[::1]:{port}",
        "127.0.0.1",
        "127.0.0.1:1",
        "127.0.0.1:{port}.evil.example",
        "127.0.0.1:{port}@evil.example",
        "2130706433:{port}",
        "127.1:{port}",
        None,
        "127.0.0.1:{port}\nevil.example",
    ],
)
def test_another_host_name_is_refused(raw: Raw, host: str | None) -> None:
    assert raw(request(Host=host)) in ((403, "host"), (400, ""))  # 400: two hosts, or none, are no HTTP/1.1 at all


@pytest.mark.parametrize(
    "origin",
    [
        PAGE,
        "null",
        None,
        "http://127.0.0.1:{port}",
        "http://localhost",
        "file://",
        ORIGIN + ".evil.example",
        ORIGIN.upper(),
        ORIGIN + "/",
        "chrome-extension://" + "z" * 32,
        "chrome-extension://",
        "moz-extension://not-a-uuid",
        "https://chrome-extension.example",
        f"{ORIGIN}\n{PAGE}",
        f"{ORIGIN}, {PAGE}",
    ],
)
def test_any_origin_but_an_extensions_is_refused(raw: Raw, origin: str | None) -> None:
    assert raw(request(Origin=origin)) == (403, "origin")


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("Sec-Fetch-Site", "same-site"),
        ("Sec-Fetch-Site", None),
        ("Sec-Fetch-Mode", "navigate"),
        ("Sec-Fetch-Mode", "no-cors"),
        ("Sec-Fetch-Mode", "websocket"),
        ("Sec-Fetch-Mode", None),
        ("Sec-Fetch-Dest", "iframe"),
        ("Sec-Fetch-Dest", "image"),
        ("Sec-Fetch-Dest", "document"),
        ("Sec-Fetch-Dest", None),
    ],
)
def test_what_is_no_fetch_of_an_extension_is_refused(raw: Raw, header: str, value: str | None) -> None:
    assert raw(request(**{header: value})) == (403, "fetch-metadata")


@pytest.mark.parametrize(
    "media_type",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json; charset=utf-8",
        "application/octet-stream",
        "",
        None,
        "application/json\ntext/plain",
    ],
)
def test_what_a_page_may_send_without_leave_is_refused(raw: Raw, media_type: str | None) -> None:
    assert raw(request(Content_Type=media_type)) == (415, "content-type")


def test_a_form_of_a_page_changes_nothing(raw: Raw, case: Path) -> None:
    before = numbers_of(case)
    body = "code=12345678"
    form = {"Content-Type": "application/x-www-form-urlencoded", "Origin": PAGE, "Sec-Fetch-Mode": "navigate"}
    for path in ("/v1/pair", "/v1/status", f"/v1/captures/{uuid_of('form')}/commit"):
        assert raw(request(path, body, **form)) == (403, "origin")
    assert numbers_of(case) == before


@pytest.mark.parametrize("method", ["GET", "HEAD", "DELETE", "PATCH", "TRACE", "CONNECT", "PROPFIND"])
def test_there_is_nothing_to_get(raw: Raw, method: str) -> None:
    for path in ("/", "/v1/status", "/v1/captures", "/favicon.ico"):
        status, _ = raw(request(path, "", method))
        assert status == 405
    assert raw(request("/", "", "GET", Origin=None)) == (403, "origin")


def test_a_websocket_is_never_begun(raw: Raw) -> None:
    upgrade = {
        "Upgrade": "websocket",
        "Connection": "Upgrade, close",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "x" * 22 + "==",
        "Content-Length": None,
    }
    assert raw(request("/v1/status", "", "GET", **upgrade))[0] == 405
    assert raw(request("/v1/status", "", "GET", **upgrade, Origin=PAGE)) == (403, "origin")


def test_no_page_gets_leave_by_a_preflight_or_may_read_an_answer(server: Server, sender: Sender) -> None:
    wanted = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,content-type"}
    for origin in (PAGE, "null", "http://127.0.0.1:1"):
        asked = sender.client.options("/v1/status", headers={"Origin": origin, **wanted})
        told_no = sender.post("/v1/status", {}, Origin=origin)
        assert (asked.status_code, told_no.status_code) == (403, 403)
        for answered in (asked, told_no):
            assert not [name for name in answered.headers if name.startswith("access-control")]


def test_a_token_is_good_for_its_own_origin_alone(sender: Sender, browser: Callable[[str], Sender]) -> None:
    thief = browser("thief")
    thief.token = sender.token
    assert thief.post("/v1/status", {}).json()["error"] == "token"
    assert told(sender.post("/v1/status", {}))["api"] == 1


@pytest.mark.parametrize(
    "value", ["", "Bearer", "Bearer ", "Basic {token}", "bearer {token}", "Bearer {token}x", "Bearer {token} "]
)
def test_a_token_in_another_form_is_none(raw: Raw, sender: Sender, value: str) -> None:
    status, code = raw(request("/v1/status", "{}", Authorization=value.replace("{token}", sender.token)))
    # White space at the end of a header is no part of it.
    assert (status, code) == ((200, "") if value == "Bearer {token} " else (401, "token"))


def test_a_receipt_seen_before_opens_nothing(case: Path, sender: Sender, browser: Callable[[str], Sender]) -> None:
    manifest, blobs = capture_of("replayed")
    receipt = sender.send(manifest, blobs)
    other = browser("replaying")
    assert other.post(f"/v1/captures/{manifest['id']}/commit", json.dumps(receipt).encode()).json()["error"] == "token"
    before = numbers_of(case)
    with pytest.raises(RefusedError) as refused:
        sender.commit(manifest["id"], json.dumps(receipt).encode())
    assert refused.value.code == "manifest" and numbers_of(case) == before


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"Content-Length": None}, (411, "length")),
        ({"Content-Length": None, "Transfer-Encoding": "chunked"}, (411, "length")),
        ({"Content-Length": "-1"}, (400, "")),
        ({"Content-Length": "5\n6"}, (400, "")),
        ({"Content-Encoding": "gzip"}, (415, "encoding")),
        ({"Content-Length": "5000"}, (413, "too-large")),
        ({"Content-Length": "99999999999"}, (413, "too-large")),
        ({"Content-Length": "9999999999999"}, (411, "length")),
    ],
)
def test_bodies_of_no_length_or_of_too_much_are_refused_at_once(
    raw: Raw, change: dict[str, str | None], expected: tuple[int, str]
) -> None:
    ends = "0\r\n\r\n" if "Transfer-Encoding" in change else "{}"
    assert raw(request("/v1/hello", ends, **change)) == expected


def test_a_huge_piece_is_refused_and_nothing_of_it_is_kept(case: Path, raw: Raw, sender: Sender) -> None:
    waiting = sorted(path.name for path in (case / "captures/service/incoming").iterdir())
    large = str((8 << 20) + 1)
    place = f"/v1/captures/{uuid_of('huge')}/page.mhtml?off=0"
    change = {"Content-Type": "application/octet-stream", "Authorization": f"Bearer {sender.token}"}
    assert raw(request(place, "x" * 100, "PUT", Content_Length=large, **change)) == (413, "too-large")
    assert sorted(path.name for path in (case / "captures/service/incoming").iterdir()) == waiting


def test_a_huge_head_is_refused(raw: Raw) -> None:
    assert raw(request(X_Filler="x" * 200_000))[0] in (0, 400)


def test_a_program_that_hangs_does_not_hold_up_the_browser(server: Server, sender: Sender) -> None:
    hanging = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(20)]
    text = request("/v1/hello", "{", Content_Length="43").replace("{port}", str(server.port))
    for number, link in enumerate(hanging):
        link.sendall(text.encode() if number % 2 else b"POST /v1/hello HTTP/1.1\r\nHost: 127")
    assert told(sender.post("/v1/status", {}))["api"] == 1
    for link in hanging:
        link.close()


TRICKS = [
    "../../../../etc/passwd",
    "..\\..\\evil.exe",
    "/etc/cron.d/x",
    "C:\\evil.exe",
    "CON",
    "name\0.png",
    "a\u202egnp.exe",
    "<script>alert(1)</script>",
    "=cmd|' /C calc'!A0",
    "%2e%2e%2f",
]


def test_no_title_address_or_note_becomes_a_path(case: Path, sender: Sender) -> None:
    before = {path.parent for path in case.rglob("*")}
    for number, trick in enumerate(TRICKS):
        manifest, blobs = capture_of(f"trick {number}")
        page = manifest["page"] | {"title": trick, "title_after": trick, "canonical": trick}
        person = manifest["person"] | {"note": trick, "viewing_as": trick}
        assert sender.send(manifest | {"page": page, "person": person}, blobs)["count"] == 2
    files = [path for path in case.rglob("*") if path.is_file()]
    grown = {path.parent for path in files} - before
    assert all(folder.parent.name == "objects" and len(folder.name) == 2 for folder in grown)
    assert not [path for path in files if "evil" in path.name or "passwd" in path.name]


@pytest.mark.parametrize(
    "name", ["..", "%2e%2e", "..%2f..%2fx", "a%2fb", "%2fetc%2fpasswd", "a%5cb", "a%00b", "x" * 300, "%ff"]
)
def test_no_part_name_becomes_a_path(case: Path, sender: Sender, raw: Raw, name: str) -> None:
    before = sorted(case.parent.rglob("*"))
    change = {"Content-Type": "application/octet-stream", "Authorization": f"Bearer {sender.token}"}
    status, code = raw(request(f"/v1/captures/{uuid_of('parts')}/{name}?off=0", "x", "PUT", **change))
    assert (status, code) in ((400, "path"), (404, "path"), (405, "method"))
    assert sorted(case.parent.rglob("*")) == before


def test_a_part_cannot_name_what_the_case_keeps_of_others(
    case: Path, sender: Sender, browser: Callable[[str], Sender]
) -> None:
    """Knowing a digest gives no bytes: there is no call that answers with any."""
    manifest, blobs = capture_of("private")
    sender.send(manifest, blobs)
    code = json.loads(CliRunner().invoke(main, ["capture", "pair", str(case), "--json"]).output)["code"]
    other = browser("other")
    other.pair(code)
    asked = {"size": len(blobs["text.txt"]), "sha256": hashlib.sha256(blobs["text.txt"]).hexdigest()}
    answered = other.post(f"/v1/captures/{uuid_of('guess')}/text.txt/have", asked)
    assert answered.json() == {"have": asked["size"]}


def test_guessing_tokens_is_slowed_down_and_the_right_one_goes_on_working(tmp_path: Path) -> None:
    with serving(new_case(tmp_path / "case")) as server:
        right, guessing = Sender(server.port), Sender(server.port)
        right.pair(server.code)
        said = []
        for _ in range(30):
            guessing.token = secrets.token_urlsafe(32)
            said.append(guessing.post("/v1/status", {}))
        assert [answered.status_code for answered in said] == [401] * 20 + [429] * 10
        assert said[-1].headers["Retry-After"] == "60"
        assert told(right.post("/v1/status", {}))["refused"] == {"token": 20, "rate": 10}
        printed = server.stop()
        right.client.close()
        guessing.client.close()
    assert '"refused", "error": "token"' in printed and right.token not in printed


def test_more_requests_than_a_browser_makes_are_put_off_until_the_moment_has_passed(tmp_path: Path) -> None:
    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    moment = [0.0]
    guard = Guard(
        app, "127.0.0.1:1", Pairings(Vault(tmp_path)), lambda: moment[0], Refusals(lambda _code, _origin: None)
    )

    def ask(times: int) -> Counter[int]:
        async def asking() -> Counter[int]:
            headers = {**GOOD, "Host": "127.0.0.1:1"}
            async with httpx.AsyncClient(transport=httpx.ASGITransport(guard), base_url="http://127.0.0.1:1") as client:
                answers = [await client.post("/v1/hello", content=b"{}", headers=headers) for _ in range(times)]
            return Counter(answered.status_code for answered in answers)

        return asyncio.run(asking())

    assert ask(REQUESTS + 10) == {200: REQUESTS, 429: 10}
    moment[0] += 9.9
    assert ask(1) == {429: 1}
    moment[0] += 0.2
    assert ask(REQUESTS) == {200: REQUESTS}


def test_only_this_computer_is_listened_to(case: Path) -> None:
    for address in ("0.0.0.0", "::", "192.0.2.1", "localhost", ""):  # noqa: S104 - what is refused
        done = CliRunner().invoke(main, ["capture", "serve", str(case), "--address", address])
        assert done.exit_code == 1 and "127.0.0.1 only" in done.output


def test_pictures_that_repeat_are_stored_once_and_their_places_kept(case: Path, sender: Sender) -> None:
    picture = png("the same tile")
    manifest, _ = capture_of("tiles")
    tiles = [part(f"tile-{n:03}.png", "tile", "image/png", picture, order=n, y=n * 700) for n in (1, 2, 3)]
    receipt = sender.send(manifest | {"parts": tiles}, {one["name"]: picture for one in tiles})
    assert receipt["count"] == 3
    assert len(list((case / "captures/vault/objects").rglob(hashlib.sha256(picture).hexdigest()))) == 1


def test_a_body_that_never_ends_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("plainrecord.capture.calls.BODY_SECONDS", 0.05)
    answers: list[dict[str, Any]] = []

    async def endless() -> dict[str, Any]:
        await asyncio.sleep(0.02)
        return {"type": "http.request", "body": b"{", "more_body": True}

    async def hear(message: dict[str, Any]) -> None:
        answers.append(message)

    with service(new_case(tmp_path / "case"), now, lambda: 0.0, lambda *_: None, lambda *_: None, port=0) as running:
        headers = {**GOOD, "Host": f"127.0.0.1:{running.port}", "Content-Length": "90"}
        scope = {
            "type": "http",
            "method": "POST",
            "path": "/v1/hello",
            "query_string": b"",
            "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        }
        asyncio.run(running.app(scope, endless, hear))
    assert answers[0]["status"] == 408 and b'"slow"' in answers[1]["body"]
