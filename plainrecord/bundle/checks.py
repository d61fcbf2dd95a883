"""What verification says: problems, notes and figures, gathered as values and put in one order at the end.

Every check takes a `Findings` and adds to it; no check raises because of what a bag contains, and none prints.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

ProblemKind = Literal[
    "not-a-bag",  # the frame of a bag is absent or malformed
    "refused",  # not read on purpose: symlink, device, fetch.txt, encrypted or hostile archive
    "unsafe-path",  # a path that leads out of the bag or means different files on different systems
    "bad-manifest",  # a manifest that cannot be read as RFC 8493 says
    "bad-tag-file",  # another tag file that cannot be read as RFC 8493, or this tool, says
    "missing",  # listed, not there
    "extra",  # there, not listed
    "changed",  # there, with other bytes than listed
    "unreadable",  # there, but its bytes cannot be read
    "counts",  # a stated figure that its list does not bear out
    "seal",  # the seal is not the one that was written down outside
    "custody",  # the custody log is broken
    "items",  # a record that does not fit its own native file, media or position
    "signature",  # a signature beside the bundle that is not what it says
    "stamp",  # a time stamp beside the bundle that is not what it says
    "originals",  # a record or digest that does not fit the original
]

SHOWN = 240


class Problem(BaseModel):
    """One thing that is not as it should be: where (a path in the bag or beside it), which kind, and a sentence."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    path: str
    kind: ProblemKind
    says: str


class VerifyReport(BaseModel):
    """What `verify` found. `ok` means: no problem of any kind; notes never change it.

    `checked` counts what was looked at (`files`, `bytes`, `items`, …), so that a check that did not run shows. `seal` is
    the SHA-256 of `tagmanifest-sha256.txt` in 64 lower-case hex digits, "" when there is none. `kind` says what the bag
    was taken for: one of ours (`plainrecord`), anybody's (`bag`), or neither (`none`).
    """

    model_config = ConfigDict(extra="forbid", defer_build=True)

    ok: bool
    bundle: str
    kind: Literal["plainrecord", "bag", "none"]
    seal: str
    checked: dict[str, int]
    problems: list[Problem]
    notes: list[str]

    def as_json(self) -> dict[str, Any]:
        """The report as plain values, in the order of its fields."""
        return self.model_dump(mode="json")


@dataclass(slots=True)
class Findings:
    """Where the checks put what they find; only ever touched from the thread that called `verify`."""

    problems: dict[Problem, None] = field(default_factory=dict)
    notes: dict[str, None] = field(default_factory=dict)
    checked: dict[str, int] = field(default_factory=dict)

    def problem(self, path: str, kind: ProblemKind, says: str) -> None:
        """Add a problem; the same one twice is one."""
        self.problems[Problem(path=printable(path), kind=kind, says=printable(says, 4 * SHOWN))] = None

    def note(self, says: str) -> None:
        """Add a remark that does not make the bag bad."""
        self.notes[printable(says, 4 * SHOWN)] = None

    def count(self, what: str, by: int = 1) -> None:
        """Add to a figure."""
        self.checked[what] = self.checked.get(what, 0) + by

    def report(self, bundle: str, kind: Literal["plainrecord", "bag", "none"], seal: str) -> VerifyReport:
        """The report, its problems in order of path, so that it never depends on which worker was faster."""
        return VerifyReport(
            ok=not self.problems,
            bundle=printable(bundle),
            kind=kind,
            seal=seal,
            checked=dict(sorted(self.checked.items())),
            problems=sorted(self.problems, key=lambda one: (one.path, one.kind, one.says)),
            notes=list(self.notes),
        )


def printable(text: str, limit: int = 4096) -> str:
    """Text out of a bag made safe to print and to encode: no control or direction codes, no lone surrogates, bounded."""
    shown = text if text.isascii() and text.isprintable() else "".join(map(_visible, text[: limit + 1]))
    return shown if len(shown) <= limit else shown[:limit] + "…"


def _visible(char: str) -> str:
    # str.isprintable() is false for exactly what may not reach a terminal: controls, format codes, surrogates.
    return char if char.isprintable() else char.encode("unicode_escape").decode("ascii")
