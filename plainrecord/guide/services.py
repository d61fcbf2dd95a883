"""How to get each download: one data file per service, with the day it was last looked at. Facts for a person, no code."""

from __future__ import annotations

import tomllib
from datetime import date
from functools import cache
from importlib.resources import files

from pydantic import BaseModel, ConfigDict


class Service(BaseModel):
    """One service. `form` is the choice that matters most, `wait` how long it takes, `comes_as` what arrives.

    `steps` are done in order; `mind` are things that go wrong; `sources` name where the facts are from.
    """

    model_config = ConfigDict(extra="forbid")

    name: str
    holds: str
    form: str
    wait: str
    comes_as: str
    steps: list[str]
    mind: list[str] = []
    checked: date
    how_checked: str
    sources: list[str]


@cache
def services() -> dict[str, Service]:
    """Key → service, by the name a person knows it by."""
    found = {
        path.name.removesuffix(".toml"): Service.model_validate(tomllib.loads(path.read_text("utf-8")))
        for path in files("plainrecord.guide").joinpath("data", "services").iterdir()
        if path.name.endswith(".toml")
    }
    return dict(sorted(found.items(), key=lambda pair: pair[1].name.casefold()))
