"""Whose a key is: the `allowed_signers` file of OpenSSH, which the checker keeps and trusts.

Read here: names, `namespaces=`, `valid-after=` and `valid-before=`. A time without “Z” is taken as UTC (OpenSSH takes the
zone of the computer). Lines with anything else, such as certificate authorities, are passed over and said.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from pathlib import Path

from plainrecord.anchors.keys import PublicKey, read_public
from plainrecord.anchors.sshwire import SshFormatError
from plainrecord.errors import UsageError

FILE_LIMIT = 4 << 20
# Names, options, kind of key, key; an option's value may stand in quotes and hold blanks then.
_LINE = re.compile(
    r'(\S+)[ \t]+(?:((?:[^\s"]|"[^"]*")+)[ \t]+)??((?:ssh|ecdsa|sk)-[\w@.-]+)[ \t]+([A-Za-z0-9+/=]+)(?:\s.*)?'
)
_OPTION = re.compile(r'([a-z-]+)="([^"]*)"(?:,|$)')
_TIME_FORMS = {8: "%Y%m%d", 12: "%Y%m%d%H%M", 14: "%Y%m%d%H%M%S"}


@dataclass(frozen=True, slots=True)
class Signer:
    """One line of the file: under which names a key may sign, for what, and from when to when."""

    names: str
    key: PublicKey
    namespaces: str = "*"
    after: datetime | None = None
    before: datetime | None = None

    def may_sign(self, namespace: str, now: datetime) -> bool:
        """Whether the line allows this key to sign for `namespace` at `now` (aware)."""
        if (self.after and now < self.after) or (self.before and now > self.before):
            return False
        patterns = self.namespaces.split(",")
        # As OpenSSH has it: one that begins with “!” forbids, whatever else allows.
        if any(fnmatchcase(namespace, pattern[1:]) for pattern in patterns if pattern.startswith("!")):
            return False
        return any(fnmatchcase(namespace, pattern) for pattern in patterns)


@dataclass(frozen=True, slots=True)
class AllowedSigners:
    """The whole file; `passed_over` are the numbers of the lines that were not understood."""

    signers: Sequence[Signer]
    passed_over: Sequence[int]

    def of(self, key: PublicKey, namespace: str, now: datetime) -> Signer | None:
        """The line that allows this key to sign, or None."""
        return next((one for one in self.signers if one.key == key and one.may_sign(namespace, now)), None)

    def knows(self, key: PublicKey) -> bool:
        """Whether any line names this key at all."""
        return any(one.key == key for one in self.signers)


def read_signers(path: Path) -> AllowedSigners:
    """Read the file. Raises UsageError in one sentence when it cannot be read."""
    try:
        with path.open("rb") as file:
            text = file.read(FILE_LIMIT).decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        said = "it is no UTF-8 text" if isinstance(error, ValueError) else error.strerror
        raise UsageError(f"The file of allowed signers {path} cannot be read ({said}). Nothing was checked.") from None
    signers, passed_over = [], []
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip() and not line.lstrip().startswith("#"):
            signer = _signer(line.strip())
            if signer is None:
                passed_over.append(number)
            else:
                signers.append(signer)
    return AllowedSigners(signers, passed_over)


def signer_line(names: str, key: PublicKey, namespace: str) -> str:
    """The line to put into an `allowed_signers` file for a key."""
    return f'{names} namespaces="{namespace}" {key.line()}'


def _signer(line: str) -> Signer | None:
    match = _LINE.fullmatch(line)
    if match is None:
        return None
    names, said, kind, encoded = match.groups()
    options = dict(_OPTION.findall(said or ""))
    known = {"namespaces", "valid-after", "valid-before"}
    if _OPTION.sub("", said or "") or not options.keys() <= known:
        return None
    try:
        return Signer(
            names.strip('"'),
            read_public(kind, encoded),
            options.get("namespaces", "*"),
            _moment(options.get("valid-after")),
            _moment(options.get("valid-before")),
        )
    except (SshFormatError, ValueError):
        return None


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    digits = text.removesuffix("Z")
    return (
        datetime.strptime(digits, _TIME_FORMS[len(digits)]).replace(tzinfo=UTC)
        if len(digits) in _TIME_FORMS
        else _no(text)
    )


def _no(text: str) -> datetime:
    raise ValueError(f"{text[:40]} is no time")
