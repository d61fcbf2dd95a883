"""Where the command starts, as `plainrecord` and as `python -m plainrecord`: quiet also when it is stopped while loading."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line."""
    try:
        from plainrecord.cli import main as front  # noqa: PLC0415  loading is what may be stopped
    except KeyboardInterrupt:
        sys.exit(130)
    front(prog_name="plainrecord")


if __name__ == "__main__":
    main()
