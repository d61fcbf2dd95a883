"""The Merkle tree of RFC 6962 over SHA-256: one root for a list, and proofs that one entry is in it, in constant memory.

A leaf is SHA-256 of 00 and the entry, a node SHA-256 of 01 and its two halves, so neither can be passed off as the other.
It knows bytes and places; what an entry is, and what is put before it so that it cannot be guessed, is the caller's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256

DIGEST = 32
# Of a tree with so many levels, nobody can have all leaves.
MOST_LEVELS = 64


def leaf_hash(entry: bytes) -> bytes:
    """The hash of one entry."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of two halves."""
    return sha256(b"\x01" + left + right).digest()


class Tree:
    """Leaf hashes in, in their order; the root of all of them out."""

    def __init__(self) -> None:
        # For each level, from the leaves up, the full subtree that waits for its right half; empty for none.
        self._halves: list[bytes] = []
        self.leaves = 0

    def add(self, leaf: bytes) -> None:
        """Add one leaf hash."""
        self.add_all(leaf)

    def add_all(self, leaves: bytes) -> None:
        """Add leaf hashes that stand one behind the other."""
        self.leaves += len(leaves) // DIGEST
        level, nodes = 0, leaves
        while nodes:
            if level == len(self._halves):
                self._halves.append(b"")
            waiting = self._halves[level] + nodes
            whole = len(waiting) // (2 * DIGEST) * 2 * DIGEST
            self._halves[level] = waiting[whole:]
            nodes = b"".join(
                [sha256(b"\x01" + waiting[at : at + 2 * DIGEST]).digest() for at in range(0, whole, 2 * DIGEST)]
            )
            level += 1

    def root(self) -> bytes:
        """The root over what was added so far; of no leaf, SHA-256 of nothing."""
        root = b""
        for left in filter(None, self._halves):
            root = node_hash(left, root) if root else left
        return root or sha256().digest()


def audit_path(leaves: Iterable[bytes], index: int, size: int) -> tuple[list[bytes], bytes]:
    """The proof that leaf `index` of `size` is in the tree, lowest half first, and the root. One pass over `leaves`.

    Raises IndexError for a place that is none, ValueError when there are not `size` leaves.
    """
    if not 0 <= index < size:
        raise IndexError(f"there is no leaf {index} among {size}")
    places = list(_halves_beside(index, size))
    beside = {start: (end, Tree()) for start, end in places}
    whole, current, until = Tree(), Tree(), 0
    for at, leaf in enumerate(leaves):
        if at in beside:
            until, current = beside[at]
        if at < until:
            current.add(leaf)
        whole.add(leaf)
    if whole.leaves != size:
        raise ValueError(f"there are {whole.leaves} leaves, not {size}")
    return [beside[start][1].root() for start, _ in places], whole.root()


def root_of_path(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """The root that a proof leads to; None when it has too few or too many halves for that place (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size or len(path) > MOST_LEVELS:
        return None
    place, last, found = index, size - 1, leaf
    for half in path:
        if not last:
            return None
        if place & 1 or place == last:
            found = node_hash(half, found)
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            found = node_hash(found, half)
        place, last = place >> 1, last >> 1
    return None if last else found


def _halves_beside(index: int, size: int) -> Iterator[tuple[int, int]]:
    """The stretches of leaves [start, end) whose roots make the proof, lowest first."""
    halves: list[tuple[int, int]] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + (1 << (end - start - 1).bit_length() - 1)
        if index < middle:
            halves.append((middle, end))
            end = middle
        else:
            halves.append((start, middle))
            start = middle
    return reversed(halves)
