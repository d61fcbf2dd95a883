"""The Merkle tree held against one built straight from the words of RFC 6962, and every changed byte of a proof refused."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plainrecord.hashing.merkle import Tree, audit_path, leaf_hash, node_hash, root_of_path

# RFC 6962's own example inputs, as many implementations carry them in their tests.
ENTRIES = [bytes.fromhex(text) for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "60" * 16)]
EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
LEAF_OF_NOTHING = "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"


def by_the_book(entries: list[bytes]) -> bytes:
    """MTH of RFC 6962, section 2.1, word for word."""
    if not entries:
        return sha256().digest()
    if len(entries) == 1:
        return sha256(b"\x00" + entries[0]).digest()
    k = 1
    while k * 2 < len(entries):
        k *= 2
    return sha256(b"\x01" + by_the_book(entries[:k]) + by_the_book(entries[k:])).digest()


def path_by_the_book(m: int, entries: list[bytes]) -> list[bytes]:
    """PATH of RFC 6962, section 2.1.1, word for word."""
    if len(entries) == 1:
        return []
    k = 1
    while k * 2 < len(entries):
        k *= 2
    if m < k:
        return [*path_by_the_book(m, entries[:k]), by_the_book(entries[k:])]
    return [*path_by_the_book(m - k, entries[k:]), by_the_book(entries[:k])]


def tree_of(entries: list[bytes]) -> Tree:
    tree = Tree()
    tree.add_all(b"".join(map(leaf_hash, entries)))
    return tree


def test_known_values():
    assert Tree().root().hex() == EMPTY
    assert tree_of([b""]).root().hex() == LEAF_OF_NOTHING
    assert leaf_hash(b"") != node_hash(b"", b"")


@given(st.lists(st.binary(max_size=20), max_size=70))
def test_the_root_is_that_of_the_book(entries):
    tree = tree_of(entries)
    assert tree.root() == by_the_book(entries)
    assert tree.root() == by_the_book(entries), "asking for the root changes nothing"
    assert tree.leaves == len(entries)


@pytest.mark.parametrize("size", [*range(1, 18), 31, 32, 33, 64, 65])
def test_every_proof_is_that_of_the_book_and_leads_to_the_root_from_no_other_place(size):
    entries = [bytes([at]) for at in range(size)]
    leaves, root = [leaf_hash(entry) for entry in entries], by_the_book(entries)
    for index in range(size):
        path, found = audit_path(iter(leaves), index, size)
        assert (path, found) == (path_by_the_book(index, entries), root)
        assert root_of_path(leaves[index], index, size, path) == root
        for other in range(size):
            if other != index:
                assert root_of_path(leaves[index], other, size, path) != root


@given(st.data())
def test_any_flipped_bit_of_a_proof_leads_elsewhere(data):
    size = data.draw(st.integers(1, 40))
    leaves = [leaf_hash(bytes([at])) for at in range(size)]
    index = data.draw(st.integers(0, size - 1))
    path, root = audit_path(leaves, index, size)
    whole = bytearray(b"".join([leaves[index], *path]))
    at, bit = data.draw(st.integers(0, len(whole) - 1)), data.draw(st.integers(0, 7))
    whole[at] ^= 1 << bit
    pieces = [bytes(whole[start : start + 32]) for start in range(0, len(whole), 32)]
    assert root_of_path(pieces[0], index, size, pieces[1:]) != root


@given(st.integers(1, 40), st.data())
def test_a_proof_with_a_half_too_many_or_too_few_is_none(size, data):
    leaves = [leaf_hash(bytes([at])) for at in range(size)]
    index = data.draw(st.integers(0, size - 1))
    path, root = audit_path(leaves, index, size)
    assert root_of_path(leaves[index], index, size, [*path, root]) is None
    if path:
        assert root_of_path(leaves[index], index, size, path[:-1]) is None


def test_a_node_cannot_be_passed_off_as_a_leaf():
    entries = [b"a", b"b", b"c", b"d"]
    root = by_the_book(entries)
    forged = leaf_hash(leaf_hash(b"a") + leaf_hash(b"b"))
    assert root_of_path(forged, 0, 2, [by_the_book(entries[2:])]) != root


def test_places_and_sizes_that_are_none_are_refused():
    leaves = [leaf_hash(b"a")] * 3
    for index, size in ((3, 3), (-1, 3), (0, 0)):
        with pytest.raises(IndexError):
            audit_path(leaves, index, size)
        assert root_of_path(leaves[0], index, size, []) is None
    with pytest.raises(ValueError, match="there are 3 leaves, not 4"):
        audit_path(leaves, 0, 4)
    assert root_of_path(leaves[0], 0, 2**63, [leaves[0]] * 65) is None
