"""Every call of docs/capture-api.md against the real server, over the loopback address."""

from __future__ import annotations

import hashlib
import json
import secrets
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from cryptography.exceptions import InvalidSignature

from plainrecord.cli import main
from plainrecord.cli_options import now
from plainrecord.store import Case
from senders import ORIGIN, RefusedError, Sender, Server, capture_of, new_case, numbers_of, serving, told, uuid_of

NONCE = "n" * 43
Browsers = Callable[[str], Sender]


def code_for(case: Path) -> str:
    done = CliRunner().invoke(main, ["capture", "pair", str(case), "--json"])
    return str(json.loads(done.output)["code"])


def test_hello_proves_who_is_there_to_whom_and_where(server: Server, sender: Sender) -> None:
    said = told(sender.post("/v1/hello", {"nonce": NONCE}, Authorization=None))
    assert said["service"] == "plainrecord-capture" and said["api"] == 1
    assert said["key_id"] == hashlib.sha256(sender.key).hexdigest()[:16]
    sender.signed(sender.key, said["signature"], "hello", sender.host, ORIGIN, NONCE)
    for lines in ((f"127.0.0.1:{server.port + 1}", ORIGIN, NONCE), (sender.host, ORIGIN + "x", NONCE)):
        with pytest.raises(InvalidSignature):
            sender.signed(sender.key, said["signature"], "hello", *lines)


def test_what_is_signed_for_one_purpose_is_nothing_for_another(sender: Sender) -> None:
    said = told(sender.post("/v1/hello", {"nonce": NONCE}, Authorization=None))
    with pytest.raises(InvalidSignature):
        sender.signed(sender.key, said["signature"], "receipt", sender.host, ORIGIN, NONCE)


@pytest.mark.parametrize(
    "body", [{}, {"nonce": "short"}, {"nonce": 7}, {"nonce": NONCE, "more": 1}, [], "x", b"{", b""]
)
def test_hello_takes_a_nonce_and_nothing_else(sender: Sender, body: Any) -> None:
    answered = sender.post("/v1/hello", body, Authorization=None)
    assert (answered.status_code, answered.json()["error"]) == (400, "body")


def test_pairing_gives_each_browser_a_token_of_its_own_and_a_code_works_once(case: Path, browser: Browsers) -> None:
    code = code_for(case)
    other = browser("firefox")
    said = other.pair(code, "Firefox")
    assert said["browser"].startswith("B-") and said["limits"]["chunk_bytes"] == 8 << 20
    again = other.post("/v1/pair", {"code": code, "nonce": NONCE, "name": ""}, Authorization=None)
    assert (again.status_code, again.json()["error"], again.json()["tries_left"]) == (403, "code", 0)
    assert told(other.post("/v1/status", {}))["browser"] == said["browser"]


def test_five_wrong_codes_close_the_door_to_the_right_one(case: Path, browser: Browsers) -> None:
    code = code_for(case)
    wrong = f"{(int(code) + 1) % 10**8:08d}"
    knocking = browser("guessing")
    left = []
    for given in (*[wrong] * 5, code):
        answered = knocking.post("/v1/pair", {"code": given, "nonce": NONCE, "name": ""})
        assert answered.status_code == 403
        left.append(answered.json()["tries_left"])
    assert left == [4, 3, 2, 1, 0, 0]


def test_a_browser_paired_again_can_no_longer_use_its_first_token(case: Path, browser: Browsers) -> None:
    one = browser("again")
    one.pair(code_for(case))
    first = one.token
    one.pair(code_for(case))
    assert one.post("/v1/status", {}).status_code == 200
    assert one.post("/v1/status", {}, Authorization=f"Bearer {first}").json()["error"] == "token"


def test_a_browser_that_was_forgotten_may_no_longer_send(case: Path, browser: Browsers) -> None:
    one = browser("forgotten")
    number = one.pair(code_for(case))["browser"]
    assert CliRunner().invoke(main, ["capture", "forget", str(case), number]).exit_code == 0
    assert one.post("/v1/status", {}).json()["error"] == "token"
    assert CliRunner().invoke(main, ["capture", "forget", str(case), "B-99"]).exit_code == 1


def test_the_case_keeps_no_token_and_no_code(case: Path, sender: Sender) -> None:
    code = code_for(case)
    kept = [path.read_bytes() for path in case.rglob("*") if path.is_file()]
    assert not any(sender.token.encode() in data or code.encode() in data for data in kept)
    assert (case / "captures/service/key.pem").stat().st_mode & 0o077 == 0


def test_status_says_what_there_is_room_for(sender: Sender) -> None:
    said = told(sender.post("/v1/status", {}))
    assert (
        said["mode"] == "lab"
        and said["free_bytes"] > 0
        and said["limits"]["parts"] == 600
        and isinstance(said["refused"], dict)
    )
    assert sender.post("/v1/status", {"x": 1}).json()["error"] == "body"


def test_a_part_goes_on_at_the_byte_that_is_there(sender: Sender) -> None:
    data = secrets.token_bytes(1000)
    place = f"/v1/captures/{uuid_of('resume')}/page.mhtml"
    asked = {"size": 1000, "sha256": hashlib.sha256(data).hexdigest()}
    assert told(sender.post(f"{place}/have", asked)) == {"have": 0}
    assert told(sender.put(f"{place}?off=0", data[:400])) == {"have": 400}
    for offset in (0, 399, 401, 1000):
        answered = sender.put(f"{place}?off={offset}", data[400:])
        assert (answered.status_code, answered.json()["error"], answered.json()["have"]) == (409, "offset", 400)
    assert told(sender.post(f"{place}/have", asked)) == {"have": 400}
    assert told(sender.put(f"{place}?off=400", data[400:])) == {"have": 1000}


@pytest.mark.parametrize("offset", ["", "-1", "x", "1.5", "01", "1e3", "9999999999999", "0&off=1", "0&x=1"])
def test_a_place_that_is_no_whole_number_is_refused(sender: Sender, offset: str) -> None:
    answered = sender.put(f"/v1/captures/{uuid_of('offsets')}/page.mhtml?off={offset}", b"x")
    assert (answered.status_code, answered.json()["error"]) == (400, "path")


def test_an_empty_piece_is_refused(sender: Sender) -> None:
    answered = sender.put(f"/v1/captures/{uuid_of('empty')}/page.mhtml?off=0", b"")
    assert (answered.status_code, answered.json()["error"]) == (400, "body")


@pytest.mark.parametrize(
    "path",
    [
        "/v1/captures/NOT-A-UUID/page.mhtml/have",
        f"/v1/captures/{uuid_of('x').upper()}/page.mhtml/have",
        f"/v1/captures/{uuid_of('x')}/Page.mhtml/have",
        f"/v1/captures/{uuid_of('x')}/.hidden/have",
        f"/v1/captures/{uuid_of('x')}/{'a' * 65}/have",
        f"/v1/captures/{uuid_of('x')}/a%00b/have",
        f"/v1/captures/{uuid_of('x')}/a%5Cb/have",
    ],
)
def test_names_of_any_other_form_are_refused(sender: Sender, path: str) -> None:
    answered = sender.post(path, {"size": 1, "sha256": "0" * 64})
    assert (answered.status_code, answered.json()["error"]) == (400, "path")


def test_a_part_that_is_too_large_is_refused_before_it_is_sent(sender: Sender) -> None:
    place = f"/v1/captures/{uuid_of('large')}/page.mhtml"
    answered = sender.post(f"{place}/have", {"size": (512 << 20) + 1, "sha256": "0" * 64})
    assert (answered.status_code, answered.json()["error"]) == (413, "too-large")


@pytest.mark.parametrize("asked", [{"size": 0, "sha256": "0" * 64}, {"size": "1", "sha256": "0" * 64}, {"size": 1}])
def test_have_takes_size_and_digest_in_their_own_types(sender: Sender, asked: dict[str, Any]) -> None:
    answered = sender.post(f"/v1/captures/{uuid_of('types')}/page.mhtml/have", asked)
    assert (answered.status_code, answered.json()["error"]) == (400, "body")


def test_a_capture_gets_a_receipt_that_names_its_custody_line(case: Path, browser: Browsers) -> None:
    one = browser("receipt")
    browser = one.pair(code_for(case))["browser"]
    manifest, blobs = capture_of("receipt")
    receipt = one.send(manifest, blobs)
    assert receipt["browser"] == browser and receipt["origin"] == one.origin and receipt["count"] == 2
    shown = CliRunner().invoke(main, ["capture", "list", str(case), "--json"])
    (seen,) = [row for row in json.loads(shown.output)["captures"] if row["id"] == manifest["id"]]
    assert (seen["name"], seen["state"]) == (receipt["capture"], "sound")
    assert told(one.post("/v1/status", {}))["chain_head"] == receipt["chain_head"]
    kept = json.loads((case / f"captures/vault/receipts/{receipt['capture']}.json").read_bytes())
    assert json.loads(kept["receipt"]) == receipt


def test_the_same_commit_again_and_at_once_is_one_capture(case: Path, sender: Sender) -> None:
    manifest, blobs = capture_of("again")
    first = sender.send(manifest, blobs)
    before = numbers_of(case)
    data = json.dumps(manifest).encode()
    with ThreadPoolExecutor(3) as pool:
        receipts = list(pool.map(lambda _: sender.commit(manifest["id"], data), range(3)))
    assert receipts == [first] * 3 and numbers_of(case) == before


def test_the_same_id_with_other_content_is_refused_and_the_first_stays(sender: Sender) -> None:
    manifest, blobs = capture_of("other")
    first = sender.send(manifest, blobs)
    with pytest.raises(RefusedError) as refused:
        sender.commit(manifest["id"], json.dumps(manifest | {"selection": "x"}).encode())
    assert (refused.value.status, refused.value.code) == (409, "other-content")
    assert refused.value.said["manifest_sha256"] == first["manifest_sha256"]
    assert sender.commit(manifest["id"], json.dumps(manifest).encode()) == first


def test_bytes_that_are_there_are_not_sent_twice_and_stored_once(case: Path, sender: Sender) -> None:
    shared = {"extra.json": b'{"the same": 1}'}
    sender.send(*capture_of("twin one", files=shared))
    manifest, blobs = capture_of("twin two", files=shared)
    asked = {"size": len(shared["extra.json"]), "sha256": hashlib.sha256(shared["extra.json"]).hexdigest()}
    answered = told(sender.post(f"/v1/captures/{manifest['id']}/extra.json/have", asked))
    assert answered == {"have": asked["size"]}
    sender.send(manifest, blobs)
    found = list((case / "captures/vault/objects").rglob(asked["sha256"]))
    assert len(found) == 1 and found[0].stat().st_mode & 0o222 == 0


def test_a_commit_without_all_parts_says_which_are_missing(sender: Sender) -> None:
    manifest, blobs = capture_of("missing")
    sender.send_part(manifest["id"], "text.txt", blobs["text.txt"])
    sender.put(f"/v1/captures/{manifest['id']}/viewport.png?off=0", blobs["viewport.png"][:5])
    with pytest.raises(RefusedError) as refused:
        sender.commit(manifest["id"], json.dumps(manifest).encode())
    size = len(blobs["viewport.png"])
    assert (refused.value.status, refused.value.code) == (409, "incomplete")
    assert refused.value.said["missing"] == [{"name": "viewport.png", "have": 5, "size": size}]


@pytest.mark.parametrize("sent", [b"other words of equal size", b"Words of the page.\nand more than was stated"])
def test_bytes_that_are_not_those_hashed_in_the_browser_are_thrown_away(sender: Sender, sent: bytes) -> None:
    manifest, blobs = capture_of(f"mismatch {len(sent)}", f"what the browser saw {len(sent)}")
    sent = sent.ljust(len(blobs["text.txt"]), b"!")
    sender.send_part(manifest["id"], "viewport.png", blobs["viewport.png"])
    sender.put(f"/v1/captures/{manifest['id']}/text.txt?off=0", sent)
    with pytest.raises(RefusedError) as refused:
        sender.commit(manifest["id"], json.dumps(manifest).encode())
    assert (refused.value.status, refused.value.code) == (422, "mismatch")
    assert refused.value.said["parts"] == ["text.txt"]
    assert sender.send(manifest, blobs)["id"] == manifest["id"]


def test_a_manifest_must_be_exactly_as_described(sender: Sender) -> None:
    manifest, blobs = capture_of("strict")
    for name, data in blobs.items():
        sender.send_part(manifest["id"], name, data)
    for fault in faults(manifest):
        with pytest.raises(RefusedError) as refused:
            sender.commit(manifest["id"], fault)
        assert (refused.value.status, refused.value.code) == (400, "manifest"), fault[:200]


def faults(manifest: dict[str, Any]) -> list[bytes]:
    """The manifest with one thing wrong each time."""

    def changed(**more: Any) -> bytes:
        return json.dumps(manifest | more).encode()

    first = manifest["parts"][0]
    parts = [
        [],
        [first, first],
        [first | {"name": "../up"}],
        [first | {"name": "a/b"}],
        [first | {"size": "1"}],
        [first | {"size": -1}],
        [first | {"role": "gift"}],
        [first | {"type": "text/x-script"}],
        [first | {"sha256": "A" * 64}],
        [first | {"path": "/tmp/x"}],
    ]
    return [
        b"",
        b"{",
        b"null",
        b"[]",
        json.dumps(manifest).encode("utf-16"),
        changed(unknown=1),
        json.dumps({key: value for key, value in manifest.items() if key != "selection"}).encode(),
        changed(schema="plainrecord-capture/2"),
        changed(id=uuid_of("another")),
        changed(selection=7),
        changed(page=manifest["page"] | {"title": "x" * 4097}),
        changed(page=manifest["page"] | {"url": ""}),
        json.dumps(manifest).replace('"A post"', '"\\ud800"').encode(),
        json.dumps(manifest).replace("10.5", "NaN").encode(),
        json.dumps(manifest).replace("10.5", "1e400").encode(),
        *(changed(parts=one) for one in parts),
    ]


def test_while_the_case_is_in_use_elsewhere_a_commit_is_put_off(case: Path, sender: Sender) -> None:
    manifest, blobs = capture_of("busy")
    for name, data in blobs.items():
        sender.send_part(manifest["id"], name, data)
    data = json.dumps(manifest).encode()
    with Case.open(case, now):
        answered = sender.post(f"/v1/captures/{manifest['id']}/commit", data)
        assert (answered.status_code, answered.json()["error"]) == (503, "busy")
        assert answered.headers["Retry-After"] == "5"
    assert sender.commit(manifest["id"], data)["id"] == manifest["id"]


def test_a_case_whose_custody_log_was_changed_takes_nothing_more(tmp_path: Path) -> None:
    case = new_case(tmp_path / "case")
    with serving(case) as server:
        one = Sender(server.port)
        one.pair(server.code)
        assert told(one.post("/v1/status", {}))["chain_head"] is None
        one.send(*capture_of("before"))
        with sqlite3.connect(case / "case.sqlite") as db:
            db.execute("UPDATE custody SET line=replace(line, 'Kept', 'Held')")
        db.close()
        with pytest.raises(RefusedError) as refused:
            one.send(*capture_of("after"))
        assert (refused.value.status, refused.value.code) == (500, "case")
        one.client.close()
    assert numbers_of(case) == ["C-0001"]


def test_every_answer_can_be_read_by_the_extension_alone(sender: Sender) -> None:
    for answered in (sender.post("/v1/status", {}), sender.post("/v1/nothing", {}), sender.post("/v1/status", b"{")):
        headers = answered.headers
        assert headers["Access-Control-Allow-Origin"] == ORIGIN and headers["Vary"] == "Origin"
        assert headers["Cache-Control"] == "no-store" and headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin" and headers["X-Frame-Options"] == "DENY"
        assert headers["Content-Type"] == "application/json" and "server" not in headers


def test_a_preflight_of_the_extension_is_answered(sender: Sender) -> None:
    wanted = {"Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": "authorization,content-type"}
    answered = sender.client.options("/v1/status", headers={"Origin": ORIGIN, **wanted})
    assert answered.status_code == 204 and answered.content == b""
    assert answered.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert answered.headers["Access-Control-Allow-Headers"] == "authorization, content-type"
    assert "Access-Control-Allow-Credentials" not in answered.headers


def test_a_second_service_for_the_same_case_is_refused(case: Path, server: Server) -> None:
    done = CliRunner().invoke(main, ["capture", "serve", str(case), "--port", "0"])
    assert done.exit_code == 1 and "running already" in done.output
