"""Find words in a case: in subject, text, names and names of files of every record, in order of time.

Whole words are found through the index (`searchindex.py`), without regard to case and accents. Parts of words, words in scripts
that put no blanks between them, and signs that are no word are found by looking through every record instead, which takes longer.
What a person types is never understood as a query language.
"""

from __future__ import annotations

import sqlite3
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from plainrecord.errors import UsageError
from plainrecord.people.normal import normal_form
from plainrecord.store.adding import Progress
from plainrecord.store.case import Case
from plainrecord.store.searchindex import UNSPACED, folded, opened_index
from plainrecord.times import format_utc

_BEFORE, _SHOWN, _LOOKED_AT = 40, 160, 500_000


@dataclass(frozen=True, slots=True)
class Hit:
    """One record that holds all the words. `record` is its id; `item` its number in the bundle built last, "" for none."""

    record: str
    item: str
    source: str
    original: str
    locator: str
    utc_us: int | None
    time_as_stated: str
    kind: str
    service: str
    account: str
    name: str
    snippet: str

    def as_json(self) -> dict[str, Any]:
        """The object `search --json` prints for it."""
        said = asdict(self)
        return {("utc" if key == "utc_us" else key): value for key, value in said.items()} | {
            "utc": None if self.utc_us is None else format_utc(self.utc_us)
        }


@dataclass(frozen=True, slots=True)
class Found:
    """How many records hold the words, the first of them in order of time, which words were looked for in every record, and of
    which bundle the item numbers are."""

    total: int
    hits: list[Hit]
    looked_through: list[str]
    bundle: str = ""


def search(
    case: Case,
    words: Sequence[str],
    *,
    parts: bool = False,
    limit: int = 50,
    rebuild: bool = False,
    progress: Progress | None = None,
) -> Found:
    """Records that hold all of `words`, each of which may be a phrase. `parts` also finds them inside longer words."""
    wanted = [word for word in (word.replace("\0", " ").strip() for word in words) if word]
    if not wanted and not rebuild:
        raise UsageError("Nothing to look for. Give one or more words.")
    with opened_index(case, progress, rebuild=rebuild) as db:
        return _found(db, case, wanted, parts, limit) if wanted else Found(0, [], [])


def _found(db: sqlite3.Connection, case: Case, words: list[str], parts: bool, limit: int) -> Found:
    through = [word for word in words if parts or not _is_word(word)]
    region = case.settings.region.upper() or None
    where, values = _condition(words, through, region)
    db.create_function("holds", 2, _holds, deterministic=True)
    total = db.execute(f"SELECT count(*) FROM search.doc d WHERE {where}", values).fetchone()[0]
    rows = db.execute(
        "SELECT d.ref, d.row, d.child, s.label, o.relpath, d.locator, d.utc_us, d.raw, d.kind, d.service, d.author, d.author_name,"
        " d.subject, d.text, d.names, d.files FROM search.doc d JOIN record r ON r.id=d.row JOIN member m ON m.id=r.member_id"
        f" JOIN original o ON o.id=m.original_id JOIN source s ON s.id=o.source_id WHERE {where}"
        " ORDER BY d.utc_us IS NULL, d.utc_us, r.claim_id, r.tie, d.child LIMIT ?",
        (*values, limit),
    )
    numbers = _Numbers(case)
    return Found(total, [_hit(row, words, numbers) for row in rows], through, numbers.bundle)


def _is_word(word: str) -> bool:
    """Whether the index has words like this: something in it is a letter or digit, and of a script with blanks."""
    return not UNSPACED.search(word) and any(unicodedata.category(char)[0] in "LN" for char in word)


# Where the index has a word, and where it cannot be trusted to: in a text of a script without blanks, a word of another stands
# as part of a longer one; and a telephone number in a text can be spelt in many ways.
_HELD = "holds(d.subject || char(10) || d.text || char(10) || d.names || char(10) || d.files, ?)"
_INDEXED = "SELECT rowid FROM search.words WHERE words MATCH ?"
_GLUED = f"SELECT d.id FROM search.doc d WHERE d.unspaced AND {_HELD}"
_NUMBER = "SELECT doc FROM search.mention WHERE kind='number' AND normal=?"


def _asked(word: str, region: str | None) -> tuple[str, list[str]]:
    """A condition for a word, and its values. In quotation marks nothing is an operator; a quotation mark is written twice. A
    telephone number is also looked for as accounts are kept, whatever its punctuation."""
    asked = '"' + word.replace('"', '""') + '"'
    number = normal_form("", "number", word, region)
    if not (number.startswith("+") and number[1:].isdecimal()):
        return f"d.id IN ({_INDEXED} UNION ALL {_GLUED})", [asked, folded(word)]
    values = [f'{asked} OR "{number}"', folded(word), number]
    return f"d.id IN ({_INDEXED} UNION ALL {_GLUED} UNION ALL {_NUMBER})", values


def _condition(words: list[str], through: list[str], region: str | None) -> tuple[str, list[str]]:
    asked, values = [], []
    for word in words:
        if word not in through:
            condition, said = _asked(word, region)
            asked.append(condition)
            values += said
    for word in through:
        unspaced = "d.unspaced AND " if UNSPACED.search(word) else ""
        asked.append(f"{unspaced}{_HELD}")
        values.append(folded(word))
    return " AND ".join(asked), values


def _holds(text: str, word: str) -> bool:
    return word in folded(text)


class _Numbers:
    """Item numbers of the bundle that was built last, where they are still those of the case."""

    def __init__(self, case: Case) -> None:
        self._db, self.bundle = case.db, case.numbered()

    def of(self, row: int, child: int) -> str:
        """The number of a record, "" when it has none."""
        if not self.bundle:
            return ""
        found = self._db.execute("SELECT number FROM chosen WHERE record_id=?", (row,)).fetchone()
        return "" if found is None else f"M-{found[0]:06d}" + (f"-{child}" if child else "")


def _hit(row: tuple[Any, ...], words: list[str], numbers: _Numbers) -> Hit:
    (
        ref,
        number,
        child,
        source,
        original,
        locator,
        utc_us,
        raw,
        kind,
        service,
        account,
        name,
        subject,
        text,
        names,
        files,
    ) = row
    snippet = next(_snippets((text, subject, names, files), words))
    item = numbers.of(number, child)
    return Hit(ref, item, source, original, locator, utc_us, raw, kind, service, account or "", name or "", snippet)


def _snippets(fields: Sequence[str], words: list[str]) -> Iterator[str]:
    """Some words round the first place where one of the words stands; the beginning where punctuation hides it."""
    for field in fields:
        for word in words:
            if (at := _place(field[:_LOOKED_AT], word)) is not None:
                yield _cut(field, at)
    yield _cut(next(filter(None, fields), ""), 0)


def _place(text: str, word: str) -> int | None:
    """Where a word stands in a text, as a place in the text as written."""
    at = folded(text).find(folded(word))
    if at < 0 or text.isascii():
        return at if at >= 0 else None
    length = 0
    for place, char in enumerate(text):
        length += len(folded(char))
        if length > at:
            return place
    return None


def _cut(text: str, at: int) -> str:
    start = max(0, at - _BEFORE)
    shown = " ".join(text[start : at + _SHOWN].split())
    return f"{'… ' if start else ''}{shown}{' …' if at + _SHOWN < len(text) else ''}"
