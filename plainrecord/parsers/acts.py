"""What each kind of export can and cannot show of things done to the owner: the matrix of `acts.toml`, and nothing else."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

NOT_KNOWN = "not known"
LEVELS = ("yes", "in part", "no", NOT_KNOWN)


@cache
def _matrix() -> dict[str, dict[str, dict[str, str]]]:
    text = files("plainrecord.parsers").joinpath("acts.toml").read_text("utf-8")
    found: dict[str, dict[str, dict[str, str]]] = tomllib.loads(text)
    return found


def labels() -> Mapping[str, str]:
    """Every act by its short name, with the words it is shown under, in order."""
    labels: dict[str, str] = _matrix()["labels"]  # type: ignore[assignment]
    return labels


def shows(export: str) -> dict[str, str]:
    """Act → level ("yes", "in part: why", "no", "not known") of one kind of export, for every act; {} for none ("").

    Raises KeyError for an export the matrix has no column for: a card names it, so that is a mistake in the card.
    """
    if not export:
        return {}
    column = _matrix()["exports"][export]
    return {act: column.get(act, NOT_KNOWN) for act in labels()}
