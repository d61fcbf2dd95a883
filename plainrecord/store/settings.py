"""`case.toml`: what a person says about a case. People may edit it by hand; nothing in it is ever guessed by the tool."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Literal

import tomli_w
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from plainrecord.custody.events import Role
from plainrecord.errors import CaseError
from plainrecord.times import load_zone

FILE_NAME = "case.toml"


class PersonSettings(BaseModel):
    """A label and the accounts a person counts as theirs (addresses, numbers, handles, ids as typed)."""

    model_config = ConfigDict(extra="forbid", defer_build=True)

    label: str
    accounts: list[str] = []


class WhoSettings(BaseModel):
    """Who answers for the steps taken with this case."""

    model_config = ConfigDict(extra="forbid", defer_build=True)

    name: str = "not stated"
    role: Role = "system"
    org: str = ""
    id_no: str = ""


class SelectSettings(BaseModel):
    """How records are chosen; see `selection.SelectionSpec`."""

    model_config = ConfigDict(extra="forbid", defer_build=True)

    match_names: bool = False
    scope: Literal["conversation", "subject"] = "conversation"
    whole_groups: bool = False
    account_events: bool = False
    after: str = ""
    before: str = ""


class CaseSettings(BaseModel):
    """The whole of `case.toml`. `timezone` is an IANA name or empty: empty means UTC only, and nothing is assumed.

    `mapping` is the text of the column mapping last given for tables. `region` is the country (ISO 3166) as whose numbers
    those written without "+" are read when accounts are compared: GB unless something else is said, none when empty.
    `marking` stands on every page of paper (“OFFICIAL-SENSITIVE”).
    """

    model_config = ConfigDict(extra="forbid", defer_build=True)

    schema_version: str = "1"
    case_ref: str = ""
    marking: str = ""
    mode: Literal["owner", "officer", "lab"] = "lab"
    timezone: str = ""
    date_order: str = ""
    mapping: str = ""
    region: str = "GB"
    who: WhoSettings = Field(default_factory=WhoSettings)
    subject: PersonSettings = Field(default_factory=lambda: PersonSettings(label="Subject"))
    owner: PersonSettings = Field(default_factory=lambda: PersonSettings(label="Owner"))
    select: SelectSettings = Field(default_factory=SelectSettings)


def read_settings(folder: Path) -> CaseSettings:
    """Read `case.toml` of a case folder. Raises CaseError with one sentence when it is missing or cannot be understood."""
    path = folder / FILE_NAME
    try:
        settings = CaseSettings.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise CaseError(
            f"{folder} is not a case folder: it has no {FILE_NAME}. Make one with “plainrecord new”."
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CaseError(f"{path} cannot be read: {error}. Correct that line and try again.") from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise CaseError(
            f"{path}: “{where}” is not as it should be ({first['msg']}). Correct it and try again."
        ) from None
    if settings.timezone:
        load_zone(settings.timezone)
    return settings


def write_settings(folder: Path, settings: CaseSettings) -> None:
    """Write `case.toml`, whole or not at all."""
    path = folder / FILE_NAME
    part = path.with_suffix(".toml.part")
    part.write_text(tomli_w.dumps(settings.model_dump()), encoding="utf-8")
    part.replace(path)
