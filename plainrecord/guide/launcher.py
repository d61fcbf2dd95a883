"""A file that starts the guide with a double click, one kind for each system, with a name that says nothing.

It names this program and one folder, and holds no secret.
"""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

from plainrecord.errors import UsageError

NAME = "Notes"


def this_system() -> str:
    """linux, macos or windows."""
    return {"win32": "windows", "darwin": "macos"}.get(sys.platform, "linux")


def make_launcher(into: Path, folder: Path, system: str | None = None) -> Path:
    """Write the launcher for `folder` into `into`; gives back its path. Raises UsageError when it cannot be written."""
    system = system or this_system()
    name, text = {"linux": _desktop, "macos": _command, "windows": _cmd}[system](folder)
    path = into / name
    try:
        into.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="")
        path.chmod(0o755)
    except OSError as error:
        raise UsageError(f"{path} could not be written ({error.strerror or error}). Choose another folder.") from None
    return path


def _program() -> list[str]:
    """This program as it was started: one file, or Python with the package."""
    return [sys.executable] if getattr(sys, "frozen", False) else [sys.executable, "-m", "plainrecord"]


def _desktop(folder: Path) -> tuple[str, str]:
    words = " ".join(_desktop_word(word) for word in [*_program(), "guide", str(folder)])
    return f"{NAME}.desktop", f"[Desktop Entry]\nType=Application\nName={NAME}\nExec={words}\nTerminal=false\n"


def _desktop_word(word: str) -> str:
    """A word of an Exec line: quoted by its own rules, with “%” doubled, and the whole value escaped once more."""
    quoted = word.replace("\\", "\\\\").replace('"', '\\"').replace("`", "\\`").replace("$", "\\$").replace("%", "%%")
    return '"' + quoted.replace("\\", "\\\\") + '"'


def _command(folder: Path) -> tuple[str, str]:
    words = shlex.join([*_program(), "guide", str(folder)])
    # The window of the terminal closes; the program goes on until it is closed from its page.
    return f"{NAME}.command", f"#!/bin/sh\nnohup {words} >/dev/null 2>&1 &\n"


def _cmd(folder: Path) -> tuple[str, str]:
    program = _program()
    if program[0].lower().endswith("python.exe"):
        program[0] = program[0][: -len("python.exe")] + "pythonw.exe"
    words = " ".join('"' + word.replace("%", "%%") + '"' for word in [*program, "guide", str(folder)])
    return f"{NAME}.cmd", f'@echo off\r\nchcp 65001 >nul\r\nstart "" {words}\r\n'
