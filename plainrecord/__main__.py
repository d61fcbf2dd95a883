"""`python -m plainrecord` is the same as `plainrecord`."""

from __future__ import annotations

from plainrecord.cli import main

if __name__ == "__main__":
    main(prog_name="plainrecord")
