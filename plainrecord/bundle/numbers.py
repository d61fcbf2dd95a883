"""Item and conversation numbers ("M-000123", "M-000123-1" for a message carried inside it, "V-0001"): read and put in order."""

from __future__ import annotations

import re

from plainrecord.errors import AccountingError

_NUMBER = re.compile(r"M-([0-9]{6,12})((?:-[0-9]{1,6}){0,8})")
_CONVERSATION = re.compile(r"V-([0-9]{4,12})")


def is_attached(number: str) -> bool:
    """Whether an item number is that of a message carried inside another ("M-000123-1")."""
    return number.count("-") > 1


def number_key(number: str) -> str:
    """The item number as text that sorts in timeline order; raises AccountingError for a malformed one."""
    match = _NUMBER.fullmatch(number)
    if match is None:
        raise AccountingError(f"“{number}” is no item number. Nothing was sealed.")
    return f"{int(match[1]):012d}" + "".join(f"-{int(part):06d}" for part in match[2].split("-")[1:])


def conversation_key(number: str) -> str:
    """The conversation number as text that sorts in order; raises AccountingError for a malformed one."""
    match = _CONVERSATION.fullmatch(number)
    if match is None:
        raise AccountingError(f"“{number}” is no conversation number. Nothing was sealed.")
    return f"{int(match[1]):012d}"
