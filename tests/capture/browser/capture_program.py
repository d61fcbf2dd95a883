"""`plainrecord capture serve` as its own process, so that it can be killed like any program, and the case it keeps."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

COMMAND = [sys.executable, "-m", "plainrecord"]


def free_port() -> int:
    """A port that nobody uses now; the program must come back on the same one after it was killed."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def plainrecord(*arguments: object) -> str:
    """Run one command to its end; returns what it printed."""
    done = subprocess.run([*COMMAND, *map(str, arguments)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{arguments}: {done.stdout} {done.stderr}"
    return done.stdout


class Program:
    """The program that receives captures, for one new case."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.case = folder / "case"
        self.port = free_port()
        self.code = ""
        self.process: subprocess.Popen[str] | None = None
        plainrecord("new", self.case, "--sender", "id:none")

    def start(self) -> Program:
        """Start it and read its code."""
        command = [*COMMAND, "capture", "serve", str(self.case), "--port", str(self.port), "--json"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        assert self.process.stdout
        for line in self.process.stdout:
            said = json.loads(line)
            if said["event"] == "code":
                self.code = said["code"]
                return self
        raise AssertionError("the program ended before it showed a code")

    def end(self, how: int = signal.SIGINT) -> None:
        """End it: by asking, or with SIGKILL as a crash or a power cut would."""
        if self.process:
            os.kill(self.process.pid, how)
            self.process.communicate(timeout=20)
            self.process = None

    def kept(self) -> list[dict[str, Any]]:
        """What the program itself says it keeps; every part's hash and every signature is checked by that command."""
        listed: list[dict[str, Any]] = json.loads(plainrecord("capture", "list", self.case, "--json"))["captures"]
        return listed

    def export(self, name: str, out: Path) -> Path:
        """The parts of one capture under their own names."""
        plainrecord("capture", "export", self.case, name, "--out", out)
        return out
