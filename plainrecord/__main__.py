"""Where the command starts, as `plainrecord` and as `python -m plainrecord`: quiet also when it is stopped while loading."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line."""
    try:
        from plainrecord.cli import main as front  # noqa: PLC0415  loading is what may be stopped
        from plainrecord.values import collect_seldom  # noqa: PLC0415

        collect_seldom()
        front(prog_name="plainrecord")
    except KeyboardInterrupt:  # before or behind the part that answers it with a sentence
        sys.exit(130)


if __name__ == "__main__":
    main()
