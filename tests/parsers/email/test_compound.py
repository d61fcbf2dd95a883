from __future__ import annotations

import random
import struct

import pytest

from outlook_craft import Storage, compound
from plainrecord.parsers.email.compound import CompoundFile, NotCompoundError

TREE = Storage(
    {"small": b"s" * 100, "empty": b"", "big": bytes(range(256)) * 40, "limit": b"x" * 4096},
    {"inner": Storage({"deep": b"d" * 65}, {"more": Storage({"deepest": b"!"})}), "bare": Storage()},
)
DATA = compound(TREE)


def test_every_stream_of_the_tree_comes_back() -> None:
    root = CompoundFile(DATA).root
    assert {name: root.read(name) for name in root.entries} == TREE.streams
    assert root.storages["inner"].read("deep") == b"d" * 65
    assert root.storages["inner"].storages["more"].read("deepest") == b"!"
    assert root.storages["bare"].entries == {} and root.read("nothing") is None


def test_a_file_of_many_streams_is_read_whole() -> None:
    tree = Storage({f"stream {number}": struct.pack("<I", number) * 300 for number in range(2_000)})
    root = CompoundFile(compound(tree)).root
    assert {name: root.read(name) for name in root.entries} == tree.streams


@pytest.mark.parametrize("data", [b"", DATA[:511], b"x" + DATA[1:], DATA[:30] + b"\x05\0" + DATA[32:], DATA[:512]])
def test_what_is_no_compound_file_is_refused(data: bytes) -> None:
    with pytest.raises(NotCompoundError):
        CompoundFile(data)


def test_a_file_cut_off_at_any_byte_is_refused_or_gives_what_is_there() -> None:
    for end in range(0, len(DATA), 11):
        try:
            root = CompoundFile(DATA[:end]).root
        except NotCompoundError:
            continue
        for name in root.entries:
            found = root.read(name)
            assert found is not None and TREE.streams.get(name, found).startswith(found)


def test_chains_and_trees_that_lead_back_end() -> None:
    rng = random.Random("loops")
    refused = 0
    for _ in range(600):
        data = bytearray(DATA)
        for _ in range(rng.randint(1, 6)):
            at = rng.randrange(512 // 4, len(data) // 4) * 4
            data[at : at + 4] = struct.pack("<I", rng.randrange(40))
        try:
            root = CompoundFile(bytes(data)).root
        except NotCompoundError:
            refused += 1
            continue
        assert sum(len(root.read(name) or b"") for name in root.entries) <= 5 * len(DATA)
    assert refused < 300


def test_a_siblings_loop_is_noted() -> None:
    data = bytearray(DATA)
    # Each entry is its own right sibling: the tree leads in a ring.
    at = data.index("small".encode("utf-16-le"))
    number = data.index("Root Entry".encode("utf-16-le"))
    struct.pack_into("<I", data, at + 72, (at - number) // 128)
    assert "compound:tree-with-a-loop" in CompoundFile(bytes(data)).notes


def test_thousands_of_streams_on_the_same_bytes_are_read_to_a_limit() -> None:
    tree = Storage({f"{number}": b"" for number in range(3_000)} | {"real": b"r" * 200_000})
    data = bytearray(compound(tree))
    start = data.index("real".encode("utf-16-le"))
    place = data[start + 116 : start + 128]
    for number in range(3_000):
        at = data.find(f"{number}\0".encode("utf-16-le").ljust(64, b"\0"))
        data[at + 116 : at + 128] = place
    file = CompoundFile(bytes(data))
    assert sum(len(file.root.read(name) or b"") for name in file.root.entries) < 6 * len(data)
    assert "compound:streams-lie-on-each-other" in file.notes
