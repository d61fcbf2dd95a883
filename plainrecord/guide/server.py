"""The pages as an ASGI application, and the server that shows them on the loopback interface until it is closed.

Pages run one after another on one thread; only arriving files and the gate run on the server's own. No address but
127.0.0.1 is ever bound, and nothing is asked of the network.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from importlib.resources import files
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from plainrecord.errors import PlainrecordError
from plainrecord.guide import pages_diary, pages_end, pages_files, pages_look, pages_people, pages_start
from plainrecord.guide.ask import Ask, Page
from plainrecord.guide.desk import BusyError, Desk
from plainrecord.guide.gate import UPLOADS, Gate
from plainrecord.guide.keys import LOCK_FILE, Keys
from plainrecord.guide.receiving import NotOursError, Receiver, sweep
from plainrecord.guide.words import Words
from plainrecord.store.case import Clock
from plainrecord.store.working import try_lock

# Address, what shows it, and what takes its form (the same function where a page does both).
_BOTH: dict[str, Page] = {
    "/before": pages_start.before,
    "/safe": pages_start.safe,
    "/place": pages_start.place,
    "/services": pages_start.which_services,
    "/get/{service}": pages_start.get_one,
    "/language": pages_start.language,
    "/files/young": pages_files.young,
    "/files/path": pages_files.show_by_path,
    "/files/watch": pages_files.watch,
    "/diary": pages_diary.diary,
    "/diary/new": pages_diary.new,
    "/diary/correct/{number}": pages_diary.new,
    "/look": pages_look.look,
    "/make": pages_end.make,
    "/hand-over": pages_end.hand_over,
    "/lock": pages_end.lock,
    "/capture": pages_end.capture,
    "/open": pages_end.open_again,
    "/remove": pages_end.remove,
}
_SHOWN: dict[str, Page] = {
    "/": pages_start.home,
    "/safe/result": pages_start.safe_result,
    "/get": pages_start.get,
    "/files": pages_files.files,
    "/files/young/advice": pages_files.young_advice,
    "/progress": pages_files.work,
    "/progress.json": pages_files.work_json,
    "/who": pages_people.who,
    "/look/{number}": pages_look.talk,
    "/made": pages_end.made,
    "/next": pages_end.next_steps,
    "/blank": pages_end.blank,
}
_TAKEN: dict[str, Page] = {
    "/files/change": pages_files.change,
    "/files/read": pages_files.read,
    "/progress/answer": pages_files.answer,
    "/progress/again": pages_files.again,
    "/progress/stop": pages_files.stop,
    "/who": pages_people.answer,
    "/look/change": pages_look.change,
}
_KINDS = {"look.css": "text/css", "help.js": "text/javascript", "icon.svg": "image/svg+xml"}


class Guide:
    """The application of one run. `closing` is called when a person closes the program from a page."""

    def __init__(self, desk: Desk, keys: Keys, closing: Callable[[], None]) -> None:
        self._desk, self._keys, self._closing = desk, keys, closing
        self._one_by_one = ThreadPoolExecutor(max_workers=1, thread_name_prefix="page")
        inside = Starlette(routes=list(self._routes()), exception_handlers={Exception: self._failed})
        self.app = Gate(inside, keys, lambda: desk.locked, desk.lock)

    def _routes(self) -> list[BaseRoute]:
        routes: list[BaseRoute] = [Route("/static/{name}", _static), Route(UPLOADS, self._receive, methods=["POST"])]
        # Before “/get/{…}” and the like, so that a plain address is never taken for a part of another.
        routes += [Route(path, self._page(page), methods=["GET"]) for path, page in _SHOWN.items() if "{" not in path]
        routes += [Route(path, self._page(page), methods=["POST"]) for path, page in _TAKEN.items()]
        routes += [Route(path, self._page(page), methods=["GET", "POST"]) for path, page in _BOTH.items()]
        routes += [Route(path, self._page(page), methods=["GET"]) for path, page in _SHOWN.items() if "{" in path]
        return [*routes, Route("/close", self._close, methods=["POST"])]

    def _page(self, page: Page) -> Callable[[Request], object]:
        async def answer(request: Request) -> Response:
            return await self._run(request, page)

        return answer

    async def _run(self, request: Request, page: Page) -> Response:
        return await asyncio.get_running_loop().run_in_executor(self._one_by_one, self._shown, request, page)

    def _shown(self, request: Request, page: Page) -> Response:
        """What a page gives back; a mistake becomes a page with one sentence."""
        words = Words("en")
        form = request.scope.get("plainrecord.form", {})
        ask = Ask(self._desk, self._keys, words, request.url.path, request.path_params, request.query_params, form)
        if self._desk.ended:
            return ask.page("closed", working=False)
        try:
            ask.words = Words(self._desk.notes().language)
            return page(ask)
        except BusyError as busy:
            ask.errors.clear()
            return ask.page("trouble", 409, says=str(busy), busy=True)
        except PlainrecordError as error:
            ask.errors.clear()
            return ask.page("trouble", 400, says=str(error), busy=False)

    async def _failed(self, request: Request, error: Exception) -> Response:
        """A mistake of ours, said in one sentence; what was saved before is still there."""
        ask = Ask(self._desk, self._keys, Words("en"), request.url.path, {}, {}, {})
        said = f"Something went wrong inside the program ({type(error).__name__}: {error})."
        return ask.page("trouble", 500, says=said, busy=False)

    async def _receive(self, request: Request) -> Response:
        """Files from the browser, written to disk as they come."""
        originals = self._desk.folder / "originals"
        try:
            receiver = Receiver(
                request.headers.get("content-type", ""), originals, lambda key: self._keys.is_form_key(UPLOADS, key)
            )
            arrived = await receiver.take(_chunks(request))
        except NotOursError as error:
            return Response(str(error), 403)
        except PlainrecordError:
            return RedirectResponse("/files?said=full#files", 303)
        except ClientDisconnect:
            return RedirectResponse("/files?said=broken#files", 303)
        return await self._run(request, lambda ask: pages_files.receive(ask, arrived))

    async def _close(self, request: Request) -> Response:
        answer = await self._run(request, pages_end.close)
        # The answer goes out first; the server ends when nobody waits for it any more.
        asyncio.get_running_loop().call_later(0.5, self._closing)
        return answer


async def _chunks(request: Request) -> AsyncIterator[bytes]:
    async for chunk in request.stream():
        if chunk:
            yield chunk


async def _static(request: Request) -> Response:
    name = request.path_params["name"]
    if name not in _KINDS:
        return Response("", 404)
    body = files("plainrecord.guide").joinpath("static", name).read_bytes()
    return Response(body, media_type=_KINDS[name])


class Running:
    """A server on a free port of the loopback interface. `address` opens it once."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._socket.bind(("127.0.0.1", 0))
        # From here on a browser that is quick waits, instead of being refused.
        self._socket.listen()
        self.keys = Keys(self._socket.getsockname()[1])
        desk = Desk.open(folder, clock)
        # Held until the process ends, whatever ends it.
        self._held = hold_folder(folder)
        self.keys.write(folder)
        sweep(folder / "originals")
        guide = Guide(desk, self.keys, self._end)
        self._server = uvicorn.Server(
            uvicorn.Config(
                guide.app, log_config=None, access_log=False, server_header=False, ws="none", http="h11", lifespan="off"
            )
        )

    @property
    def address(self) -> str:
        """An address that opens the pages once."""
        return self.keys.opening_address()

    def serve(self) -> None:
        """Answer until the program is closed."""
        self._server.run(sockets=[self._socket])

    def _end(self) -> None:
        self._server.should_exit = True


def running_address(folder: Path) -> str | None:
    """A new opening address of the server that already runs on `folder`, or None when none does."""
    path = folder / LOCK_FILE
    if not path.exists():
        return None
    descriptor = os.open(path, os.O_RDWR)
    try:
        if try_lock(descriptor):
            return None
    finally:
        os.close(descriptor)
    keys = Keys.read(folder)
    return keys.opening_address() if keys else None


def hold_folder(folder: Path) -> int:
    """Hold a folder for this server; the system lets go when it ends. Raises PlainrecordError when another has it."""
    descriptor = os.open(folder / LOCK_FILE, os.O_RDWR | os.O_CREAT, 0o600)
    if not try_lock(descriptor):
        os.close(descriptor)
        raise PlainrecordError(f"{folder} is already open in another window. Close that one first.")
    return descriptor
