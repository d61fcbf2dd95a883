"""Signatures: what is written here stock ssh-keygen calls good, and what is not good nobody here does."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import subprocess
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from plainrecord.anchors.keys import make_key, public_of, read_key, read_public
from plainrecord.anchors.signers import read_signers, signer_line
from plainrecord.anchors.sshsig import make_signature, read_signature
from plainrecord.anchors.sshwire import SshFormatError
from plainrecord.bundle.checks_anchors import NAMESPACE, Trust
from plainrecord.bundle.verify import verify
from plainrecord.errors import IntegrityError, UsageError
from plainrecord.sealed.signing import attach, sign
from sealed_bundles import clock, run

NAME = "dfu@force.example"
needs_ssh = pytest.mark.skipif(
    shutil.which("ssh-keygen") is None and not os.environ.get("CI"), reason="no ssh-keygen here"
)
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


@pytest.fixture
def key(tmp_path):
    make_key(tmp_path / "unit", NAME, None)
    return tmp_path / "unit"


@pytest.fixture
def allowed(tmp_path, key):
    path = tmp_path / "allowed_signers"
    path.write_text(f"# who may sign\n{signer_line(NAME, public_of(read_key(key, None)), NAMESPACE)}\n")
    return path


def trusting(allowed, now=datetime(2025, 1, 1, tzinfo=UTC)):
    return Trust(read_signers(allowed), now)


def stock_verify(bundle, allowed, signature, namespace=NAMESPACE):
    command = ["ssh-keygen", "-Y", "verify", "-n", namespace, "-f", str(allowed), "-I", NAME, "-s", str(signature)]
    data = (bundle.path / "tagmanifest-sha256.txt").read_bytes()
    return subprocess.run(command, input=data, capture_output=True, check=False)


# Against the real one


@needs_ssh
def test_stock_ssh_keygen_calls_the_signature_good_and_notices_every_change(bundle, act, key, allowed):
    signed = sign(bundle.path, read_key(key, None), "on the intranet", act, clock)
    good = stock_verify(bundle, allowed, signed.path)
    assert good.returncode == 0 and b'Good "plainrecord-seal" signature for dfu@force.example' in good.stdout
    assert stock_verify(bundle, allowed, signed.path, "file").returncode != 0
    tags = bundle.path / "tagmanifest-sha256.txt"
    tags.write_bytes(tags.read_bytes().replace(b"a", b"b", 1))
    assert stock_verify(bundle, allowed, signed.path).returncode != 0


@needs_ssh
def test_a_signature_of_ssh_keygen_is_taken_in_and_called_good(bundle, act, tmp_path):
    for name, extra in (("own", []), ("short", ["-O", "hashalg=sha256"])):
        subprocess.run(
            ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", NAME, "-f", str(tmp_path / name)], check=True
        )
        tags = tmp_path / f"{name}.txt"
        shutil.copy(bundle.path / "tagmanifest-sha256.txt", tags)
        subprocess.run(
            ["ssh-keygen", "-q", "-Y", "sign", "-f", str(tmp_path / name), "-n", NAMESPACE, *extra, str(tags)],
            check=True,
        )
        signed = attach(bundle.path, tags.with_suffix(".txt.sig"), "x", act, clock)
        allowed = tmp_path / "signers"
        allowed.write_text(signer_line(NAME, signed.key, NAMESPACE))
        assert verify(bundle.path, trust=trusting(allowed)).ok


@needs_ssh
def test_keys_are_the_same_to_both(tmp_path, key):
    public = subprocess.run(["ssh-keygen", "-y", "-f", str(key)], capture_output=True, text=True, check=True).stdout
    assert public.split()[:2] == key.with_name("unit.pub").read_text().split()[:2]
    shown = subprocess.run(["ssh-keygen", "-l", "-f", f"{key}.pub"], capture_output=True, text=True, check=True).stdout
    assert public_of(read_key(key, None)).fingerprint in shown
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(tmp_path / "theirs")], check=True)
    read_key(tmp_path / "theirs", None)
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "secret", "-f", str(tmp_path / "locked")], check=True)
    with pytest.raises(UsageError, match="passphrase"):
        read_key(tmp_path / "locked", b"secret")
    subprocess.run(["ssh-keygen", "-q", "-t", "ecdsa", "-N", "", "-f", str(tmp_path / "other")], check=True)
    with pytest.raises(UsageError, match="not an Ed25519 key"):
        read_key(tmp_path / "other", None)


# Good, bad, unknown


def test_verify_says_who_signed(either, act, key, allowed):
    signed = sign(either.path, read_key(key, None), "on the intranet", act, clock)
    report = verify(either.path, trust=trusting(allowed))
    assert report.ok and report.checked["signatures"] == 1
    assert any(f"good signature of this seal by {NAME}" in note for note in report.notes)
    event = either.events()[-1]
    assert event["type"] == "bundle.signed"
    assert event["details"]["fingerprint"] == signed.key.fingerprint
    assert event["details"]["how_published"] == "on the intranet"
    assert any("was not checked" in note for note in verify(either.path).notes), "without the file nothing is claimed"


def test_an_unknown_key_is_not_a_good_signature(bundle, act, key, allowed, tmp_path):
    make_key(tmp_path / "stranger", "x", None)
    sign(bundle.path, read_key(tmp_path / "stranger", None), "x", act, clock)
    report = verify(bundle.path, trust=trusting(allowed))
    assert [problem.kind for problem in report.problems] == ["signature"]
    assert any("is not known" in note for note in report.notes)
    sign(bundle.path, read_key(key, None), "x", act, clock)
    assert verify(bundle.path, trust=trusting(allowed)).ok, "one that is allowed is enough"


def test_no_signature_at_all_is_a_problem_only_for_one_who_asks_for_one(bundle, allowed):
    assert verify(bundle.path).ok
    assert [problem.kind for problem in verify(bundle.path, trust=trusting(allowed)).problems] == ["signature"]


def test_a_bad_signature_is_a_problem_with_or_without_the_file(bundle, act, key, allowed):
    signed = sign(bundle.path, read_key(key, None), "x", act, clock)
    signed.path.write_text(make_signature(read_key(key, None), NAMESPACE, hashlib.sha512(b"another list").digest()))
    for trust in (None, trusting(allowed)):
        problems = verify(bundle.path, trust=trust).problems
        assert any("BAD signature" in problem.says for problem in problems)
    signed.path.write_text(make_signature(read_key(key, None), "file", hashlib.sha512(b"").digest()))
    assert any("made for “file”" in problem.says for problem in verify(bundle.path).problems)
    signed.path.write_bytes(b"junk")
    assert any("cannot be read" in problem.says for problem in verify(bundle.path).problems)


def test_a_bundle_that_does_not_verify_is_not_signed(bundle, act, key):
    (bundle.path / "timeline.csv").write_bytes(b"x")
    with pytest.raises(IntegrityError):
        sign(bundle.path, read_key(key, None), "x", act, clock)
    assert not list(bundle.path.parent.glob("*.sig"))


def test_a_signature_of_something_else_is_not_taken_in(bundle, act, tmp_path):
    other = tmp_path / "other.sig"
    for namespace, data in ((NAMESPACE, b"another"), ("file", (bundle.path / "tagmanifest-sha256.txt").read_bytes())):
        other.write_text(make_signature(KEY, namespace, hashlib.sha512(data).digest()))
        with pytest.raises(IntegrityError, match="not a signature of this seal"):
            attach(bundle.path, other, "x", act, clock)
    assert len(bundle.events()) == 1


# The files


def test_when_and_for_what_a_key_may_sign(tmp_path):
    line = public_of(KEY).line("comment here")
    path = tmp_path / "signers"
    path.write_text(
        f'a@x.example namespaces="git,plain*",valid-after="20240101Z",valid-before="202501010000" {line}\n'
        f"b@x.example,c@x.example {line}\n\n"
        f"d@x.example cert-authority {line}\n"
        f'e@x.example valid-after="soon" {line}\nf@x.example ssh-ed25519 AAAA\nnonsense\n'
    )
    signers = read_signers(path)
    assert [one.names for one in signers.signers] == ["a@x.example", "b@x.example,c@x.example"]
    assert signers.passed_over == [4, 5, 6, 7]
    first = signers.signers[0]
    inside, before, after = (datetime(year, 6, 1, tzinfo=UTC) for year in (2024, 2023, 2025))
    assert first.may_sign(NAMESPACE, inside) and first.may_sign("git", inside)
    assert (
        not first.may_sign(NAMESPACE, before)
        and not first.may_sign(NAMESPACE, after)
        and not first.may_sign("x", inside)
    )
    path.write_text(f'a@x.example namespaces="!{NAMESPACE},*" {line}\n')
    (forbidden,) = read_signers(path).signers
    assert forbidden.may_sign("git", inside) and not forbidden.may_sign(NAMESPACE, inside)
    path.write_bytes(b"\xff")
    for missing in (path, tmp_path / "absent"):
        with pytest.raises(UsageError, match="cannot be read"):
            read_signers(missing)


def test_a_key_with_a_passphrase_needs_it(tmp_path):
    made = make_key(tmp_path / "locked", NAME, b"correct horse")
    assert public_of(read_key(tmp_path / "locked", b"correct horse")) == made
    for wrong in (None, b"wrong"):
        with pytest.raises(UsageError, match="passphrase"):
            read_key(tmp_path / "locked", wrong)
    (tmp_path / "junk").write_text("junk")
    with pytest.raises(UsageError, match="not a private key"):
        read_key(tmp_path / "junk", None)


def test_a_key_is_never_written_over_and_only_its_owner_may_read_it(tmp_path, key):
    if os.name != "nt":
        assert stat.S_IMODE(key.stat().st_mode) == 0o600
    for taken in (key, tmp_path / "fresh"):
        (tmp_path / "fresh.pub").touch()
        with pytest.raises(UsageError, match="is there already"):
            make_key(taken, NAME, None)
    assert not (tmp_path / "fresh").exists()


@given(data=st.data())
def test_any_flipped_bit_of_a_signature_is_refused_or_bad(data):
    digests = {name: hashlib.new(name, b"list").digest() for name in ("sha256", "sha512")}
    text = bytearray(make_signature(KEY, NAMESPACE, digests["sha512"]).encode())
    at, bit = data.draw(st.integers(0, len(text) - 1)), data.draw(st.integers(0, 7))
    whole = read_signature(bytes(text))
    text[at] ^= 1 << bit
    try:
        read = read_signature(bytes(text))
    except SshFormatError:
        return
    # Base64 has bits that say nothing at its end, and blanks between lines say nothing either.
    assert read == whole or not (read.fits(digests) and read.key == whole.key and read.namespace == NAMESPACE)


@given(st.binary(max_size=300))
def test_junk_is_never_an_exception_of_another_kind(junk):
    for data in (junk, b"-----BEGIN SSH SIGNATURE-----\n" + junk + b"\n-----END SSH SIGNATURE-----\n"):
        with pytest.raises(SshFormatError):
            read_signature(data)
    with pytest.raises(SshFormatError):
        read_public("ssh-ed25519", junk.decode("latin-1"))


def test_the_commands_make_a_key_sign_and_say_whose_it_is(bundle, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("correct horse\n")
    made = run("keygen", "--out", tmp_path / "unit", "--name", NAME, "--passphrase-file", secret)
    line = made.stdout.splitlines()[-1]
    (tmp_path / "signers").write_text(line + "\n")
    said = ["--operator", "C. Dee", "--role", "DES"]
    signed = run("sign", bundle.path, "--key", tmp_path / "unit", "--passphrase-file", secret, *said)
    assert signed.exit_code == 0, signed.stderr
    checked = run("verify", bundle.path, "--allowed-signers", tmp_path / "signers")
    assert checked.exit_code == 0 and f"by {NAME}" in checked.stdout
    assert run("sign", bundle.path, *said).exit_code == 1
    assert run("keygen", "--out", tmp_path / "u2", "--name", 'a" b').exit_code == 1
