"""Which page of a Meta download is read with which sheet, and which is left to its JSON twin or holds no record.

A page has the name of the JSON file of the same content, but for its ending, so that the table of the JSON files says what it
is (`json_route`). It opens nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from plainrecord.intake.listing import Member
from plainrecord.parsers.social.download import Aside, Route, shard
from plainrecord.parsers.social.metaoldpages import OldThreadsSheet, is_old_page
from plainrecord.parsers.social.metapagelists import Finish, ReadElement, ShapeOf, read_list_row
from plainrecord.parsers.social.metapages import dates_of, thread_page_sheet
from plainrecord.parsers.social.metapagescene import OLD_PAGE, PAGE, THREAD_PAGE
from plainrecord.parsers.social.metascene import THREAD_FOLDERS
from plainrecord.parsers.social.pagerows import rows
from plainrecord.parsers.social.sheets import PieceSheet, Sheet

_HTML = re.compile(r"\.html?\Z", re.IGNORECASE)
_THREAD = re.compile(rf"(?:^|/)(?:{'|'.join(THREAD_FOLDERS)})/[^/]+/mess[a-z]*(?:[_-]?[0-9]+)?\.html?\Z")
_START = re.compile(
    r"(?:^|/)(?:index|start_here|start|table_of_contents|your_messages|chats|messages)\.html?\Z", re.IGNORECASE
)
_LIST_OF_PAGES = Aside("A page with links to the other pages of the download; it holds no record of its own.")
_OLD = re.compile(r"(?:^|/)html/[^/]+\.htm\Z")
_OLD_LIST = Aside("A page of a Facebook download from before 2018 that holds no messages; no record was taken from it.")
_TWIN = "The same {what} is there as JSON, which is read instead: it has exact times in UTC."


def is_page(path: str, head: bytes) -> bool:
    """Whether a file is a web page, by its name and its first bytes."""
    begins = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:200].lower()
    return bool(_HTML.search(path)) and (
        not begins or begins.startswith((b"<html", b"<!doctype html", b"<head", b"<body", b"<div"))
    )


def twin_name(name: str) -> str:
    """The name of the JSON file of the same content."""
    return _HTML.sub(".json", name)


def is_thread_page_path(path: str) -> bool:
    """Whether a path is that of a page of a thread."""
    return bool(_THREAD.search(path))


def is_start_page(path: str) -> bool:
    """Whether a path is that of a page with links to the others."""
    return bool(_START.search(path))


def page_route(path: str, member: Member, json_route: Callable[[str, Member], Route]) -> Route:
    """What is done with a page: what is done with the JSON file of its name."""
    if is_old_page(path, member.head):
        return OLD_PAGE
    if _OLD.search(path):
        return _OLD_LIST
    if is_start_page(path):
        return _LIST_OF_PAGES
    twin = json_route(twin_name(path), replace(member, head=b""))
    if is_thread_page_path(path):
        # A chat with an artificial character is set aside in either form.
        return twin if isinstance(twin, Aside) and "/ai_conversations/" in f"/{path}" else THREAD_PAGE
    if isinstance(twin, Aside):
        return Aside(twin.says.replace(twin_name(path), path))
    return f"{PAGE}{twin}" if isinstance(twin, str) else twin


def leave_twins(routes: dict[str, Route]) -> None:
    """Set pages aside whose content is in the download as JSON too. For `DownloadReader.settle`.

    Pages of a thread are cut differently in the two forms, and lists are numbered anew, so that whole threads and whole lists
    are compared, not files.
    """
    there = {_key(path) for path, route in routes.items() if isinstance(route, str) and not route.startswith(PAGE)}
    for path, route in routes.items():
        if isinstance(route, str) and route.startswith(PAGE) and _key(path) in there:
            what = "thread" if route == THREAD_PAGE else "list"
            routes[path] = Aside(_TWIN.format(what=what))


def _key(path: str) -> str:
    folder, _, name = path.rpartition("/")
    if re.fullmatch(r"mess[a-z]*(?:[_-]?[0-9]+)?\.(?:json|html?)", name):
        return f"{folder}/message"
    return shard(twin_name(path))[0]


def page_sheets(
    sheets: Mapping[str, Sheet[Any]], shape_of: ShapeOf, read_thread: ReadElement, finish: Finish | None = None
) -> dict[str, Sheet[Any]]:
    """A sheet for the page of each list that has a JSON sheet, and the one of threads.

    `shape_of` says for the name of a JSON sheet how a row of its page is told to it; `read_thread` reads the element of a
    message; for `finish` see `read_list_row`.
    """
    made: dict[str, Sheet[Any]] = {
        THREAD_PAGE: thread_page_sheet(read_thread),
        OLD_PAGE: OldThreadsSheet(read_thread),
    }
    for name, sheet in sheets.items():
        read = getattr(sheet, "read", None)
        if read is not None and f"{PAGE}{name}" not in made:
            made[f"{PAGE}{name}"] = PieceSheet(rows, partial(read_list_row, shape_of(name), read, finish), dates_of)
    return made
