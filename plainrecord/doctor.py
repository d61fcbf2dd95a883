"""What this machine has and lacks for running Plainrecord, as a list of findings.

Asks, never changes: no network, no printing; the only thing written is an empty temporary file, removed at once. The
command line shows the findings, and the library's own functions never depend on them.
"""

from __future__ import annotations

import platform
import sqlite3
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import Literal

from plainrecord.errors import UsageError
from plainrecord.intake.kinds import libmagic_version
from plainrecord.paper.typesetting import unavailable
from plainrecord.times import load_zone

OLDEST_PYTHON = (3, 11)
OLDEST_SQLITE_TESTED = (3, 40, 0)

State = Literal["ok", "warn", "fail"]


@dataclass(frozen=True, slots=True)
class Check:
    """One finding. `warn` means that something works less well, `fail` that bundles cannot be built here.

    `says` is one plain sentence; for `warn` and `fail` it ends with what to do or what follows.
    """

    name: str
    state: State
    says: str


def examine() -> list[Check]:
    """Every check, in the order a person would want to read them; never raises."""
    return [check() for check in CHECKS]


def check_python(version_info: tuple[int, ...] = sys.version_info[:3]) -> Check:
    """Whether Python is new enough."""
    found = ".".join(str(part) for part in version_info)
    if version_info < OLDEST_PYTHON:
        return Check("Python", "fail", f"This is Python {found}; 3.11 or newer is needed, so install a newer one.")
    return Check("Python", "ok", f"Version {found}.")


def check_platform() -> Check:
    """Which system this is. All are accepted; the ones nobody has run yet are named as such."""
    found = f"{platform.system()} {platform.release()} on {platform.machine()}"
    if platform.system() == "Linux":
        return Check("System", "ok", f"{found}.")
    return Check(
        "System", "warn", f"{found}: Plainrecord has been tested on Linux only, so compare its counts with yours."
    )


def check_sqlite() -> Check:
    """Whether SQLite can search text (FTS5), and whether it is as new as the oldest one tested."""
    found = sqlite3.sqlite_version
    connection = sqlite3.connect(":memory:")
    try:
        connection.execute("CREATE VIRTUAL TABLE words USING fts5(word)")
    except sqlite3.OperationalError:
        return Check("SQLite", "fail", f"SQLite {found} was built without text search (FTS5); use another Python.")
    finally:
        connection.close()
    if sqlite3.sqlite_version_info < OLDEST_SQLITE_TESTED:
        return Check("SQLite", "warn", f"SQLite is {found}; 3.40 is the oldest that was tested, so use a newer Python.")
    return Check("SQLite", "ok", f"Version {found}, with text search.")


def check_time_zones() -> Check:
    """Whether the time zone database is there."""
    try:
        load_zone("Europe/London")
    except (UsageError, ImportError, OSError):
        return Check("Time zones", "fail", "There is no time zone database; install the package tzdata.")
    return Check("Time zones", "ok", "The time zone database is there.")


def check_file_types() -> Check:
    """Which libmagic names file types. Without one the built-in signatures are used, and no reader depends on it."""
    found = libmagic_version()
    if not found:
        says = "libmagic cannot be loaded; file types come from the built-in signatures, which name fewer kinds."
        return Check("File types", "warn", says)
    return Check("File types", "ok", f"Named by libmagic {found}.")


def check_temporary_folder() -> Check:
    """Whether a file can be made in the temporary folder."""
    try:
        with tempfile.TemporaryFile():
            pass
    except OSError as error:
        reason = error.strerror or str(error)
        says = f"No file can be made in the temporary folder ({reason}); set TMPDIR to a folder you may write to."
        return Check("Temporary folder", "fail", says)
    return Check("Temporary folder", "ok", "Files can be made in the temporary folder.")


def check_package(distribution: str, module: str) -> Check:
    """Whether a package with compiled parts can be loaded; `distribution` is its name in requirements.lock."""
    try:
        import_module(module)
        found = version(distribution)
    except (ImportError, OSError, PackageNotFoundError):
        return Check(distribution, "fail", f"The package {distribution} cannot be loaded; run the set-up again.")
    return Check(distribution, "ok", f"Version {found}.")


def check_paper() -> Check:
    """Whether the report on paper can be made."""
    missing = unavailable()
    if missing:
        return Check("Paper", "warn", f"{missing} Bundles are made without report.pdf and say so.")
    return Check("Paper", "ok", "PDF files can be made, with the packaged fonts.")


CHECKS: tuple[Callable[[], Check], ...] = (
    check_python,
    check_platform,
    check_sqlite,
    check_time_zones,
    check_file_types,
    lambda: check_package("blake3", "blake3"),
    lambda: check_package("lxml", "lxml.etree"),
    lambda: check_package("pydantic", "pydantic"),
    lambda: check_package("cryptography", "cryptography.hazmat.primitives.asymmetric.ed25519"),
    check_paper,
    check_temporary_folder,
)
