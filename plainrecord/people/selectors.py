"""What a bundle can be searched and linked by: the identity of an account or file, and how much an equal one carries.

One place for both, so that `selectors.csv` of a bundle and the comparison of bundles never disagree. Source of the strengths: the
domain reference, section 6.3. They say what is equal, not who used it: numbers are given to somebody else, handles are taken over.
"""

from __future__ import annotations

import ipaddress
from typing import Literal, NamedTuple

from plainrecord.people.normal import normal_form
from plainrecord.records import AccountKind

Strength = Literal["strong", "medium", "weak"]

STRENGTH: dict[str, Strength] = {
    "id": "strong",
    "number": "strong",
    "address": "strong",
    "handle": "medium",
    "file": "medium",
    "name": "weak",
    "ip": "weak",
}
# Addresses that are used anew in every house and office, and so are equal everywhere.
_EVERYWHERE = tuple(
    map(ipaddress.ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "169.254.0.0/16"))
) + tuple(map(ipaddress.ip_network, ("::1/128", "fc00::/7", "fe80::/10")))
# An id or a handle is one only within its service; an address and a number are the same wherever they stand.
OF_A_SERVICE = frozenset(("id", "handle", "name"))


class SelectorKey(NamedTuple):
    """By what a selector is equal to another: its kind, its service where that matters, its normal form."""

    kind: str
    service: str
    normal: str


def account_selector(service: str, kind: AccountKind, value: str, region: str | None = None) -> SelectorKey:
    """The selector an account is; a number without "+" is read as one of `region`."""
    return SelectorKey(kind, service if kind in OF_A_SERVICE else "", normal_form(service, kind, value, region))


def name_selector(service: str, name: str) -> SelectorKey | None:
    """The selector a display name beside an account is, None for one that shows nothing."""
    normal = normal_form(service, "name", name)
    return SelectorKey("name", service, normal) if normal else None


def file_selector(sha256: str) -> SelectorKey:
    """The selector the bytes of a file are."""
    return SelectorKey("file", "", sha256)


def ip_selector(text: str) -> SelectorKey | None:
    """The selector an IP address is, None for text that is none and for addresses that are the same in every network."""
    try:
        found = ipaddress.ip_address(text.strip().strip("[]").strip())
    except ValueError:
        return None
    everywhere = any(found in network for network in _EVERYWHERE if network.version == found.version)
    return None if everywhere else SelectorKey("ip", "", found.compressed)
