"""What an export is made from: the bundle's own account of itself, and its items one by one."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from plainrecord.bundle.bagreader import Bag, FolderBag, UnreadableError, read_lines, read_whole
from plainrecord.bundle.bagreader_zip import BadArchiveError, ZipBag
from plainrecord.bundle.checks import Findings
from plainrecord.errors import UsageError

ITEMS = "data/items/messages.jsonl"
CUSTODY = "custody/custody.jsonl"
TAGS = "tagmanifest-sha256.txt"
_LONGEST_LINE = 256 << 20
_LONGEST_META = 256 << 20


@dataclass(frozen=True, slots=True)
class Bundle:
    """An opened bundle. `seal` is computed from its tag manifest; whether the rest fits it is for `verify` to say."""

    bag: Bag
    about: dict[str, Any]
    people: list[dict[str, Any]]
    sources: list[dict[str, Any]]
    seal: str

    @property
    def bundle_id(self) -> str:
        """The bundle's id."""
        return str(self.about["bundle_id"])

    def items(self) -> Iterator[dict[str, Any]]:
        """Every item, in the order of the timeline."""
        return (json.loads(line) for line in read_lines(self.bag, ITEMS, _LONGEST_LINE))

    def custody(self) -> Iterator[dict[str, Any]]:
        """Every line of the custody log inside the bundle."""
        return (json.loads(line) for line in read_lines(self.bag, CUSTODY, _LONGEST_LINE))


@contextmanager
def open_bundle(path: Path) -> Iterator[Bundle]:
    """The bundle at `path`, a folder or a zip. Raises UsageError in one sentence for anything that cannot be read as one,
    also while its items are read."""
    try:
        with FolderBag(path, Findings()) if path.is_dir() else ZipBag(path, Findings()) as bag:
            yield Bundle(
                bag,
                _json(bag, "meta/bundle.json"),
                _json(bag, "meta/people.json")["people"],
                _json(bag, "meta/sources.json")["sources"],
                hashlib.sha256(read_whole(bag, TAGS, _LONGEST_META)).hexdigest(),
            )
    except (UnreadableError, BadArchiveError, OSError, ValueError, KeyError, TypeError) as error:
        why = (str(error) or type(error).__name__).rstrip(".")
        raise UsageError(
            f"{path} cannot be read as a bundle ({why}). Nothing was written. Check it with “plainrecord verify”."
        ) from error


def _json(bag: Bag, path: str) -> Any:
    return json.loads(read_whole(bag, path, _LONGEST_META))
