"""Digests of many files of one bag, dealt to worker threads by size; the result does not depend on the workers.

A kernel: hashing and reading release Python's lock, so threads share the cores without copying anything between
processes, also when the bag is a zip. Half the workers take the largest file left and half the smallest: long hashing
without the lock beside many short calls that need it. That took 0.55 of one worker's time, largest first 0.65 (20,000
files of 20 KB and three of 200 MB, two cores). Each worker reuses one buffer of 1 MiB (larger ones fall out of the cache).
"""

from __future__ import annotations

import hashlib
import os
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

from blake3 import blake3

from plainrecord.bundle.bagreader import CHUNK, Bag, UnreadableError

Progress = Callable[[int, int], None]

_POLL_SECONDS = 0.1


class _Hash(Protocol):
    def update(self, data: memoryview | bytes, /) -> object: ...
    def hexdigest(self) -> str: ...


# MD5 and SHA-1 are read for old bags; a system in FIPS mode wants to hear that nobody relies on them.
_MAKERS: dict[str, Callable[[], _Hash]] = {
    "blake3": blake3,
    **{
        name: partial(getattr(hashlib, known), usedforsecurity=False)
        for name, known in {
            "md5": "md5",
            "sha1": "sha1",
            "sha224": "sha224",
            "sha256": "sha256",
            "sha384": "sha384",
            "sha512": "sha512",
            "sha3224": "sha3_224",
            "sha3256": "sha3_256",
            "sha3384": "sha3_384",
            "sha3512": "sha3_512",
            "blake2b": "blake2b",
            "blake2b512": "blake2b",
            "blake2s": "blake2s",
        }.items()
    },
}


@dataclass(slots=True)
class Digested:
    """Per path, algorithm → hex digest of its bytes; or, in `unreadable`, why there is none. `bytes` were read in all."""

    digests: dict[str, dict[str, str]] = field(default_factory=dict)
    unreadable: dict[str, str] = field(default_factory=dict)
    bytes: int = 0


def digest_files(
    bag: Bag, wanted: Mapping[str, tuple[str, ...]], workers: int | None = None, progress: Progress | None = None
) -> Digested:
    """Read every wanted file once and make the digests asked for it.

    `wanted` maps a path of the bag to algorithm names (see `checks_manifests.ALGORITHMS`). `progress(done, total)`, in
    bytes, is called from the calling thread. `workers` defaults to the number of usable cores, at most eight.
    """
    total = sum(bag.files[path].size for path in wanted)
    jobs = deque(sorted(wanted, key=lambda path: (-bag.files[path].size, path)))
    count = max(1, min(workers or _cores(), len(jobs) or 1))
    if count == 1:
        return _work(bag, wanted, jobs, _Tally([0], 0, total, progress))
    done = [0] * count
    with ThreadPoolExecutor(count, thread_name_prefix="plainrecord-verify") as pool:
        try:
            running = [pool.submit(_work, bag, wanted, jobs, _Tally(done, place, total)) for place in range(count)]
            while wait(running, _POLL_SECONDS).not_done:
                if progress:
                    progress(sum(done), total)
        finally:
            jobs.clear()  # an interrupt here must not wait for the whole bag
    if progress:
        progress(sum(done), total)
    return _merged([future.result() for future in running], wanted)


@dataclass(slots=True)
class _Tally:
    """One worker's slot in the list of bytes done: written by it alone, so that counting needs no lock."""

    done: list[int]
    place: int
    total: int
    progress: Progress | None = None

    def add(self, length: int) -> None:
        self.done[self.place] += length
        if self.progress:
            self.progress(self.done[self.place], self.total)


def _work(bag: Bag, wanted: Mapping[str, tuple[str, ...]], jobs: deque[str], tally: _Tally) -> Digested:
    buffer = bytearray(CHUNK)
    result = Digested()
    while True:
        try:
            path = jobs.pop() if tally.place % 2 else jobs.popleft()
        except IndexError:
            break
        hashes = [(name, _MAKERS[name]()) for name in wanted[path]]
        try:
            for block in bag.blocks(path, buffer):
                for _, running in hashes:
                    running.update(block)
                tally.add(len(block))
            result.digests[path] = {name: running.hexdigest() for name, running in hashes}
        except UnreadableError as error:
            result.unreadable[path] = str(error)
    result.bytes = tally.done[tally.place]
    return result


def _merged(parts: list[Digested], wanted: Mapping[str, tuple[str, ...]]) -> Digested:
    whole = Digested(bytes=sum(part.bytes for part in parts))
    for part in parts:
        whole.digests |= part.digests
        whole.unreadable |= part.unreadable
    whole.digests = {path: whole.digests[path] for path in wanted if path in whole.digests}
    return whole


def _cores() -> int:
    # Affinity, where the system has it: a container's share, not the machine's count. Only speed depends on it.
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(8, usable)
