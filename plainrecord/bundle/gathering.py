"""Items and loaded messages gathered until runs are made of them: messages of one form wait for each other, to be filled in together.

What has no form is made ready at once, the careful way. Pure: writes nothing, so any process can gather.
"""

from __future__ import annotations

from plainrecord.bundle.batch import Batch
from plainrecord.bundle.contents import Chosen, Item, Many
from plainrecord.bundle.filling import Plain
from plainrecord.bundle.finished import Finished, finished
from plainrecord.bundle.formcut import Form, Items
from plainrecord.bundle.forms import Forms, plain_of, plain_of_many
from plainrecord.records import Loaded

# So many items, or of so many bytes, are put in order before runs are made of them.
_SORTED, _HELD = 1_000, 4 << 20


class Gathering:
    """Takes what belongs into a bundle, and gives it as a batch; times are shown in `zone` (IANA; UTC for None)."""

    def __init__(self, zone: str | None) -> None:
        self._zone = zone
        self._batch = Batch()
        self._waiting: dict[int, tuple[Forms, Form, Items, list[tuple[Chosen, Loaded]]]] = {}
        self._count = self._size = 0

    @property
    def full(self) -> bool:
        """Whether so much is held that runs should be made of it."""
        return self._count >= _SORTED or self._size >= _HELD

    def add(self, item: Item) -> None:
        """Make one item ready, the careful way."""
        ready = finished(item, self._zone)
        self._batch.add(ready)
        self._count += 1
        self._size += _held(ready)

    def take(self, row: Chosen, loaded: Loaded, forms: Forms, items: Items) -> None:
        """Add one message; `items` makes its items where it has no form."""
        form = forms.form(row, loaded, items)
        if form is None:
            self._carefully(row, loaded, items)
            return
        self._waiting.setdefault(id(form), (forms, form, items, []))[-1].append((row, loaded))
        self._count += 1
        self._size += len(loaded.text or "") + len(loaded.raw or b"")

    def take_many(self, many: Many, forms: Forms, items: Items) -> None:
        """Add messages that were loaded in columns."""
        form = forms.form_of_many(many, items)
        left = range(len(many.numbers)) if form is None else self._filled(forms, form, plain_of_many(many))
        if left:
            several = list(many.each())
            for at in left:
                self._carefully(*several[at], items)

    def batch(self) -> Batch:
        """All that was taken since the last time, ready."""
        for forms, form, items, several in self._waiting.values():
            for at in self._filled(forms, form, plain_of(several)):
                self._carefully(*several[at], items)
        made, self._batch = self._batch, Batch()
        self._waiting, self._count, self._size = {}, 0, 0
        return made

    def _filled(self, forms: Forms, form: Form, plain: Plain) -> list[int]:
        ready, left = forms.fill(form, plain)
        self._batch.join(ready)
        return left

    def _carefully(self, row: Chosen, loaded: Loaded, items: Items) -> None:
        for item in items(row, loaded):
            self.add(item)


def _held(item: Finished) -> int:
    """About how much memory its bytes take."""
    size = len(item.line) + len(item.raw)
    for _, blob in item.media:
        size += len(blob)
    return size
