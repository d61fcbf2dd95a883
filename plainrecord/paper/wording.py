"""The wording of templates: data with its sources and the day it was checked, never more than a draft."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

_PLACE = re.compile(r"\{([a-z_]+)\}")


@dataclass(frozen=True, slots=True)
class Wording:
    """One template: title, what stands under it, its sources, and its sentences by name."""

    title: str
    under: str
    sources: tuple[str, ...]
    sentences: Mapping[str, str]

    def say(self, name: str, /, **values: object) -> str:
        """A sentence with its places filled in; what is filled in is never looked at again."""
        return _PLACE.sub(lambda place: str(values[place[1]]), self.sentences[name])


@lru_cache(maxsize=1)
def _data() -> dict[str, Any]:
    return tomllib.loads(files("plainrecord.paper").joinpath("data", "legal.toml").read_text("utf-8"))


def mark() -> str:
    """What stands on every template."""
    return str(_data()["mark"])


def checked() -> str:
    """When and by whom the wording was checked, as a sentence."""
    data = _data()
    return f"Wording of {data['date_checked']}; checked by {data['checked_by']}."


def wording(name: str) -> Wording:
    """The template of that name."""
    data = dict(_data()[name])
    return Wording(data.pop("title"), data.pop("under", ""), tuple(data.pop("sources")), data)
