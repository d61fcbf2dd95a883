"""What a page is given (the desk, the words, what was typed) and what it gives back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined
from starlette.responses import HTMLResponse, RedirectResponse, Response

from plainrecord.guide.desk import Desk
from plainrecord.guide.gate import FORM_KEY
from plainrecord.guide.keys import Keys
from plainrecord.guide.words import Words, languages

_LONGEST = 20_000


@dataclass(slots=True)
class Ask:
    """One request, as a page sees it. `errors` maps the name of a field to the key of what is wrong with it."""

    desk: Desk
    keys: Keys
    words: Words
    path: str
    parts: Mapping[str, str]
    query: Mapping[str, str]
    form: Mapping[str, Sequence[str]]
    errors: dict[str, str] = field(default_factory=dict)

    def typed(self, name: str) -> str:
        """What was typed or chosen in a field, without spaces around it; "" for nothing."""
        return next(iter(self.form.get(name, ())), "").strip()[:_LONGEST]

    def chosen(self, name: str) -> list[str]:
        """Every box ticked under a name."""
        return [value for value in self.form.get(name, ()) if value]

    def one_of(self, name: str, allowed: Sequence[str]) -> str:
        """The choice made in a list of radio buttons; where none was made, an error is noted."""
        value = self.typed(name)
        if value not in allowed:
            self.errors[name] = "error.choose"
            return ""
        return value

    def day_text(self, utc_us: int | None) -> str:
        """A day in the zone of the case: “3 November 2024”; a dash for none."""
        if utc_us is None:
            return "–"
        moment = datetime.fromtimestamp(utc_us // 1_000_000, tz=UTC).astimezone(self.desk.zone())
        return f"{moment.day} {self.words.plain(f'month.{moment.month}')} {moment.year}"

    def iso_day(self, day: str) -> str:
        """A day written YYYY-MM-DD as people write it; anything else as it is."""
        year, _, rest = day.partition("-")
        month, _, number = rest.partition("-")
        if not (month.isdigit() and number.isdigit()):
            return day
        return f"{int(number)} {self.words.plain(f'month.{int(month)}')} {year}"

    def page(self, template: str, status: int = 200, /, **values: Any) -> Response:
        """A page. A form that was not taken is shown again with status 422."""
        words = self.words
        html = (
            _templates()
            .get_template(f"{template}.html")
            .render(
                t=words,
                ask=self,
                here=template.replace("_", "-"),
                languages=languages(),
                form_key=lambda path: (FORM_KEY, self.keys.form_key(path)),
                **values,
            )
        )
        return HTMLResponse(html, 422 if self.errors and status == 200 else status)


Page = Callable[[Ask], Response]


def go(path: str) -> Response:
    """On to another page, after a form was taken."""
    return RedirectResponse(path, 303)


@cache
def _templates() -> Environment:
    folder = files("plainrecord.guide").joinpath("templates")
    return Environment(
        loader=FunctionLoader(lambda name: folder.joinpath(name).read_text("utf-8")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
