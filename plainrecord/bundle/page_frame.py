"""The frame every page of a bundle stands in: nothing from outside, one style sheet and one script allowed by their hashes.

The script only hides and finds (`data/page.js`); every page is whole without it.
"""

from __future__ import annotations

import base64
import hashlib
from functools import lru_cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, StrictUndefined, Template
from markupsafe import Markup

from plainrecord.bundle.shown import visible


def data_text(name: str) -> str:
    """A text file of `bundle/data/`."""
    return files("plainrecord.bundle").joinpath("data", name).read_text("utf-8")


def _shown(value: object) -> object:
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


@lru_cache(maxsize=1)
def environment() -> Environment:
    """Templates where every value is escaped and has its hidden characters made visible, unless it is `Markup`."""
    return Environment(
        autoescape=True, finalize=_shown, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )


def render(name: str, **values: Any) -> Markup:
    """A template of `bundle/data/` filled in."""
    return Markup(_template(name).render(values))  # noqa: S704 - escaped by the template


@lru_cache(maxsize=16)
def _template(name: str) -> Template:
    return environment().from_string(data_text(name))


@lru_cache(maxsize=4)
def _own(name: str) -> tuple[Markup, Markup]:
    """A text of ours that stands in every page, and the hash by which its policy lets it act."""
    text = data_text(name).strip()
    return Markup(text), Markup(base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii"))  # noqa: S704 - our own


def page(
    bundle_id: str,
    heading: str,
    under: str,
    body: Markup,
    *,
    before: Markup | None = None,
    after: Markup | None = None,
    sheet: str = "page.css",
    quiet: bool = True,
) -> str:
    """A whole page. The title names the bundle and the heading, and says nothing else. `sheet` is a style of `bundle/data/`;
    `quiet` offers to hide the words of messages."""
    (style, style_hash), (script, script_hash) = _own(sheet), _own("page.js")
    return render(
        "frame.html",
        title=f"{heading} – {bundle_id}",
        heading=heading,
        under=under,
        style=style,
        style_hash=style_hash,
        script=script,
        script_hash=script_hash,
        quiet=quiet,
        bundle_id=bundle_id,
        before=before or "",
        body=body,
        after=after or "",
    )


def page_around(bundle_id: str, heading: str, under: str, *, before: Markup, after: Markup) -> tuple[bytes, bytes]:
    """What stands before and behind the body of a page, which can be large and needs no look at."""
    # A NUL can stand nowhere else: `visible` writes it out.
    above, _, below = page(bundle_id, heading, under, Markup("\0"), before=before, after=after).partition("\0")
    return above.encode(), below.encode()
