"""The service: the calls behind the guard, on a loopback socket. It starts, runs until it is stopped, and lets go of everything.

Nothing but 127.0.0.1 can be bound. Two services for one case cannot run at once.
"""

from __future__ import annotations

import ipaddress
import os
import socket
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from plainrecord.capture.answers import Refusal
from plainrecord.capture.calls import Calls
from plainrecord.capture.guard import Guard
from plainrecord.capture.incoming import Incoming
from plainrecord.capture.keys import SigningKey, key_of
from plainrecord.capture.ledger import Kept, Ledger
from plainrecord.capture.limits import Limits
from plainrecord.capture.pairing import Pairings
from plainrecord.capture.refusals import Refusals, Told
from plainrecord.capture.vault import Vault
from plainrecord.errors import CaseError, UsageError
from plainrecord.store import Case
from plainrecord.store.case import Clock

ADDRESS = "127.0.0.1"
PORT = 18_765
_CONNECTIONS = 64
_GRACE_SECONDS = 5


@dataclass(frozen=True, slots=True)
class Service:
    """One case's service, ready to run. `told` hears of refusals, `kept` of captures (and whether they are new)."""

    vault: Vault
    key: SigningKey
    pairings: Pairings
    app: Guard
    socket: socket.socket

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self.socket.getsockname()[1])

    def run(self) -> None:
        """Answer until the process is told to stop."""
        config = uvicorn.Config(
            self.app,
            http="h11",
            ws="none",
            lifespan="off",
            loop="asyncio",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            limit_concurrency=_CONNECTIONS,
            timeout_keep_alive=5,
            timeout_graceful_shutdown=_GRACE_SECONDS,
        )
        uvicorn.Server(config).run(sockets=[self.socket])


@contextmanager
def service(
    case: Path,
    clock: Clock,
    ticks: Callable[[], float],
    told: Told,
    kept: Callable[[Kept, bool], None],
    *,
    address: str = ADDRESS,
    port: int = PORT,
    limits: Limits | None = None,
) -> Iterator[Service]:
    """The service of a case, its socket open. Raises UsageError for any address but the loopback one, CaseError when the
    case cannot be opened or another service has it."""
    refuse_other_address(address)
    vault = Vault(case)
    with Case.open(case, clock) as opened:
        vault.make()
        Ledger(opened.db).write_receipts(vault)
    with _only_one(vault), _listening(port) as listening:
        host = f"{ADDRESS}:{listening.getsockname()[1]}"
        pairings, key = Pairings(vault), key_of(vault)
        incoming = Incoming(vault, limits or Limits())
        refusals = Refusals(told)
        calls = Calls(lambda: Case.open(case, clock), clock, host, pairings, incoming, key, kept, refusals)
        guard = Guard(application(calls), host, pairings, ticks, refusals)
        yield Service(vault, key, pairings, guard, listening)


def refuse_other_address(address: str) -> None:
    """Raise UsageError unless the address is that of this computer alone."""
    try:
        fine = ipaddress.ip_address(address) == ipaddress.ip_address(ADDRESS)
    except ValueError:
        fine = False
    if not fine:
        raise UsageError(
            f"The capture service listens on {ADDRESS} only, never on {address}: other computers must not reach it."
        )


def application(calls: Calls) -> Starlette:
    """The routes. Whatever else is asked is refused in the same form."""
    routes = [
        Route("/v1/hello", calls.hello, methods=["POST"]),
        Route("/v1/pair", calls.pair, methods=["POST"]),
        Route("/v1/status", calls.status, methods=["POST"]),
        Route("/v1/captures/{capture}/commit", calls.commit, methods=["POST"]),
        Route("/v1/captures/{capture}/{name}/have", calls.have, methods=["POST"]),
        Route("/v1/captures/{capture}/{name}", calls.put, methods=["PUT"]),
    ]
    app = Starlette(routes=routes, exception_handlers={Refusal: _refused, HTTPException: _unknown})
    app.router.redirect_slashes = False
    return app


async def _refused(_request: Request, refusal: Exception) -> Response:
    assert isinstance(refusal, Refusal)
    response = refusal.response()
    if refusal.status in (408, 413):
        # The rest of what is too long or too slow is not waited for.
        response.headers["Connection"] = "close"
    return response


async def _unknown(_request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 404
    code, says = (
        ("method", "This call does not take that method.") if status == 405 else ("path", "There is no such call.")
    )
    return Refusal(status, code, says).response()


@contextmanager
def _listening(port: int) -> Iterator[socket.socket]:
    # With the protocol named, the event loop sends small answers at once; without, each call took 40 ms longer.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as opened:
        # On Windows the same option would let another program take the port over.
        if os.name != "nt":
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            opened.bind((ADDRESS, port))
        except OSError as error:
            raise UsageError(f"Port {port} cannot be used ({error.strerror}). Choose another with --port.") from None
        # From here on whoever knocks waits, rather than being turned away until the service has begun.
        opened.listen()
        yield opened


@contextmanager
def _only_one(vault: Vault) -> Iterator[None]:
    # A lock that a killed process lets go of, on every system: two services would write into the same half-arrived parts.
    with closing(sqlite3.connect(vault.service / "running.sqlite", timeout=0.5, isolation_level=None)) as lock:
        try:
            lock.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError:
            raise CaseError(f"A capture service for {vault.case} is running already.") from None
        yield
