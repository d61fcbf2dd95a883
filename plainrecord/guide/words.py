"""The words of the pages, by language: `data/words/*.toml`. English is whole; what another language lacks is shown in English.

Text that falls back is marked as English, so that a screen reader speaks it right, and pages say so once. Values put into a
sentence are escaped here.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files

from markupsafe import Markup, escape

ENGLISH = "en"


@cache
def languages() -> dict[str, str]:
    """Code → the language's own name, English first."""
    found = {}
    for path in files("plainrecord.guide").joinpath("data", "words").iterdir():
        code = path.name.removesuffix(".toml")
        found[code] = str(tomllib.loads(path.read_text("utf-8"))["language"]["name"])
    return dict(sorted(found.items(), key=lambda pair: (pair[0] != ENGLISH, pair[0])))


@cache
def table(language: str) -> Mapping[str, str | tuple[str, ...]]:
    """Every text of a language by its dotted key; an empty text is one that is not translated yet."""
    text = files("plainrecord.guide").joinpath("data", "words", f"{language}.toml").read_text("utf-8")
    return dict(_flat("", tomllib.loads(text)))


def _flat(above: str, part: object) -> Iterator[tuple[str, str | tuple[str, ...]]]:
    if isinstance(part, dict):
        for name, below in part.items():
            yield from _flat(f"{above}.{name}" if above else name, below)
    elif isinstance(part, list):
        yield above, tuple(str(line) for line in part)
    else:
        yield above, str(part)


class Words:
    """Texts in one language: `words("files.heading")`, `words.lines(…)` for paragraphs, `words.plain(…)` for attributes."""

    def __init__(self, language: str) -> None:
        self.language = language if language in languages() else ENGLISH
        self._own, self._english = table(self.language), table(ENGLISH)

    @property
    def complete(self) -> bool:
        """Whether every text is there in this language."""
        return all(self._own.get(key) for key in self._english)

    def __call__(self, key: str, /, **values: object) -> Markup:
        """A text as markup, with values escaped; raises KeyError for a key that does not exist."""
        return self._marked(key, escape(self._text(key)).format(**values))

    def lines(self, key: str, /, **values: object) -> list[Markup]:
        """The paragraphs or points of a list."""
        found = self._own.get(key) or self._english[key]
        assert isinstance(found, tuple), key
        return [self._marked(key, escape(line).format(**values)) for line in found]

    def plain(self, key: str, /, **values: object) -> str:
        """A text without markup, for titles, attributes and messages."""
        return self._text(key).format(**values)

    def raw(self, key: str, /) -> str:
        """A text with its places for values still open, for the script to fill in."""
        return self._text(key)

    def count(self, key: str, number: int, /, **values: object) -> Markup:
        """A text that depends on a number: `key.one` or `key.other`, with {number} in it."""
        return self(f"{key}.{'one' if number == 1 else 'other'}", number=f"{number:,}", **values)

    def _text(self, key: str) -> str:
        found = self._own.get(key) or self._english[key]
        assert isinstance(found, str), key
        return found

    def _marked(self, key: str, text: Markup) -> Markup:
        if self._own.get(key) or self.language == ENGLISH:
            return text
        return Markup('<span lang="en">{}</span>').format(text)
