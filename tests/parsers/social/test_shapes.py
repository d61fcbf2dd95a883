"""Fields that hold something else than they used to: what stands there is kept, whichever reader looked for it."""

from __future__ import annotations

import copy
import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "chat"))

from chat_readers import FIXTURES, claims, loaded
from plainrecord.parsers.base import Parser
from plainrecord.parsers.social.facebook import FacebookDownload
from plainrecord.parsers.social.google import Takeout
from plainrecord.parsers.social.instagram import InstagramDownload
from plainrecord.parsers.social.shapes import fits
from plainrecord.records import Loaded

STRANGE = "Zq9 stands here"
VALUES: tuple[Any, ...] = (STRANGE, [STRANGE], {"inner": STRANGE})
# Whose lists, from which folder, and which fields are not looked at: what is withheld, stands above the records, or is kept
# with the conversation.
SHEETS = {
    "comments": (FacebookDownload(), "social-facebook/2023", ""),
    "tags": (FacebookDownload(), "social-facebook/2023", ""),
    "pokes": (FacebookDownload(), "social-facebook/2023", ""),
    "security": (FacebookDownload(), "social-facebook/2023", "datr_cookie"),
    "notifications": (FacebookDownload(), "social-facebook/2023", ""),
    "requests-rejected": (FacebookDownload(), "social-facebook/2023", "marked_as_spam"),
    "posts": (InstagramDownload(), "social-instagram/instagram-sam.field-2024-11-20-Ab3dEf", ""),
    "activity": (Takeout(), "social-google", ""),
    "hangouts": (Takeout(), "social-google", "events self_event_state conversation_id embed_item chat_id type id"),
}


def test_a_shape_is_a_type_an_object_or_a_list() -> None:
    assert fits({"a": ["x"]}, {"a": [str], "b": int}) and fits(None, str) and fits({}, {"a": str})
    assert not fits({"a": "x", "more": 1}, {"a": str}) and fits(3, lambda value: value == 3)
    assert not fits({"a": ["x", 1]}, {"a": [str]}) and not fits("x", {"a": str}) and not fits({}, [str])


@pytest.mark.parametrize("sheet", SHEETS)
def test_a_value_of_another_kind_in_a_record_is_shown_or_the_record_is_unread(sheet: str, tmp_path: Path) -> None:
    parser, folder, not_shown = SHEETS[sheet]
    root = FIXTURES / folder
    path = next(_files(parser, root, sheet))
    whole = json.loads((root / path).read_bytes())
    place = tmp_path / path
    place.parent.mkdir(parents=True)
    place.write_text(json.dumps(whole))
    unread = sum(not isinstance(one, Loaded) for one in loaded(parser, tmp_path))
    tried = 0
    for at in _places(whole):
        if at[-1] in not_shown.split() or set(at[:-1]) & (set(not_shown.split()) - {"events"}):
            continue
        for value in VALUES:
            place.write_text(json.dumps(_with(whole, at, value)))
            found = list(loaded(parser, tmp_path))
            shown = any(STRANGE in repr(asdict(one)) for one in found if isinstance(one, Loaded))
            assert shown or sum(not isinstance(one, Loaded) for one in found) > unread, (at, value)
            tried += 1
    assert tried > 10


def _files(parser: Parser, root: Path, sheet: str) -> Iterator[str]:
    for claim in claims(parser, root):
        names = json.loads(claim.facts["sheets"])
        yield from (member.tree_path for member, name in zip(claim.members, names, strict=False) if name == sheet)


def _places(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every field inside a record; what stands above the records is another matter."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, one in inner:
        if isinstance(step, str) and any(isinstance(above, int) for above in at) and "conversation" not in (*at, step):
            yield (*at, step)
        yield from _places(one, (*at, step))


def _with(value: Any, at: tuple[Any, ...], new: Any) -> Any:
    whole = copy.deepcopy(value)
    inner = whole
    for step in at[:-1]:
        inner = inner[step]
    inner[at[-1]] = new
    return whole
