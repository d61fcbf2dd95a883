"""The errors a caller can meet, as one shallow tree.

Errors *in data* are not here: they are values (`records.Unread`, `intake.Fate`). Everything below is a mistake of the
caller, a limit that was reached, or a promise that could not be kept; each carries one sentence a person can act on.
"""

from __future__ import annotations


class PlainrecordError(Exception):
    """Root of every error this package raises on purpose; `str()` is one plain sentence, `exit_code` the CLI's answer."""

    exit_code = 1


class UsageError(PlainrecordError):
    """The request cannot be understood or carried out as given."""


class NothingFoundError(PlainrecordError):
    """Nothing in the originals matches the named sender."""

    exit_code = 2


class AccountingError(PlainrecordError):
    """The counts do not balance, so nothing was sealed."""

    exit_code = 3


class IntegrityError(PlainrecordError):
    """Bytes are not what they were: an original, a bag or a custody log differs from what was recorded."""

    exit_code = 4


class CaseError(PlainrecordError):
    """The case folder cannot be opened or is in use."""
