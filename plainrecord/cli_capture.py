"""The commands of `plainrecord capture`: take pages over from a browser, and see to what was kept. It holds no logic."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import Full, Queue
from threading import Thread
from typing import TYPE_CHECKING, Literal

import click

from plainrecord.cli_options import case_argument, jobs_option, json_option, now
from plainrecord.errors import UsageError
from plainrecord.showing import Progress, plain, show_added

if TYPE_CHECKING:
    from plainrecord.capture.ledger import Kept
    from plainrecord.capture.vault import Vault

# The same refusal again and again is told at these counts only: a page that knocks all day must not fill the screen.
_TOLD_AT = frozenset(10**power for power in range(9))
_WAITING_LINES = 1_000
_LAST_WORDS_SECONDS = 2.0


@click.group()
def capture() -> None:
    """Keep web pages with the browser extension, in the same chain of custody as the exports."""


@capture.command()
@case_argument
@click.option("--port", type=click.IntRange(0, 65535), default=18765, show_default=True, help="Port; 0 for a free one.")
@click.option("--address", default="127.0.0.1", show_default=True, help="Only this computer's own address is accepted.")
@click.option(
    "--reserve-mb", type=click.IntRange(0), default=200, show_default=True, help="Room to leave on the disk, in MiB."
)
@json_option
def serve(case: Path, port: int, address: str, reserve_mb: int, as_json: bool) -> int:
    """Receive captured pages into a CASE, from this computer only, until stopped with Ctrl-C.

    Type the code shown here into the extension. With --json, one JSON object a line.
    """
    from plainrecord.capture.limits import Limits
    from plainrecord.capture.serving import service

    limits = Limits(reserve_bytes=reserve_mb << 20)
    with (
        _spoken(as_json) as says,
        suppress(KeyboardInterrupt),
        service(
            case, now, time.monotonic, says.refused, says.kept, address=address, port=port, limits=limits
        ) as running,
    ):
        says.listening(running.port, running.key.key_id)
        says.code(running.pairings.new_code(now()))
        running.run()
    _Says(as_json).line({"event": "stopped"}, "Stopped. Captures not received yet stay in the browser.")
    return 0


class _Says:
    """What the service tells, as text or as JSON, one line each, by `out`."""

    def __init__(self, as_json: bool, out: Callable[[str], None] = click.echo) -> None:
        self._as_json, self._out = as_json, out
        self._refused: Counter[str] = Counter()

    def line(self, values: dict[str, object], text: str) -> None:
        """Say one line."""
        self._out(json.dumps(values, ensure_ascii=False) if self._as_json else text)

    def listening(self, port: int, key_id: str) -> None:
        """Where, and as whom."""
        values = {"event": "listening", "host": "127.0.0.1", "port": port, "key_id": key_id}
        self.line(values, f"Ready on 127.0.0.1:{port}. Key: {_grouped_id(key_id)}")

    def code(self, code: str) -> None:
        """The code to type over."""
        from plainrecord.capture.pairing import CODE_SECONDS, TRIES

        text = f"To pair a browser, type {code[:4]} {code[4:]} into the extension. Good for {CODE_SECONDS // 60} minutes, once."
        self.line({"event": "code", "code": code, "expires_s": CODE_SECONDS, "tries": TRIES}, text)

    def kept(self, one: Kept, new: bool) -> None:
        """A capture was signed for."""
        values = {"event": "kept", "capture": one.name, "id": one.capture_id, "new": new}
        self.line(values, f"{one.name} kept." if new else f"{one.name} was sent again; it is there once.")

    def refused(self, code: str, origin: str) -> None:
        """Somebody else knocked, or the code was wrong."""
        self._refused[code] += 1
        count = self._refused[code]
        if count in _TOLD_AT:
            shown = plain(origin)[:200] or "no origin stated"
            values = {"event": "refused", "error": code, "origin": origin[:200], "count": count}
            self.line(values, f"Refused ({code}, {shown}); {count} so far. Nothing was given out.")


@contextmanager
def _spoken(as_json: bool) -> Iterator[_Says]:
    """Says lines from a thread of its own: whoever reads them slowly, or not at all, must not hold up a capture."""
    lines: Queue[str | None] = Queue(_WAITING_LINES)

    def speak() -> None:
        with suppress(OSError):  # nobody is there to hear it any more
            while (line := lines.get()) is not None:
                click.echo(line)

    def out(line: str) -> None:
        with suppress(Full):
            lines.put_nowait(line)

    speaker = Thread(target=speak, name="plainrecord-says", daemon=True)
    speaker.start()
    try:
        yield _Says(as_json, out)
    finally:
        with suppress(Full):
            lines.put_nowait(None)
        speaker.join(_LAST_WORDS_SECONDS)


def _grouped_id(key_id: str) -> str:
    return " ".join(key_id[at : at + 4] for at in range(0, len(key_id), 4))


@capture.command()
@case_argument
@json_option
def pair(case: Path, as_json: bool) -> int:
    """Show a new pairing code for a CASE whose service is running."""
    from plainrecord.capture.pairing import Pairings

    _Says(as_json).code(Pairings(_made(case)).new_code(now()))
    return 0


@capture.command()
@case_argument
@click.argument("browser", metavar="BROWSER")
@json_option
def forget(case: Path, browser: str, as_json: bool) -> int:
    """Take a paired BROWSER's leave to send away (B-01, as “list” shows it)."""
    from plainrecord.capture.pairing import Pairings

    if not Pairings(_made(case)).revoke(browser):
        raise UsageError(f"There is no browser {browser} in {case}. “plainrecord capture list” shows those there are.")
    _Says(as_json).line({"forgotten": browser}, f"{browser} may no longer send. What it sent stays.")
    return 0


@capture.command(name="list")
@case_argument
@json_option
def list_captures(case: Path, as_json: bool) -> int:
    """List the pages kept in a CASE and the browsers paired with it; every receipt's signature and part is checked."""
    from plainrecord.capture.looking import overview
    from plainrecord.store import Case

    with Case.open(case, now) as opened:
        seen = overview(opened)
    if as_json:
        click.echo(json.dumps(seen.as_json(), ensure_ascii=False, indent=2))
    else:
        for one in seen.captures:
            click.echo(f"{one.name}  {one.received_utc}  {one.state}  {plain(one.title)}  {plain(one.url)}")
        for browser in seen.browsers:
            state = "may no longer send" if browser.revoked else "may send"
            click.echo(f"{browser.number}  {state}  since {browser.since}  {plain(browser.name)}  {browser.origin}")
        click.echo(f"{len(seen.captures)} pages kept; {seen.waiting_bytes:,} bytes of others have arrived so far.")
    return 4 if any(one.state != "sound" for one in seen.captures) else 0


@capture.command(name="add")
@case_argument
@jobs_option
@json_option
def add_captures(case: Path, jobs: int, as_json: bool) -> int:
    """Read the pages kept in a CASE into it, like an export. “build” does this by itself."""
    from plainrecord.capture.pickup import pick_up
    from plainrecord.store import Case

    progress = Progress()
    with Case.open(case, now) as opened:
        added = pick_up(opened, workers=jobs, progress=progress)
    progress.clear()
    if added is None and not as_json:
        click.echo("No page was kept since the last time; nothing was added.")
    return show_added([added] if added else [], as_json)


@capture.command()
@case_argument
@click.argument("name", metavar="CAPTURE")
@click.option(
    "--out", "out", type=click.Path(file_okay=False, path_type=Path), required=True, help="Folder to write into."
)
@click.option("--wacz", is_flag=True, help="Write a web archive (.wacz) made from the capture instead of its parts.")
@json_option
def export(case: Path, name: str, out: Path, wacz: bool, as_json: bool) -> int:
    """Write one CAPTURE (C-0001) out of a CASE: its parts under their names, or a web archive for a replay program."""
    from plainrecord.capture.exporting import export_folder, export_wacz
    from plainrecord.store import Case

    with Case.open(case, now) as opened:
        written = export_wacz(opened, name, out) if wacz else export_folder(opened, name, out)
    _Says(as_json).line({"written": str(written)}, f"Wrote {written}.")
    return 0


@capture.command()
@click.option(
    "--browser", type=click.Choice(["chromium", "firefox"]), required=True, help="chromium is also for Chrome and Edge."
)
@click.option(
    "--out", "out", type=click.Path(path_type=Path), required=True, help="A new folder, or a file ending in .zip."
)
@json_option
def extension(browser: Literal["chromium", "firefox"], out: Path, as_json: bool) -> int:
    """Write the browser extension, ready to be loaded into a browser or handed to a store."""
    from plainrecord.capture.packing import write_extension

    written = write_extension(browser, out)
    _Says(as_json).line({"written": str(written)}, f"Wrote {written}.")
    return 0


def _made(case: Path) -> Vault:
    """The capture folders of a case. Raises CaseError when it is none."""
    from plainrecord.capture.vault import Vault
    from plainrecord.store.settings import read_settings

    read_settings(case)
    vault = Vault(case)
    vault.make()
    return vault
