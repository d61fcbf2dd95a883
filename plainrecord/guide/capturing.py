"""The capture service beside the pages: begun when a person asks for a code, and gone when the program ends.

It answers the browser extension alone, behind its own guard; the pages only show its code and what was kept.
"""

from __future__ import annotations

import threading
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from plainrecord.capture.looking import Overview, overview
from plainrecord.capture.packing import write_extension
from plainrecord.capture.pairing import CODE_SECONDS
from plainrecord.capture.serving import Service, service
from plainrecord.store import Case
from plainrecord.store.case import Clock

MINUTES = CODE_SECONDS // 60
BROWSERS = ("chromium", "firefox")


@dataclass(slots=True)
class Capturing:
    """The service of one case folder, once it has begun."""

    folder: Path
    clock: Clock
    _held: ExitStack = field(default_factory=ExitStack)
    _service: Service | None = None

    @property
    def running(self) -> bool:
        """Whether it has begun."""
        return self._service is not None

    def code(self) -> str:
        """A new code to type into the extension. Raises UsageError or CaseError when the service cannot begin."""
        if self._service is None:
            begun = service(self.folder, self.clock, time.monotonic, _silent, _silent)
            self._service = self._held.enter_context(begun)
            # Ends with the program; what arrives half stays in the browser, which sends it again.
            threading.Thread(target=self._service.run, name="capture", daemon=True).start()
        code = self._service.pairings.new_code(self.clock())
        return f"{code[:4]} {code[4:]}"


def _silent(*_said: object) -> None:
    """What was kept is shown by the page that asks; what was refused is nobody's to see here."""


def kept_pages(case: Case) -> Overview:
    """What was kept so far, and which browsers may send."""
    return overview(case)


def write_add_on(folder: Path, browser: str) -> Path:
    """Write the extension for a browser into the case folder; where it lies already, it stays."""
    target = folder / f"add-on-{browser}"
    if not target.exists():
        write_extension("firefox" if browser == "firefox" else "chromium", target)
    return target
