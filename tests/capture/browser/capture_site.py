"""A small web site on the loopback interface, made of the things that are hard to keep: the pages that captures are tested on.

Every page can be checked by content: bands have colours that follow from their number, rows and messages are numbered without gaps.
"""

from __future__ import annotations

import struct
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from random import Random
from string import Template
from urllib.parse import parse_qs, urlsplit

PAGES = Path(__file__).parent / "pages"
BAND = 500
SENTENCE = "The lamp outside the library was out again on Tuesday."
RIGHT_TO_LEFT = "وصلت الرسالة مساء الأحد"
STRICT = "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; frame-src 'self'; connect-src 'none'"
A_PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj "
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
)


def png(width: int, height: int, row: Callable[[int], bytes]) -> bytes:
    """A PNG whose rows of RGB bytes come from `row`."""
    raw = b"".join(b"\0" + row(y) for y in range(height))
    chunks = (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(raw, 1)),
        (b"IEND", b""),
    )
    framed = (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(framed)


def plain_png(colour: tuple[int, int, int]) -> bytes:
    """A small picture of one colour."""
    return png(40, 30, lambda y: bytes(colour) * 40)


def noise_png(seed: int, megabytes: float) -> bytes:
    """A picture that cannot be made smaller, of about the size asked for."""
    random, width = Random(seed), 1000
    height = max(1, int(megabytes * 1_000_000 / (3 * width)))
    return png(width, height, lambda y: random.randbytes(3 * width))


def band_colour(number: int) -> tuple[int, int, int]:
    """The colour of band `number`; no two neighbours, and no two of the first hundred, are alike."""
    return 40 + number * 53 % 200, 40 + number * 97 % 200, 40 + number * 151 % 200


def page(body: str, title: str, head: str = "", attributes: str = 'lang="en-GB"') -> str:
    """A whole page around `body`."""
    return f"<!DOCTYPE html><html {attributes}><head><meta charset=utf-8><title>{title}</title>{head}</head><body>{body}</body></html>"


def bands(query: dict[str, str]) -> str:
    """A tall page of coloured bands under a header that stays in place."""
    tall = int(query.get("px", "5000"))
    rows = "".join(
        f"<div style='height:{BAND}px;background:rgb{band_colour(number)}'>band {number}</div>"
        for number in range(tall // BAND)
    )
    header = (
        "<div style='position:fixed;top:0;left:0;right:0;height:40px;background:#000'></div>"
        if query.get("header")
        else ""
    )
    return page(header + rows, "Bands", "<style>body{margin:0}</style>")


def from_file(name: str, **blanks: object) -> str:
    """A page of the folder beside this file, with its blanks filled in."""
    return Template((PAGES / f"{name}.html").read_text(encoding="utf-8")).substitute(blanks)


def big(query: dict[str, str]) -> str:
    """A page with pictures of `mb` megabytes in all, five megabytes each, all in view; other ones for each `round`."""
    whole = float(query["mb"])
    each = min(5.0, whole)
    seeds = (100 * int(query.get("round", "0")) + number for number in range(round(whole / each)))
    pictures = "".join(f'<img src="/noise.png?seed={seed}&mb={each}" width=120 height=60>' for seed in seeds)
    return page(f"<p>{SENTENCE}</p>{pictures}", "Big page")


@dataclass
class Site:
    """The running site: its address, the other site's, and what was asked of it."""

    port: int = 0
    other: int = 0
    asked: list[str] = field(default_factory=list)

    def url(self, path: str) -> str:
        """The address of a page."""
        return f"http://127.0.0.1:{self.port}{path}"


def _handler(site: Site) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.answer(with_body=True)

        def do_HEAD(self) -> None:
            self.answer(with_body=False)

        def answer(self, *, with_body: bool) -> None:
            split = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(split.query).items()}
            site.asked.append(f"{self.command} {self.path}")
            kind, body = content(site, split.path, query)
            self.send_response_only(200 if kind else 404)
            self.send_header("Date", formatdate(0, usegmt=True) if "old-date" in query else formatdate(usegmt=True))
            self.send_header("Content-Type", kind or "text/plain")
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Cache-Control", "max-age=600")
            if "csp" in query:
                self.send_header("Content-Security-Policy", STRICT)
            self.end_headers()
            if with_body:
                self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            """What was asked stands in `site.asked`."""

    return Handler


def content(site: Site, path: str, query: dict[str, str]) -> tuple[str, bytes]:
    """Type and bytes of one address; an empty type where there is nothing."""
    if path == "/pic.png":
        return "image/png", plain_png(band_colour(int(query["c"])))
    if path == "/noise.png":
        return "image/png", noise_png(int(query["seed"]), float(query["mb"]))
    if path == "/file.pdf":
        return "application/pdf", A_PDF
    other = f"localhost:{site.other}"
    pages: dict[str, Callable[[], str]] = {
        "/": lambda: page("<p>Front page</p>", "Front"),
        "/bands": lambda: bands(query),
        "/big": lambda: big(query),
        "/post/17": lambda: from_file("post", sentence=SENTENCE, right_to_left=RIGHT_TO_LEFT, other=other),
        "/inner": lambda: page(f"<p>Words in a frame from the {query.get('from')} site.</p>", "Inner"),
        "/feed": lambda: from_file("feed", rows=int(query["rows"])),
        "/chat": lambda: from_file(
            "chat", messages=int(query["messages"]), jump="true" if "jump" in query else "false"
        ),
        "/hostile": lambda: from_file("hostile", port=int(query["port"])),
    }
    if path in pages or path.startswith("/stories/"):
        return "text/html; charset=utf-8", pages.get(path, pages["/"])().encode()
    return "", b"nothing here"


@contextmanager
def running_site() -> Iterator[Site]:
    """The site on two ports: `localhost` with the second port is another site to a browser."""
    site = Site()
    servers = [ThreadingHTTPServer(("127.0.0.1", 0), _handler(site)) for _ in range(2)]
    site.port, site.other = (server.server_port for server in servers)
    for server in servers:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield site
    finally:
        for server in servers:
            server.shutdown()
            server.server_close()
