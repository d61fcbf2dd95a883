"""Who can help, by nation: numbers as dated data (`data/support.toml`), to be looked at again before each release."""

from __future__ import annotations

import tomllib
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Literal

from pydantic import BaseModel, ConfigDict

Nation = Literal["england", "wales", "scotland", "ni"]
NATIONS: tuple[Nation, ...] = ("england", "wales", "scotland", "ni")


class Line(BaseModel):
    """One place to turn to. `hidden` says that the call is stated not to show on a bill; `confirmed` that a source was read."""

    model_config = ConfigDict(extra="forbid")

    name: str
    number: str = ""
    hours: str = ""
    about: str
    nations: list[Nation]
    urgent: bool = False
    hidden: bool = False
    confirmed: bool = True
    source: str


class Support(BaseModel):
    """The whole list, and the day it was last looked at."""

    model_config = ConfigDict(extra="forbid")

    checked: date
    line: list[Line]


@cache
def support() -> Support:
    """The list as shipped."""
    return Support.model_validate(
        tomllib.loads(files("plainrecord.guide").joinpath("data", "support.toml").read_text("utf-8"))
    )


def lines_for(nation: str) -> list[Line]:
    """Those of one nation, or all of them when none was said; what is urgent first."""
    chosen = [line for line in support().line if not nation or nation in line.nations]
    return sorted(chosen, key=lambda line: not line.urgent)
