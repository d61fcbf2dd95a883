"""Who may see and change anything: only the browser that came by the opening address, and only from our own pages."""

from __future__ import annotations

import http.server
import json
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from conftest_guide import Running, form_key, opening_address, post, start, stop
from plainrecord.guide.notes import read_notes

PAGES = ("/", "/files", "/who", "/look", "/progress.json", "/lock", "/remove", "/close")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    found = start(tmp_path_factory.mktemp("gate") / "papers")
    yield found
    stop(found)


@pytest.fixture(scope="module")
def client(running: Running) -> httpx.Client:
    return running.client()


def test_it_listens_on_the_loopback_address_only(running: Running) -> None:
    port = int(running.base.rsplit(":", 1)[1])
    socket.create_connection(("127.0.0.1", port), 5).close()
    # Every address of 127.0.0.0/8 is this machine, and a server on all addresses would answer here too.
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.2", port), 2)


def test_the_opening_address_opens_once(running: Running) -> None:
    assert httpx.get(running.url).status_code in (303, 403)
    assert httpx.get(running.url).status_code == 403


@pytest.mark.parametrize("key", ["", "a.b", "x" * 5000, "é.é"])
def test_a_guessed_key_opens_nothing(running: Running, key: str) -> None:
    assert httpx.get(running.base + "/start", params={"key": key}).status_code == 403


@pytest.mark.parametrize("path", PAGES)
def test_without_the_cookie_every_page_is_closed(running: Running, path: str) -> None:
    for answer in (httpx.get(running.base + path), httpx.post(running.base + path)):
        assert answer.status_code == 403
        assert "papers" not in answer.text


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(running: Running) -> None:
    cookie = httpx.get(opening_address(running)).headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "localhost:{port}"},
        {"host": "evil.example"},
        {"host": "127.0.0.1"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "http://evil.example"},
    ],
    ids=str,
)
def test_a_page_of_another_site_or_name_cannot_read(
    running: Running, client: httpx.Client, headers: dict[str, str]
) -> None:
    port = running.base.rsplit(":", 1)[1]
    told = {name: value.format(port=port) for name, value in headers.items()}
    assert client.get("/", headers=told).status_code == 403
    assert client.get("/blank", headers=told).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": "null"},
        {"origin": "http://evil.example"},
        {"origin": "http://127.0.0.1:1"},
        {"origin": "{base}", "sec-fetch-site": "cross-site"},
        {"origin": "{base}", "sec-fetch-site": "none"},
    ],
    ids=str,
)
def test_a_page_of_another_site_cannot_post_even_with_our_form_key(
    running: Running, client: httpx.Client, headers: dict[str, str]
) -> None:
    key = form_key(client, "/language", "/language")
    told = {name: value.format(base=running.base) for name, value in headers.items()}
    answer = client.post("/language", data={"form_key": key, "language": "cy"}, headers=told)
    assert answer.status_code == 403
    assert read_notes(running.folder).language == "en"


@pytest.mark.parametrize("key", ["", "0" * 40, None])
def test_a_form_without_its_own_key_changes_nothing(running: Running, client: httpx.Client, key: str | None) -> None:
    given = key if key is not None else form_key(client, "/lock", "/lock")
    answer = client.post("/language", data={"form_key": given, "language": "cy"}, headers={"origin": running.base})
    assert answer.status_code == 403
    assert "open for too long" in answer.text


def test_an_upload_without_the_key_keeps_nothing(running: Running, client: httpx.Client) -> None:
    for fields in ({}, {"form_key": "0" * 40}):
        answer = client.post(
            "/files/upload", data=fields, files=[("files", ("a.txt", b"x"))], headers={"origin": running.base}
        )
        assert answer.status_code == 403
    body = b"not a form"
    headers = {"origin": running.base, "content-type": "text/plain"}
    assert client.post("/files/upload", content=body, headers=headers).status_code == 403
    assert not [path for path in (running.folder / "originals").rglob("*") if path.is_file()]


def test_no_page_may_be_stored_framed_or_load_anything_from_elsewhere(client: httpx.Client) -> None:
    for path in ("/", "/before", "/static/look.css", "/blank", "/nothing-here"):
        headers = client.get(path).headers
        assert headers["cache-control"] == "no-store"
        policy = headers["content-security-policy"]
        assert policy.startswith("default-src 'none'")
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert "access-control-allow-origin" not in headers
        assert headers["x-frame-options"] == "DENY"


def test_methods_and_bodies_that_no_form_sends_are_refused(running: Running, client: httpx.Client) -> None:
    origin = {"origin": running.base}
    for method in ("PUT", "DELETE", "OPTIONS", "PATCH", "HEAD"):
        assert client.request(method, "/", headers=origin).status_code == 403
    assert client.post("/language", json={"language": "cy"}, headers=origin).status_code == 415
    assert client.post("/language", data={"language": "x" * (2 << 20)}, headers=origin).status_code == 413


def test_leaving_locks_every_page_until_it_is_opened_again(tmp_path: Path) -> None:
    running = start(tmp_path / "papers")
    try:
        client = running.client()
        post(client, "/before", "/before")
        post(client, "/", "/leave")
        for path in ("/", "/files", "/remove", "/progress.json"):
            answer = client.get(path)
            assert (answer.status_code, answer.headers["location"]) == (303, "/blank")
        assert "This page is empty" in client.get("/blank").text
        post(client, "/open", "/open")
        assert "Your steps" in client.get("/").text
        assert (running.folder / "case.sqlite").exists()
    finally:
        stop(running)


def test_a_pin_is_asked_for_after_leaving_and_after_starting_anew(tmp_path: Path) -> None:
    running = start(tmp_path / "papers")
    try:
        client = running.client()
        post(client, "/before", "/before")
        assert post(client, "/lock", "/lock", pin="12", again="12").status_code == 422
        assert post(client, "/lock", "/lock", pin="2468", again="2469").status_code == 422
        assert post(client, "/lock", "/lock", pin="2468", again="2468").status_code == 303
        post(client, "/", "/leave")
        assert post(client, "/open", "/open", pin="1111").status_code == 422
        assert client.get("/").headers["location"] == "/blank"
        assert post(client, "/open", "/open", pin="2468").status_code == 303
        assert client.get("/").status_code == 200
        stop(running)
        running = start(tmp_path / "papers")
        client = running.client()
        assert client.get("/").headers["location"] == "/blank"
        for _ in range(6):
            answer = post(client, "/open", "/open", pin="0000")
        assert "Too many wrong tries" in answer.text
        assert "2468" not in (running.folder / "pin.toml").read_text()
        stop(running)
        (tmp_path / "papers" / "pin.toml").unlink()  # what the page says to do when it is forgotten
        running = start(tmp_path / "papers")
        assert "Your steps" in running.client().get("/").text
    finally:
        stop(running)


def test_a_second_start_opens_the_server_that_runs(running: Running) -> None:
    again = subprocess.run(
        [sys.executable, "-m", "plainrecord", "guide", str(running.folder), "--no-browser", "--json"],
        check=True,
        capture_output=True,
        text=True,
        timeout=30,
    )
    url = json.loads(again.stdout)["url"]
    assert url.startswith(running.base)
    assert httpx.get(url).status_code == 303
    assert (running.folder / "guide.run").stat().st_mode & 0o077 == 0


HOSTILE = """<!doctype html><title>x</title><body><script>
const base = "{base}", told = [];
const tell = (name, value) => told.push(name + ": " + value);
const attempts = [
  fetch(base + "/", {{credentials: "include"}})
    .then((a) => a.text()).then((t) => tell("fetch", t)).catch(() => tell("fetch", "no")),
  fetch(base + "/progress.json", {{credentials: "include"}})
    .then((a) => a.text()).then((t) => tell("json", t)).catch(() => tell("json", "no")),
  fetch(base + "/leave", {{method: "POST", mode: "no-cors", credentials: "include"}})
    .then(() => tell("leave", "sent")).catch(() => tell("leave", "no")),
  fetch(base + "/language", {{method: "POST", mode: "no-cors", credentials: "include",
    headers: {{"content-type": "application/x-www-form-urlencoded"}}, body: "language=cy&form_key={key}"}})
    .then(() => tell("post", "sent")).catch(() => tell("post", "no")),
];
for (const kind of ["img", "script", "iframe"]) {{
  const one = document.createElement(kind);
  one.src = base + (kind === "script" ? "/static/help.js" : "/");
  document.body.append(one);
}}
Promise.all(attempts).then(() => {{ document.title = JSON.stringify(told); }});
</script><form id=f method=post action="{base}/language"><input name=language value=cy><input name=form_key value="{key}"></form>"""


@pytest.mark.browser
def test_a_hostile_page_in_the_same_browser_neither_reads_nor_changes(tmp_path: Path, chromium: Path) -> None:
    sync_api = pytest.importorskip("playwright.sync_api")
    running = start(tmp_path / "papers")
    client = running.client()
    post(client, "/before", "/before")
    key = form_key(client, "/language", "/language")
    page_text = HOSTILE.format(base=running.base, key=key).encode()

    class Hostile(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("content-type", "text/html")
            self.end_headers()
            self.wfile.write(page_text)

        def log_message(self, *args: Any) -> None: ...

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hostile)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        with sync_api.sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=str(chromium), args=["--no-sandbox"])
            context = browser.new_context()
            inside = context.new_page()
            inside.goto(opening_address(running))
            assert inside.title().startswith("All steps")
            hostile = context.new_page()
            hostile.goto(f"http://127.0.0.1:{server.server_port}/")
            hostile.wait_for_function("document.title !== 'x'")
            assert "Your steps" not in hostile.title()
            assert '"state"' not in hostile.title()
            assert "Your steps" not in str(hostile.frames[1].evaluate("document.body.innerText"))
            hostile.evaluate("document.getElementById('f').submit()")
            hostile.get_by_role("heading", name="This page is closed").wait_for()
            inside.reload()
            assert inside.title().startswith("All steps")
            assert inside.locator("html").get_attribute("lang") == "en"
            browser.close()
    finally:
        server.shutdown()
        server.server_close()
        stop(running)
