"""A column mapping: which column of a table means what, said by a person in a TOML file that can be kept and used again.

Read and checked here, before any row is; proposed by `mappingproposal.py`; used by `tabular.py`. Nothing in it is guessed:
an empty entry means that the table does not say it.
"""

from __future__ import annotations

import hashlib
import tomllib
from functools import lru_cache
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from plainrecord.errors import UsageError
from plainrecord.parsers.tabularcsv import ENCODINGS
from plainrecord.parsers.tabulartimes import Form, Order
from plainrecord.records import AccountKind
from plainrecord.times import load_zone

VERSION = 1
LARGEST = 256 << 10
_NUMBER_MARKS = {ord(letter): None for letter in " ()-./"}
_HOW = "Correct the mapping file and try again; “plainrecord mapping EXPORT” proposes one."


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class TableShape(_Part):
    """Which table this is for: only one whose header row holds every column named below is read with it."""

    delimiter: str = ""
    encoding: str = ""
    sheet: str = ""
    header_row: int = Field(default=1, ge=1, le=1000)


class Columns(_Part):
    """The names of columns, exactly as in the header row ("" for none; a second column of the same name is “Name (2)”).

    `time` holds date and time, or `date` and `clock` hold one each; `offset` an offset from UTC. `other` is the other
    party, whichever way a message went; it needs `direction`. Everything that is not named here is kept as a fact.
    """

    time: str = ""
    date: str = ""
    clock: str = ""
    offset: str = ""
    sender: str = ""
    sender_id: str = ""
    recipient: str = ""
    other: str = ""
    direction: str = ""
    text: str = ""
    conversation: str = ""
    attachments: str = ""
    service: str = ""
    message_id: str = ""

    def named(self) -> dict[str, str]:
        """The entries that name a column."""
        return {field: name for field, name in self.model_dump().items() if name}


class Times(_Part):
    """How times are written. `order` says which of 3/4/2024 is the day; "" where the table never leaves that open."""

    form: Form = "text"
    order: Literal["", "DMY", "MDY", "YMD"] = ""
    timezone: str = ""


class Directions(_Part):
    """The words of the direction column, compared without regard to case."""

    incoming: tuple[str, ...] = ()
    outgoing: tuple[str, ...] = ()


class Says(_Part):
    """What the table does not say itself. `accounts`: what senders and recipients are ("" to go by how each looks)."""

    service: str = "table"
    owner: str = ""
    accounts: Literal["", "number", "address", "handle", "id", "name"] = ""
    separator: str = ";"


class Mapping(_Part):
    """A whole mapping file."""

    mapping_version: Literal[1]
    name: str = ""
    table: TableShape = TableShape()
    columns: Columns
    times: Times = Times()
    direction: Directions = Directions()
    says: Says = Says()

    def words(self) -> str:
        """What the mapping does, in one line."""
        columns = ", ".join(f"{field} ← “{name}”" for field, name in self.columns.named().items())
        time = self.times.form + (f", {self.times.order}" if self.times.order else "")
        zone = self.times.timezone or "as said for the case"
        return f"{columns}; times: {time}, zone {zone}; service: {self.says.service}"

    def order(self, said: str | None) -> Order | None:
        """The order of day and month: the mapping's, else what was said for the run."""
        order: Order | None = self.times.order or (said if said in ("DMY", "MDY", "YMD") else None)  # type: ignore[assignment]
        return order

    def kind_of(self, value: str) -> AccountKind:
        """What an identity in this table is: as said, or by how it looks (an address has an @, a number only digits)."""
        if self.says.accounts:
            return self.says.accounts
        if "@" in value.strip("@") and " " not in value:
            return "address"
        digits = value.lstrip("+").translate(_NUMBER_MARKS)
        return "number" if len(digits) > 2 and digits.isdecimal() else "name"


@lru_cache(maxsize=16)
def read_mapping(text: str) -> Mapping:
    """The mapping a TOML text says. Raises UsageError with one sentence that names the line or entry at fault."""
    if len(text) > LARGEST:
        raise UsageError("The mapping file is larger than any mapping. Nothing was read.")
    try:
        mapping = Mapping.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"The mapping file cannot be read: {error}. Nothing was read. {_HOW}") from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise UsageError(
            f"The mapping file: “{where}” is not as it should be ({first['msg']}). Nothing was read. {_HOW}"
        ) from None
    fault = _fault(mapping)
    if fault:
        raise UsageError(f"The mapping file {fault} Nothing was read. {_HOW}")
    return mapping


def digest_of(text: str) -> str:
    """SHA-256 of a mapping file's text, by which a bundle names it."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def _fault(mapping: Mapping) -> str | None:
    """What is missing or contradicts itself, as the end of a sentence; None when all is well."""
    columns = mapping.columns
    if not (columns.time or columns.date):
        return "names no column for the time: fill in “time”, or “date” and “clock”."
    if columns.time and columns.date:
        return "names both “time” and “date”: a time stands in one column, or in the two columns “date” and “clock”."
    if columns.clock and not columns.date:
        return "names “clock” without “date”."
    if not (columns.text or columns.attachments):
        return "names no column for the text of messages."
    if not (columns.sender or columns.sender_id or (columns.other and columns.direction)):
        return "names nobody: fill in “sender”, or “other” and “direction”."
    return _table_fault(mapping)


def _table_fault(mapping: Mapping) -> str | None:
    columns, encoding = mapping.columns, mapping.table.encoding
    if columns.direction and not (mapping.direction.incoming or mapping.direction.outgoing):
        return "names a direction column, but not under [direction] which of its words mean incoming and outgoing."
    if encoding and encoding not in ENCODINGS:
        return f"says the encoding “{encoding}”; known are {', '.join(ENCODINGS)}."
    if len(mapping.table.delimiter) > 1:
        return "gives a delimiter of more than one letter."
    if mapping.times.timezone:
        load_zone(mapping.times.timezone)
    return None
