"""The shapes in which Meta writes a list of records, told apart by a file's first bytes: keyed, bare, or a single object.

Matters to the readers of Facebook and Instagram. `{"key": [...]}`, `{"key": {"data": [...]}}`, `[...]` and one object alone
all occur for one and the same file, unpredictably by year. It says where records stand, for `jsonstream.walk`, and nothing
of what they mean.
"""

from __future__ import annotations

import json
import re

_OPENING = re.compile(rb'(?:\xef\xbb\xbf)?\s*(?:(\[)|\{\s*"((?:[^"\\]|\\.){0,200})"\s*:\s*(.)?)', re.DOTALL)
# The first key of a record, as opposed to the name of a list of records.
_OF_A_RECORD = frozenset(
    "timestamp creation_timestamp media label_values fbid ent_name ent_field_name title uri media_owner"
    " string_map_data string_list_data media_map_data media_list_data".split()
)
ONE = ("",)
BARE = ("/*",)
KEYED = ("/*/*",)
NESTED = ("/*/*/*",)


def first_key(head: bytes) -> str:
    """The first key of a JSON object; "" for a list and for what is no JSON object."""
    match = _OPENING.match(head)
    if match is None or match[2] is None:
        return ""
    try:
        key = json.loads(b'"' + match[2] + b'"')
    except ValueError:
        return ""
    return str(key)


def places(head: bytes) -> tuple[str, ...]:
    """Where the records of a file stand, by its first bytes."""
    match = _OPENING.match(head)
    if match is None:
        return ONE
    if match[1]:
        return BARE
    if first_key(head) in _OF_A_RECORD:
        return ONE
    return {b"[": KEYED, b"{": NESTED}.get(match[3] or b"", ONE)
