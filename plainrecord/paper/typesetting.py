"""Data and a template to a PDF, by an engine in another process. The data is JSON and is never read as markup."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import as_file, files
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from plainrecord.paper.fonts import PACKAGES, font_folders

# PDF/A-2a is PDF/A-2u with tags. Should anything ever be refused, a plain PDF is better than none, and is said to be one.
STANDARDS: tuple[tuple[str, ...], ...] = (("a-2a", "ua-1"), ("a-2u",), ())
_ENGINE = Path(__file__).with_name("engine.py")
# The word by which a program in one file starts its own engine (`recipes/standalone.py`).
ALONE = "typeset-one-job"


@dataclass(frozen=True, slots=True)
class Typeset:
    """What became of one job: the standards it was made by, or why there is no PDF (a sentence)."""

    standards: tuple[str, ...] = ()
    problem: str = ""


def standards_words(standards: Sequence[str]) -> str:
    """How a PDF was made; nothing more is claimed than that."""
    if not standards:
        return "plain PDF, because the engine refused what PDF/A asks for; a character may be drawn as an empty box"
    return f"{' and '.join(name_of(one) for one in standards)} (what the engine was asked for; no validator has looked at it)"


def name_of(standard: str) -> str:
    """ "PDF/A-2a" for the engine's "a-2a"."""
    return f"PDF/{standard[:2].upper()}{standard[2:]}" if standard.startswith("a-") else f"PDF/{standard.upper()}"


def unavailable() -> str:
    """Why nothing can be typeset on this machine, as a sentence; "" when it can."""
    missing = [name for name in ("typst", *PACKAGES) if find_spec(name) is None]
    return f"This machine has no {' and no '.join(missing)}, which makes PDF files." if missing else ""


def typeset(template: str, data: dict[str, Any], out: Path, work: Path, moment: datetime) -> Typeset:
    """Fill the template (a file of `paper/data/`) with `data` and write the PDF to `out`.

    Every text in `data` has passed through `printable`. `work` is an empty or shared folder for the job's files, which
    the engine may read and nothing else; `moment` becomes the PDF's date.
    """
    missing = unavailable()
    if missing:
        return Typeset(problem=missing)
    for name in {"base.typ", template}:
        with as_file(files("plainrecord.paper").joinpath("data", name)) as path:
            (work / name).write_bytes(path.read_bytes())
    (work / "data.json").write_text(json.dumps(data), "ascii")
    job = {
        "template": str(work / template),
        "root": str(work),
        "data": "/data.json",
        "fonts": [str(folder) for folder in font_folders()],
        "out": str(out),
        "standards": STANDARDS,
        "timestamp": int(moment.timestamp()),
    }
    try:
        return answer(_run(job))
    except OSError as error:
        return Typeset(problem=f"The typesetting engine could not be started ({error.strerror}).")


def _command() -> list[str]:
    if getattr(sys, "frozen", False):
        return [sys.executable, ALONE]
    # -P: nothing in the folder we are run from, which may hold evidence, is taken for a module.
    return [sys.executable, "-P", str(_ENGINE)]


def _run(job: dict[str, Any]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603  our own file, by this very Python
        _command(),
        input=json.dumps(job),
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


def answer(done: subprocess.CompletedProcess[str]) -> Typeset:
    """What the engine's process said, as a result; never raises for what it is."""
    try:
        said = json.loads(done.stdout)
    except ValueError:
        return Typeset(problem=f"The typesetting engine stopped (exit {done.returncode}).")
    if "error" in said:
        # What it says may be nothing at all.
        why = said["error"].strip().partition("\n")[0] or "it did not say why"
        return Typeset(problem=f"The typesetting engine refused: {why}")
    return Typeset(tuple(said["standards"]))
