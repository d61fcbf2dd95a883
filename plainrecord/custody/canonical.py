"""Canonical JSON: one value, one sequence of bytes, so that a hash of it can be checked by anyone.

The rules are those of RFC 8785 with numbers restricted to whole ones (docs/custody.md writes them down): no white space,
UTF-8, keys in order of their UTF-16 code units, the shortest escapes, no number with a fraction. This file may not know
what a custody event is.
"""

from __future__ import annotations

import json
from typing import TypeAlias

JsonValue: TypeAlias = "dict[str, JsonValue] | list[JsonValue] | str | int | bool | None"

LARGEST_INTEGER = 2**53 - 1
DEEPEST = 64


class NotCanonicalError(ValueError):
    """The value has no canonical form; `str()` says why in one sentence."""


def canonical(value: object) -> bytes:
    """The canonical JSON of dicts with string keys, lists, tuples, strings, whole numbers, booleans and None.

    Raises NotCanonicalError for floats, numbers beyond ±(2^53-1), keys that are no strings, text that is not valid Unicode,
    nesting deeper than 64 and any other type.
    """
    text = json.dumps(_ordered(value, 0), ensure_ascii=False, separators=(",", ":"), check_circular=False)
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError:
        raise NotCanonicalError("It holds text that is not valid Unicode.") from None


def _ordered(value: object, depth: int) -> JsonValue:
    if depth > DEEPEST:
        raise NotCanonicalError(f"It is nested more than {DEEPEST} levels deep.")
    if value is None or isinstance(value, (str, bool)):
        return value
    if isinstance(value, int):
        return _whole(value)
    if isinstance(value, (list, tuple)):
        return [_ordered(item, depth + 1) for item in value]
    if isinstance(value, dict):
        return {key: _ordered(value[key], depth + 1) for key in sorted(value, key=_code_units)}
    if isinstance(value, float):
        raise NotCanonicalError("It holds a number that is not whole; write such a number as text.")
    raise NotCanonicalError(f"It holds a {type(value).__name__}, which JSON does not have.")


def _whole(value: int) -> int:
    if abs(value) > LARGEST_INTEGER:
        raise NotCanonicalError("It holds a whole number beyond ±(2^53-1); write such a number as text.")
    return value


def _code_units(key: object) -> bytes:
    if not isinstance(key, str):
        raise NotCanonicalError("It holds a key that is not text.")
    return key.encode("utf-16-be", "surrogatepass")
