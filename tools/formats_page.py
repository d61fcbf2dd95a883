"""Write docs/formats.md from the cards of the parsers themselves, or (`--check`) say whether it is still true."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "formats.md"
OPENING = """# What can be read

Made by `python tools/formats_page.py` from the parsers' own cards; change it there. `plainrecord formats` prints the same.

*Evidence* says how far the reader is proved: **real sample**, a real export was read; **public schema**, published formats,
public writers and readers were the source, and the sample is invented; **not exercised**, described only. What an export cannot
hold is *not known* when it is absent, never *none*. Files of other kinds are kept, named and listed; `plainrecord inspect` says
which export to ask for instead. Tables of any kind are read with a [column mapping](tables.md).
"""


def main() -> int:
    """Write the page, or check it with `--check`; exit code 1 when it is out of date."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="only say whether the page is what would be written now")
    text = page()
    if not parser.parse_args().check:
        PAGE.write_text(text, encoding="utf-8", newline="\n")
        return 0
    if PAGE.is_file() and PAGE.read_text(encoding="utf-8") == text:
        return 0
    print("docs/formats.md is not what the parsers say now. Run: python tools/formats_page.py", file=sys.stderr)
    return 1


def page() -> str:
    """The whole page, ending in one newline. Entry points of other packages are no part of it."""
    from plainrecord.parsers.formatstable import format_page  # noqa: PLC0415 - so that `--help` works without the package
    from plainrecord.parsers.registry import TABLE, all_parsers  # noqa: PLC0415

    ours = all_parsers()[: len(TABLE)]
    cards = [(f"{parser.name} {parser.version}", parser.card) for parser in ours]
    return "\n".join([OPENING.rstrip("\n"), *format_page(cards), ""])


if __name__ == "__main__":
    sys.exit(main())
