"""Time stamps: held against an authority made with openssl, kept whatever they are worth, and no network unless it is asked."""

from __future__ import annotations

import ast
import hashlib
import json
import random
import shutil
from pathlib import Path

import pytest

from local_authority import Authority
from plainrecord.anchors.authority import ask_authority
from plainrecord.anchors.stamps import check_reply, make_query, read_certificates
from plainrecord.bundle.checks_anchors import Trust
from plainrecord.bundle.verify import verify
from plainrecord.errors import UsageError
from plainrecord.sealed.stamping import ask, attach, write_query
from sealed_bundles import clock, run

# What a program asks others over a network with; servers on the loopback interface are no part of it.
REACHING = ("urllib.request", "http.client", "ftplib", "smtplib", "httpx", "requests")
PACKAGE = Path(__file__).resolve().parents[2] / "plainrecord"
pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl here")


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("tsa") / "a")


@pytest.fixture(scope="module")
def stranger(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("tsa") / "b")


def trusting(authority):
    return Trust(certificates=tuple(read_certificates(authority.ca)))


def test_a_reply_is_kept_checked_and_recorded_and_openssl_agrees(either, act, authority, tmp_path):
    query, reply = tmp_path / "q.tsq", tmp_path / "r.tsr"
    data = write_query(either.path, query)
    assert query.read_bytes() == data and bytes.fromhex(either.seal) in data
    reply.write_bytes(authority.reply(data))
    stamped = attach(either.path, reply, query, read_certificates(authority.ca), act, clock)
    assert stamped.checked.trusted and not stamped.checked.problem
    assert stamped.path.read_bytes() == reply.read_bytes()
    assert "Test Stamp Authority" in stamped.checked.stamp.authority
    event = either.events()[-1]
    assert event["type"] == "timestamp.obtained" and event["result"] == {"status": "ok"}
    assert event["details"]["hash_sent"] == either.seal
    assert event["details"]["token_sha256"] == hashlib.sha256(reply.read_bytes()).hexdigest()
    assert verify(either.path, trust=trusting(authority)).ok
    if either.path.is_dir():
        assert authority.verifies(stamped.path, either.path / "tagmanifest-sha256.txt")
    assert any("was not checked" in note for note in verify(either.path).notes)


def test_another_authority_another_seal_and_another_query_are_told_apart(bundle, act, authority, stranger, tmp_path):
    certificates, data = read_certificates(authority.ca), b"list"
    seal, query = hashlib.sha256(data).hexdigest(), make_query(data)
    good = authority.reply(query)
    assert check_reply(good, seal, certificates, query).trusted
    assert "certificates given" in check_reply(good, seal, read_certificates(stranger.ca), query).problem
    assert "not the seal" in check_reply(good, "0" * 64, certificates, query).problem
    assert "another nonce" in check_reply(good, seal, certificates, make_query(data)).problem
    assert not check_reply(good, seal, [], query).trusted
    no_stamp = bytes.fromhex("30053003020102")
    assert "did not give a stamp: refused" in check_reply(no_stamp, seal, certificates).problem
    reply = tmp_path / "r"
    reply.write_bytes(good)
    stamped = attach(bundle.path, reply, None, certificates, act, clock)
    assert "not the seal" in stamped.checked.problem
    assert bundle.events()[-1]["result"]["status"] == "failed"
    assert [problem.kind for problem in verify(bundle.path).problems] == ["stamp"]


@pytest.mark.parametrize("junk", [b"", b"junk", b"<html>busy</html>"])
def test_what_cannot_be_read_is_kept_all_the_same(bundle, act, authority, tmp_path, junk):
    reply = tmp_path / "r"
    reply.write_bytes(junk)
    stamped = attach(bundle.path, reply, None, read_certificates(authority.ca), act, clock)
    assert stamped.path.read_bytes() == junk
    assert "cannot be read" in stamped.checked.problem
    assert bundle.events()[-1]["details"]["time_asserted"] == "not read"


@pytest.mark.filterwarnings("ignore:Parsed a serial number")
def test_a_damaged_reply_is_never_trusted_and_never_an_exception(authority):
    certificates, data = read_certificates(authority.ca), b"list"
    seal, query = hashlib.sha256(data).hexdigest(), make_query(data)
    good, dice = authority.reply(query), random.Random(5)
    first = check_reply(good, seal, certificates, query).stamp
    for _ in range(1000):
        bad = bytearray(good)
        bad[dice.randrange(len(bad))] ^= 1 << dice.randrange(8)
        found = check_reply(bytes(bad), seal, certificates, query)
        # What is outside the signed part, such as the status text, may change; what it says may not.
        assert not found.trusted or found.stamp == first
    for size in range(0, len(good), 61):
        assert not check_reply(good[:size], seal, certificates, query).trusted


def test_a_trusted_stamp_is_missed_by_one_who_asks_for_it(bundle, authority):
    assert verify(bundle.path).ok
    assert [problem.kind for problem in verify(bundle.path, trust=trusting(authority)).problems] == ["stamp"]


# The network


def test_the_authority_is_asked_with_the_query_and_nothing_else(bundle, act, authority):
    with authority.serving() as (url, asked):
        stamped = ask(bundle.path, url, read_certificates(authority.ca), act, clock)
    assert stamped.checked.trusted
    [(kind, body)] = asked
    assert kind == "application/timestamp-query"
    assert bytes.fromhex(bundle.seal) in body and len(body) < 90


@pytest.mark.parametrize(("status", "answer", "says"), [
    (500, b"", "error 500"), (302, b"http://127.0.0.1:9/", "error 302"), (200, b"x" * (1 << 20) + b"y", "too long"),
])  # fmt: skip
def test_an_authority_that_does_not_answer_as_it_should_gives_one_sentence(authority, status, answer, says):
    with authority.serving(instead=(status, answer)) as (url, _), pytest.raises(UsageError, match=says):
        ask_authority(url, make_query(b"x"))


@pytest.mark.parametrize(
    "url",
    ["file:///etc/passwd", "ftp://x.example/", "x", "", "http://", "https://me:pw@x.example/", "http://[", 3 * "a"],
)
def test_only_an_address_of_the_web_is_asked(url):
    with pytest.raises(UsageError, match="not the address"):
        ask_authority(url, b"x")


def test_nobody_there_is_one_sentence():
    with pytest.raises(UsageError, match="could not be reached"):
        ask_authority("http://127.0.0.1:9/", b"x")


def test_one_file_alone_can_reach_a_network_and_one_function_alone_imports_it():
    reaching, importing = set(), set()
    for path in PACKAGE.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        if not any(word in text for word in (*REACHING, "authority")):
            continue
        for node in ast.walk(ast.parse(text)):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            name = path.relative_to(PACKAGE).as_posix()
            if any(one.startswith(REACHING) for one in names):
                reaching.add(name)
            if "plainrecord.anchors.authority" in names:
                importing.add(name)
    assert reaching == {"anchors/authority.py"}
    assert importing == {"sealed/stamping.py"}


def test_the_command_is_silent_on_the_network_unless_it_is_told(bundle, authority, tmp_path):
    def stamp(*words):
        return run("stamp", bundle.path, *words)

    said = ["--operator", "C. Dee", "--role", "DES", "--json"]
    query, reply = tmp_path / "q.tsq", tmp_path / "r.tsr"
    with authority.serving() as (url, asked):
        assert stamp("--query", query).exit_code == 0
        reply.write_bytes(authority.reply(query.read_bytes()))
        assert json.loads(stamp("--reply", reply, "--query", query, "--ca", authority.ca, *said).stdout)["trusted"]
        assert asked == []
        assert json.loads(stamp("--authority", url, "--ca", authority.ca, *said).stdout)["trusted"]
        assert len(asked) == 1
    assert stamp(*said).exit_code == 1
    assert stamp("--query", query).exit_code == 1
