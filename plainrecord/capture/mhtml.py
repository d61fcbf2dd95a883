"""What a page archive holds (MHTML, RFC 2557, as browsers write it): each resource with its address and bytes.

Only for copies that are derived from a capture: addresses that exist inside the archive alone (`cid:`) become ones under the
page's own site, and the old name of the shadow root attribute becomes the one that browsers read. The archive itself is
never changed, and nothing in it is rendered or fetched.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from email import message_from_bytes, policy
from email.message import Message
from urllib.parse import quote, urlsplit

_TEXT_TYPES = frozenset({"text/html", "text/css", "image/svg+xml", "application/xhtml+xml"})
# Addresses may hold what a browser leaves as it is; nothing that ends a header line or a word.
_SAFE = "!#$%&'()*+,/:;=?@[]~"
_CID = re.compile(rb"cid:([A-Za-z0-9._%@+-]{1,200})")
_SHADOW = re.compile(rb"(<template\b[^>]{0,200}?\s)shadowmode=", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Resource:
    """One file of a page: its address, its type as the archive says, and its bytes."""

    url: str
    media_type: str
    data: bytes


def resources(archive: bytes, page_url: str) -> Iterator[Resource]:
    """The page itself first, then what it shows, each address once; what has no address on the web is left out."""
    parts = [part for part in message_from_bytes(archive, policy=policy.compat32).walk() if not part.is_multipart()]
    base = site_of(page_url)
    seen: set[str] = set()
    for number, part in enumerate(parts):
        url = page_url if number == 0 else _address(part, base)
        if url is None or url in seen:
            continue
        seen.add(url)
        payload = part.get_payload(decode=True)
        data = payload if isinstance(payload, bytes) else b""
        yield _rewritten(Resource(url, _type(part), data), base)


def web_address(url: str) -> str | None:
    """The address in ASCII, if it is one on the web."""
    text = quote(url.strip(), safe=_SAFE)
    try:
        parts = urlsplit(text)
    except ValueError:
        return None
    return text if parts.scheme in ("http", "https") and parts.netloc else None


def site_of(page_url: str) -> str:
    """ "https://host:port" of an address on the web."""
    parts = urlsplit(page_url)
    return f"{parts.scheme}://{parts.netloc}"


def _address(part: Message, base: str) -> str | None:
    location = str(part.get("Content-Location", "")).strip()
    inside = str(part.get("Content-ID", "")).strip().strip("<>")
    if location.startswith("cid:"):
        return _inside(location[4:], base)
    return web_address(location) or (_inside(inside, base) if inside else None)


def _inside(name: str, base: str) -> str:
    return f"{base}/.inside-the-archive/{quote(name, safe='@')}"


def _type(part: Message) -> str:
    charset = part.get_content_charset()
    return part.get_content_type() + (f"; charset={charset}" if charset and charset.isascii() else "")


def _rewritten(resource: Resource, base: str) -> Resource:
    if resource.media_type.partition(";")[0] not in _TEXT_TYPES:
        return resource
    data = _CID.sub(lambda match: _inside(match[1].decode("ascii"), base).encode(), resource.data)
    return replace(resource, data=_SHADOW.sub(rb"\1shadowrootmode=", data))
