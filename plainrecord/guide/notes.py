"""What the guide remembers between visits, in `guide.toml` of the case folder: answers, downloads asked for, files, bundles.

Never a word of any message. Written whole or not at all, after every step, so that a closed lid loses nothing.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Literal

import tomli_w
from pydantic import BaseModel, ConfigDict, ValidationError

from plainrecord.errors import CaseError

FILE_NAME = "guide.toml"


class Part(BaseModel):
    """A part of the notes; a name that is not known is a mistake."""

    model_config = ConfigDict(extra="forbid")


class Download(Part):
    """One download: the day it was asked for and the day it arrived, as typed; "" for not yet."""

    asked_on: str = ""
    arrived_on: str = ""


class Given(Part):
    """One file that was handed in: where it is, and what it was taken to be.

    `copied` says that it lies in the case folder. `state`: "new" can be read and is not yet; "done" is in the case; "aside"
    is no export that can be read, and stays out until a person says otherwise.
    """

    id: str
    path: str
    name: str
    copied: bool
    bytes: int
    sha256: str = ""
    says: list[str] = []
    state: Literal["new", "done", "aside"] = "new"
    label: str = ""


class MadeBundle(Part):
    """One finished bundle."""

    bundle_id: str
    path: str
    handover: str
    seal: str
    made: str
    included: int
    not_included: int
    unread: int
    checked: bool


class Handed(Part):
    """Who was given a bundle, when, what they signed with, and the name of the receipt to print."""

    bundle_id: str
    to: str
    day: str
    how: str
    receipt: str = ""
    paper: str = ""


class Notes(Part):
    """The whole of `guide.toml`."""

    language: str = "en"
    nation: str = ""
    began: bool = False
    safety: dict[str, str] = {}
    filling_in: str = ""
    place_said: bool = False
    young: str = ""
    services: list[str] = []
    services_said: bool = False
    downloads: dict[str, Download] = {}
    files: list[Given] = []
    watched: str = ""
    who_said: bool = False
    not_them: list[str] = []
    unsure: list[str] = []
    log_said: bool = False
    logged: int = 0
    looked: bool = False
    made: list[MadeBundle] = []
    handed: list[Handed] = []


def read_notes(folder: Path) -> Notes:
    """The notes of a case folder, empty ones when there are none. Raises CaseError when they cannot be understood."""
    path = folder / FILE_NAME
    try:
        return Notes.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return Notes()
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, ValidationError):
        raise CaseError(
            f"{path} cannot be understood. Rename it and start again: only the steps you ticked are lost, no file and no message."
        ) from None


def write_notes(folder: Path, notes: Notes) -> None:
    """Write the notes, whole or not at all."""
    path = folder / FILE_NAME
    part = path.with_suffix(".toml.part")
    part.write_text(tomli_w.dumps(notes.model_dump()), encoding="utf-8")
    part.replace(path)
