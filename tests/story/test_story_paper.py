"""The story on paper: every item the bundle holds, with its words, stands in `report.pdf`, and page references are true."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from paper.pdfs import letters, page_texts, running_text, squeezed, timeline_rows


@pytest.fixture(scope="module")
def bundle(story, settings, tmp_path_factory) -> Path:
    """The demo's bundle, built far from the owner's time zone."""
    words = [str(story / name) for name in settings["exports"]]
    for option, names in (("--alias", settings["aliases"]), ("--owner", settings["owner"])):
        words += [word for name in names for word in (option, name)]
    words += ["--sender", settings["sender"], "--timezone", settings["timezone"]]
    words += ["--out", str(tmp_path_factory.mktemp("paper")), "--json"]
    done = subprocess.run(
        [sys.executable, "-m", "plainrecord", "bundle", *words],
        capture_output=True,
        encoding="utf-8",
        env=os.environ | {"TZ": "Pacific/Auckland"},
        check=True,
    )
    return Path(json.loads(done.stdout)["path"])


@pytest.fixture(scope="module")
def items(bundle):
    return [json.loads(line) for line in (bundle / "data/items/messages.jsonl").read_text("utf-8").splitlines()]


def test_every_item_and_every_text_of_the_story_is_on_paper(bundle, items):
    text = running_text(page_texts(bundle / "report.pdf"))
    whole, drawn = squeezed(text), letters(text)
    assert len(items) > 100
    for item in items:
        assert whole.count(item["item"]) >= 2
        for words in filter(None, (item["text"], item["subject"])):
            # The reader gives lines with right-to-left letters in the order they are drawn.
            plain = all(char < "\u0590" or char > "\u08ff" for char in words)
            assert squeezed(words) in whole if plain else letters(words) <= drawn, item["item"]
    # What the layout adds of its own is never taken for evidence.
    assert "[U+2068]" not in whole
    assert "[U+200B]" not in whole


def test_page_references_of_the_story_are_true(bundle, items):
    rows, pages = timeline_rows(bundle / "report.pdf"), page_texts(bundle / "report.pdf")
    assert list(rows) == [item["item"] for item in items]
    first = next(at for at, text in enumerate(pages) if "Both directions" in text)
    for number, page in rows.items():
        assert page > first
        assert f"\n{number} " in pages[page - 1], number
