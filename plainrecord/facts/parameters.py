"""The parameters of the facts, read once from `parameters.toml`; every fact prints those it used."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Parameters:
    """Values by which facts are counted; see `parameters.toml` for what each means."""

    version: str
    window_hours: tuple[int, ...]
    run_minutes: int
    run_size: int
    reply_days: int
    night_from: int
    night_to: int
    change_weeks: int
    several_channels: int
    gap_days: int
    old_days: int
    sitting_minutes: int


@cache
def parameters() -> Parameters:
    """The parameters that ship with this version."""
    said = tomllib.loads(files("plainrecord.facts").joinpath("parameters.toml").read_text("utf-8"))
    return Parameters(
        version=said["version"],
        window_hours=tuple(said["windows"]["hours"]),
        run_minutes=said["runs"]["most_minutes_between"],
        run_size=said["runs"]["least_size"],
        reply_days=said["turns"]["reply_within_days"],
        night_from=said["night"]["from_hour"],
        night_to=said["night"]["to_hour"],
        change_weeks=said["change"]["weeks"],
        several_channels=said["channels"]["several"],
        gap_days=said["gaps"]["least_days"],
        old_days=said["pictures"]["old_days"],
        sitting_minutes=said["sittings"]["gap_minutes"],
    )
