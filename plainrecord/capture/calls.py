"""The calls of docs/capture-api.md: what was asked, in strict types; what is answered. The guard has looked at the caller.

Bodies are read with a limit and a deadline. What touches the disk runs in a thread, one call at a time.
"""

from __future__ import annotations

import asyncio
import errno
import re
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from plainrecord.capture.answers import Refusal, answer
from plainrecord.capture.committing import Committing, IncompleteError, MismatchError, OtherContentError
from plainrecord.capture.incoming import Incoming, NoRoomError, OffsetError
from plainrecord.capture.keys import SigningKey, encoded
from plainrecord.capture.ledger import Kept, Ledger
from plainrecord.capture.limits import BODY_SECONDS, QUESTION_BYTES
from plainrecord.capture.pairing import Browser, Pairings, Refused, token_digest
from plainrecord.capture.refusals import Refusals
from plainrecord.errors import CaseError, PlainrecordError, UsageError
from plainrecord.parsers.capturemanifest import PART_NAME_PATTERN, UUID_PATTERN, Sha256, Whole, read_manifest
from plainrecord.store import Case
from plainrecord.store.case import Clock

API = 1
_BUSY_SECONDS = 5
_ID, _NAME, _OFFSET = re.compile(UUID_PATTERN), re.compile(PART_NAME_PATTERN), re.compile(r"0|[1-9][0-9]{0,11}")
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
Made = TypeVar("Made")


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


Nonce = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{43}$")]
Question = TypeVar("Question", bound=_Asked)


class HelloAsked(_Asked):
    """Who are you?"""

    nonce: Nonce


class PairAsked(_Asked):
    """May I send?"""

    code: Annotated[str, Field(pattern=r"^[0-9]{8}$")]
    nonce: Nonce
    name: Annotated[str, Field(max_length=80)]


class StatusAsked(_Asked):
    """Is there room?"""


class HaveAsked(_Asked):
    """How much of this part is there?"""

    size: Annotated[Whole, Field(ge=1)]
    sha256: Sha256


@dataclass(slots=True)
class Calls:
    """The calls for one case. `kept` hears of each capture that was signed for, and whether it is new."""

    open_case: Callable[[], Case]
    clock: Clock
    host: str
    pairings: Pairings
    incoming: Incoming
    key: SigningKey
    kept: Callable[[Kept, bool], None]
    refusals: Refusals
    _one_at_a_time: asyncio.Lock = field(default_factory=asyncio.Lock, init=False)

    async def hello(self, request: Request) -> Response:
        """Prove who this is, before anything is sent."""
        asked = await _question(request, HelloAsked)
        signature = self.key.sign("hello", self.host, _origin(request), asked.nonce)
        return answer({"service": "plainrecord-capture", "api": API, **self._identity(), "signature": signature})

    async def pair(self, request: Request) -> Response:
        """Give a token for a code."""
        asked, origin = await _question(request, PairAsked), _origin(request)
        found = await self._alone(lambda: self.pairings.redeem(asked.code, origin, asked.name, self.clock()))
        if isinstance(found, Refused):
            self.refusals.note("code", origin)
            says = "The code is not right, or no longer good. Ask for a new one with “plainrecord capture pair CASE”."
            raise Refusal(403, "code", says, tries_left=found.tries_left)
        browser, token = found
        signature = self.key.sign("pair", self.host, origin, asked.nonce, token_digest(token))
        limits = self.incoming.limits.as_json()
        return answer(
            {"token": token, "browser": browser.number, **self._identity(), "signature": signature, "limits": limits}
        )

    async def status(self, request: Request) -> Response:
        """Say how much room there is, and what was refused since the start."""
        await _question(request, StatusAsked)
        case = await self._alone(self._of_the_case)
        return answer(
            {
                "api": API,
                "key_id": self.key.key_id,
                "browser": _browser(request).number,
                **case,
                "free_bytes": self.incoming.room(),
                "limits": self.incoming.limits.as_json(),
                "refused": dict(self.refusals.counts),
            }
        )

    async def have(self, request: Request) -> Response:
        """Say how much of a part is here, and refuse one that would not fit."""
        capture, name = _place(request)
        asked = await _question(request, HaveAsked)
        if asked.size > self.incoming.limits.part_bytes:
            raise Refusal(413, "too-large", "This part is larger than the case takes.")
        return answer({"have": await self._alone(lambda: self._held(capture, name, asked))})

    async def put(self, request: Request) -> Response:
        """Take the next bytes of a part."""
        capture, name = _place(request)
        offset = request.query_params.get("off", "")
        if not _OFFSET.fullmatch(offset) or len(request.query_params.multi_items()) != 1:
            raise Refusal(400, "path", "The place of the piece (off) is not a whole number.")
        piece = await _body(request, self.incoming.limits.chunk_bytes)
        if not piece:
            raise Refusal(400, "body", "The piece is empty.")
        if int(offset) + len(piece) > self.incoming.limits.part_bytes:
            raise Refusal(413, "too-large", "This part is larger than the case takes.")
        return answer({"have": await self._alone(partial(self.incoming.append, capture, name, int(offset), piece))})

    async def commit(self, request: Request) -> Response:
        """Make a capture of what arrived, and sign for it."""
        capture = _capture(request)
        data = await _body(request, self.incoming.limits.manifest_bytes)
        kept = await self._alone(lambda: self._committed(capture, _browser(request), data))
        values = {"capture": kept.name, "receipt": kept.receipt, "signature": kept.signature}
        return answer({**values, "key_id": self.key.key_id})

    async def _alone(self, work: Callable[[], Made]) -> Made:
        """Run what touches the disk in a thread, nothing else of the kind beside it; its faults become refusals."""
        async with self._one_at_a_time:
            try:
                return await run_in_threadpool(work)
            except OffsetError as error:
                raise Refusal(409, "offset", str(error), have=error.have) from None
            except NoRoomError as error:
                raise Refusal(507, "no-space", str(error), free_bytes=error.free, needs_bytes=error.needs) from None
            except OSError as error:
                raise _disk_refusal(error, full=error.errno in _FULL) from None
            except sqlite3.Error as error:
                raise _disk_refusal(error, full="full" in str(error)) from None

    def _identity(self) -> dict[str, str]:
        return {"key_id": self.key.key_id, "public_key": encoded(self.key.public)}

    def _of_the_case(self) -> dict[str, object]:
        """What the case says of itself; nothing while another program has it."""
        try:
            with self.open_case() as case:
                ledger = Ledger(case.db)
                return {
                    "captures": ledger.next_number() - 1,
                    "chain_head": ledger.chain_head(),
                    "mode": case.settings.mode,
                }
        except CaseError:
            return {"captures": None, "chain_head": None, "mode": None}

    def _held(self, capture: str, name: str, asked: HaveAsked) -> int:
        if self.incoming.vault.holds(asked.sha256, asked.size):
            return asked.size
        have = self.incoming.have(capture, name)
        self.incoming.need_room(max(0, asked.size - have))
        return have

    def _committed(self, capture: str, browser: Browser, data: bytes) -> Kept:
        try:
            manifest = read_manifest(data)
        except UsageError as error:
            raise Refusal(400, "manifest", f"The manifest is not as it must be: {error}.") from None
        if manifest.id != capture:
            raise Refusal(400, "manifest", "The manifest is of another capture than the address says.")
        self.incoming.need_room(len(data))
        try:
            with self.open_case() as case:
                new = Ledger(case.db).find(capture) is None
                kept = Committing(self.incoming, self.key).commit(case, browser, manifest, data)
        except CaseError as error:
            if "disk is full" in str(error):
                raise _disk_refusal(error, full=True) from None
            raise Refusal(503, "busy", str(error), retry_after=_BUSY_SECONDS) from None
        except OtherContentError as error:
            raise Refusal(409, "other-content", str(error), manifest_sha256=error.manifest_sha256) from None
        except IncompleteError as error:
            raise Refusal(409, "incomplete", str(error), missing=error.missing) from None
        except MismatchError as error:
            raise Refusal(422, "mismatch", str(error), parts=error.names) from None
        except PlainrecordError as error:
            raise Refusal(500, "case", f"{error} Nothing of this counts as stored.") from None
        self.kept(kept, new)
        return kept


def _disk_refusal(error: Exception, *, full: bool) -> Refusal:
    if full:
        return Refusal(507, "no-space", "The disk of the case is full. Nothing of this counts as stored; make room.")
    return Refusal(
        500, "disk", f"The case could not be written ({type(error).__name__}). Nothing of this counts as stored."
    )


async def _question(request: Request, kind: type[Question]) -> Question:
    try:
        return kind.model_validate_json(await _body(request, QUESTION_BYTES))
    except ValidationError:
        raise Refusal(400, "body", "The request does not hold the fields it must.") from None


async def _body(request: Request, most: int) -> bytes:
    """The body, never more than `most` of it, and never longer than the deadline."""
    if int(request.headers["content-length"]) > most:
        raise Refusal(413, "too-large", "The request is larger than this call takes.")
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for piece in request.stream():
                body += piece
    except TimeoutError:
        raise Refusal(408, "slow", "The request did not arrive in time.") from None
    except ClientDisconnect:
        raise Refusal(400, "cut-off", "The request ended before it was complete.") from None
    return bytes(body)


def _origin(request: Request) -> str:
    return str(request.scope["capture.origin"])


def _browser(request: Request) -> Browser:
    browser = request.scope["capture.browser"]
    assert isinstance(browser, Browser)
    return browser


def _capture(request: Request) -> str:
    capture = str(request.path_params["capture"])
    if not _ID.fullmatch(capture):
        raise Refusal(400, "path", "The address does not name a capture.")
    return capture


def _place(request: Request) -> tuple[str, str]:
    name = str(request.path_params["name"])
    if not _NAME.fullmatch(name):
        raise Refusal(400, "path", "The address does not name a part.")
    return _capture(request), name
