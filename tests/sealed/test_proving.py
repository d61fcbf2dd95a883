"""One message is proven by itself, against the seal or the root; whatever is changed in a proof, it no longer holds."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plainrecord.bundle.salting import leaf_of, leaves_of, salt_of
from plainrecord.errors import IntegrityError, UsageError
from plainrecord.sealed.proving import Proof, check_proof, prove
from sealed_bundles import run


def numbers(bundle) -> list[str]:
    lines = (bundle.path / "data/items/messages.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line)["item"] for line in lines]


def root_of(bundle) -> str:
    return str(json.loads((bundle.path / "meta/merkle.json").read_text())["root"])


def test_every_item_can_be_proven_against_seal_and_root(bundle):
    for number in numbers(bundle):
        data = prove(bundle.path, number).model_dump_json().encode()
        for against in (
            {"seal": bundle.seal},
            {"root": root_of(bundle)},
            {"seal": bundle.seal.upper(), "root": root_of(bundle)},
        ):
            proven = check_proof(data, **against)
            assert proven.item == number and json.loads(proven.line)["item"] == number


def test_the_root_stands_in_the_facts_of_the_bundle_and_its_secret_in_no_proof(either):
    proof = prove(either.path, "M-000003")
    text = proof.model_dump_json()
    assert check_proof(text.encode(), seal=either.seal).root == proof.root
    assert text.count("body ") == 1, "one message and no other"
    if either.path.is_dir():
        secret = json.loads((either.path / "meta/salts.json").read_text())["secret"]
        assert secret not in text
        others = [salt_of(bytes.fromhex(secret), number).hex() for number in numbers(either) if number != "M-000003"]
        assert not any(salt in text for salt in others)
        assert json.loads((either.path / "meta/bundle.json").read_text())["merkle_root"] == proof.root


def test_a_proof_against_nothing_or_another_bundle_is_refused(bundle):
    data = prove(bundle.path, "M-000001").model_dump_json().encode()
    with pytest.raises(UsageError, match="Give the seal"):
        check_proof(data)
    for against in ({"seal": "0" * 64}, {"root": "0" * 64}, {"seal": bundle.seal, "root": "0" * 64}):
        with pytest.raises(IntegrityError, match="does not hold"):
            check_proof(data, **against)
    with pytest.raises(UsageError, match="no proof"):
        check_proof(b"{}", seal=bundle.seal)
    with pytest.raises(UsageError, match="There is no item"):
        prove(bundle.path, "M-999999")
    with pytest.raises(UsageError, match="There is no item"):
        prove(bundle.path, "M-00000")


def test_the_root_alone_does_not_say_which_bundle_it_is_of(bundle):
    proof = prove(bundle.path, "M-000002")
    forged = proof.model_copy(update={"bundle_id": "pr-other"}).model_dump_json().encode()
    assert check_proof(forged, root=proof.root).bundle_id is None
    assert check_proof(proof.model_dump_json().encode(), seal=bundle.seal).bundle_id == proof.bundle_id


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_flipped_bit_of_a_proof_is_refused(bundle, data):
    whole = bytearray(prove(bundle.path, "M-000002").model_dump_json().encode())
    at, bit = data.draw(st.integers(0, len(whole) - 1)), data.draw(st.integers(0, 7))
    whole[at] ^= 1 << bit
    with pytest.raises((IntegrityError, UsageError)):
        check_proof(bytes(whole), seal=bundle.seal, root=root_of(bundle))


def changes(proof: Proof):
    line = json.loads(proof.line)
    yield {"line": json.dumps(line | {"text": "something else"})}
    yield {"line": proof.line.replace("body", "b0dy")}
    yield {"item": "M-000005"}
    yield {"salt": "0" * 32}
    yield {"index": proof.index + 1}
    yield {"leaves": proof.leaves + 1}
    yield {"path": proof.path[::-1]}
    yield {"path": [half.upper() for half in proof.path]}
    yield {"path": [f"{half} " for half in proof.path]}
    yield {"path": proof.path[:-1]}
    yield {"path": [*proof.path, "0" * 64]}
    yield {"path": ["zz", *proof.path[1:]]}
    yield {"bundle_id": "pr-other"}
    yield {"merkle_json": proof.merkle_json + " "}
    yield {"tagmanifest": proof.tagmanifest + "\n"}


def test_each_part_of_a_proof_is_needed_as_it_is(bundle):
    proof = prove(bundle.path, "M-000002")
    for change in changes(proof):
        with pytest.raises((IntegrityError, UsageError)):
            check_proof(proof.model_copy(update=change).model_dump_json().encode(), seal=bundle.seal)


def test_a_bundle_whose_items_are_not_those_of_its_tree_proves_nothing(bundle):
    path = bundle.path / "data/items/messages.jsonl"
    path.write_bytes(path.read_bytes().replace(b"body 1", b"b0dy 1"))
    with pytest.raises(IntegrityError, match="do not make the root"):
        prove(bundle.path, "M-000002")
    (bundle.path / "meta/salts.json").write_text("{}")
    with pytest.raises(UsageError, match="nothing to prove with"):
        prove(bundle.path, "M-000002")


def test_leaves_made_many_at_a_time_are_those_made_one_by_one():
    secret, lines = bytes(range(32)), [("M-000001", b"a\n"), ("M-000001-1", b"\n"), ("M-000002", b"b\n")]
    one_by_one = b"".join(leaf_of(salt_of(secret, number), line[:-1]) for number, line in lines)
    assert leaves_of(secret, [number.encode() for number, _ in lines], [line for _, line in lines]) == one_by_one
    assert len({salt_of(secret, number) for number, _ in lines}) == 3
    assert re.fullmatch("[0-9a-f]{32}", salt_of(secret, "M-000001").hex())


def test_the_commands_write_and_check_a_proof(bundle, tmp_path):
    out = tmp_path / "proof.json"
    assert run("prove", bundle.path, "M-000004", "--out", out).exit_code == 0
    shown = run("check-proof", out, "--seal", bundle.seal)
    assert shown.exit_code == 0 and "The proof holds" in shown.stdout and "body 4" in shown.stdout
    assert json.loads(run("check-proof", out, "--root", root_of(bundle), "--json").stdout)["item"] == "M-000004"
    out.write_text(out.read_text().replace("body 4", "body 5"))
    assert run("check-proof", out, "--seal", bundle.seal).exit_code == 4
