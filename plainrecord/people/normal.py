"""Normal forms: what two spellings of one account have in common, so that they can be compared for equality.

A normal form is only for comparing; what a source wrote is kept beside it and is what people are shown. The rules are
stated below, never guess, and never join two accounts that a service would keep apart (`provider_hint` only suggests).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from plainrecord.errors import UsageError
from plainrecord.records import AccountKind

# Letters that show nothing, beyond the format characters (category Cf): fillers, joiners and variation selectors.
_BLANK = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\uffa0\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_NUMBER = re.compile(r"(?:tel:)?\s*(\+?)([\d\s().\-/\u2010-\u2015\u2212]*)\Z", re.IGNORECASE)
_QUOTED = r'"(?:[^"\\\r\n]|\\.)+"'
_ANGLE = re.compile(rf"<((?:{_QUOTED}|[^<>\s]+)@[^<>\s]+)>\s*\Z")
_ADDRESS = re.compile(rf"(?:{_QUOTED}|[^\s@<>]+)@[^\s@<>]+\Z")
# Quotation marks around what needs none are no part of an address (RFC 5321 section 4.1.2).
_NEEDLESSLY_QUOTED = re.compile(r'"([^\s"\\(),:;<>@\[\].]+(?:\.[^\s"\\(),:;<>@\[\].]+)*)"')
_DOTS = re.compile("[\u3002\uff0e\uff61]")
_GMAIL = frozenset({"gmail.com", "googlemail.com"})
_LONGEST_DOMAIN = 255
_SHORTEST_TYPED_NUMBER = 5
_LONGEST_NUMBER = 15  # E.164 allows no more digits


_SAID: dict[str, AccountKind] = {
    "id": "id",
    "handle": "handle",
    "name": "name",
    "number": "number",
    "address": "address",
}


@dataclass(frozen=True, slots=True)
class Selector:
    """What a person typed to name somebody: the kind it was read as, the text as typed, and its normal form."""

    kind: AccountKind
    value: str
    normal: str


# `service` is named by every caller, so that a service with a rule of its own needs no change but one here.
def normal_form(service: str, kind: AccountKind, value: str, region: str | None = None) -> str:  # noqa: ARG001
    """The form in which accounts of one service and kind are compared. Idempotent; never raises.

    - `address`: surrounding white space and invisible characters off; NFC; local part case-folded, without quotation
      marks it does not need; domain lower-case, as IDNA A-labels ("xn--…") where that is possible, without a trailing
      dot. As in IDNA 2008 "ß" and "ss" are two domains.
    - `number`: digits, with "+" when it was written; E.164 when it starts with "+", or when `region` (ISO 3166, "GB") is
      given and the number is possible there. Text that is no number (a sender name) is treated as a name.
    - `id`: surrounding white space off; digits as ASCII digits; case kept, because services keep it.
    - `handle`: NFC, lower-case, without "@" in front.
    - `name`: NFKC, case-folded, invisible and bidirectional controls off, white space folded to single blanks.

    `service` is part of an account's identity, so callers compare (service, kind, normal form).
    """
    if kind == "number":
        return _number(value, region)
    return settled(_RULES[kind], value)


def provider_hint(value: str) -> str | None:
    """For a Gmail address, the mailbox its provider delivers to (dots and "+…" ignored, googlemail.com = gmail.com).

    A *suggestion* that two addresses may be one mailbox, never a reason to join them; None for any other address.
    """
    local, at, domain = normal_form("email", "address", value).rpartition("@")
    if not at or domain not in _GMAIL:
        return None
    mailbox = local.split("+", 1)[0].replace(".", "")
    return f"{mailbox}@gmail.com" if mailbox else None


def read_selector(text: str, region: str | None = None) -> Selector:
    """What kind of account a typed text means. Raises UsageError when there is nothing in it.

    `Name <address>`, `mailto:…` and anything with one "@" inside are addresses; "@…" is a handle; digits with the usual
    punctuation are a number (five digits or more), or a numeric id when they are more digits than a number can have;
    everything else is a display name. What cannot be told by its shape is said in front: `id:U02ABCDEF`, `handle:rowan`,
    `name:…`, `number:…`, `address:…`.
    """
    typed = _trimmed(text)
    if not _name(typed):
        raise UsageError(
            "An empty sender, alias or owner names nobody. Give an address, a number, a @handle or a name."
        )
    kind, value = _read(typed)
    return Selector(kind, text, normal_form("", kind, value, region))


def _read(typed: str) -> tuple[AccountKind, str]:
    said, colon, rest = typed.partition(":")
    kind = _SAID.get(said.casefold())
    if colon and kind and rest.strip():
        return kind, rest.strip()
    angle = _ANGLE.search(typed)
    value = angle.group(1) if angle else typed
    if value.lower().startswith("mailto:"):
        value = value[len("mailto:") :].split("?", 1)[0]
    if value.startswith("@"):
        return "handle", value
    if _ADDRESS.match(value):
        return "address", value
    written = _NUMBER.match(value)
    digits = _digits(written.group(2)) if written else ""
    if len(digits) < _SHORTEST_TYPED_NUMBER:
        return "name", typed
    return ("id", digits) if len(digits) > _LONGEST_NUMBER and value.isdigit() else ("number", value)


def settled(rule: Callable[[str], str], value: str) -> str:
    """The rule applied until nothing changes: case folding and composition can each undo the other once."""
    for _ in range(5):
        folded = rule(value)
        if folded == value:
            break
        value = folded
    return value


def _address(value: str) -> str:
    text = unicodedata.normalize("NFC", _trimmed(value))
    local, at, domain = text.rpartition("@")
    if not at:
        return unicodedata.normalize("NFC", text.casefold())
    bare = _NEEDLESSLY_QUOTED.fullmatch(local)
    return f"{unicodedata.normalize('NFC', (bare.group(1) if bare else local).casefold())}@{_domain(domain)}"


def _domain(domain: str) -> str:
    lower = unicodedata.normalize("NFC", domain.lower()).rstrip(".")
    if lower.isascii() or len(lower) > _LONGEST_DOMAIN:
        return lower
    wide = unicodedata.normalize("NFKC", _DOTS.sub(".", lower)).lower().rstrip(".")
    try:
        labels = [_a_label(unicodedata.normalize("NFC", label)) for label in wide.split(".")]
    except UnicodeError:
        return lower
    return ".".join(labels) if all(labels) else lower


def _a_label(label: str) -> str:
    # Python's own "idna" follows IDNA 2003, which makes "straße" and "strasse" one domain; registries sell both.
    return label if label.isascii() else f"xn--{label.encode('punycode').decode('ascii')}"


def _identifier(value: str) -> str:
    text = _trimmed(value)
    return _digits(text) if text.isdecimal() else text


def _handle(value: str) -> str:
    return unicodedata.normalize("NFC", _trimmed(value).lstrip("@").lower())


def _name(value: str) -> str:
    shown = "".join(char for char in value if unicodedata.category(char) != "Cf")
    folded = unicodedata.normalize("NFKC", _BLANK.sub("", shown)).casefold()
    return " ".join(folded.split())


def _number(value: str, region: str | None) -> str:
    written = _NUMBER.match(_without_controls(value))
    if written is None or len(_digits(written.group(2))) < 3:
        return settled(_name, value)
    kept = ("+" if written.group(1) else "") + _digits(written.group(2))
    if not (written.group(1) or region):
        return kept
    return _e164(f"{written.group(1)}{written.group(2)}", region) or kept


def _e164(text: str, region: str | None) -> str | None:
    """E.164, or None when this cannot be a whole number of that country (a short code, a local-only number)."""
    import phonenumbers  # noqa: PLC0415  slow to load, and many exports name no number

    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    if phonenumbers.is_possible_number_with_reason(number) != phonenumbers.ValidationResult.IS_POSSIBLE:
        return None
    whole = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    # Of a row of zeros some are taken for a prefix, and of what is left some again: that is no number of anybody.
    return whole if phonenumbers.parse(whole) == number else None


def _digits(text: str) -> str:
    return "".join(str(unicodedata.decimal(char)) for char in text if char.isdecimal())


def _trimmed(value: str) -> str:
    """Without white space and invisible characters at both ends (they come with copying and pasting)."""
    start, end = 0, len(value)
    while start < end and _invisible(value[start]):
        start += 1
    while end > start and _invisible(value[end - 1]):
        end -= 1
    return value[start:end]


def _without_controls(value: str) -> str:
    # Phones wrap numbers in direction marks (U+202A … U+202C), which are no part of the number.
    shown = "".join(char for char in value if unicodedata.category(char) != "Cf")
    return unicodedata.normalize("NFKC", shown).strip()


def _invisible(char: str) -> bool:
    return char.isspace() or unicodedata.category(char) == "Cf"


_RULES: dict[AccountKind, Callable[[str], str]] = {
    "address": _address,
    "id": _identifier,
    "handle": _handle,
    "name": _name,
}
