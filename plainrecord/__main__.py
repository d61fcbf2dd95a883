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
    finally:
        _forget_interrupt()


def _forget_interrupt() -> None:
    """Let a stop that was answered end with our exit code, also when it fell into source run from a string.

    CPython remembers a KeyboardInterrupt that left such source (the standard library makes dataclasses and named tuples
    that way), however well it was answered further out, and then dies by the signal at its end. Running any source clears
    what it remembers (`run_eval_code_obj` in `Python/pythonrun.c`).
    """
    exec("")  # noqa: S102  nothing is run; see above


if __name__ == "__main__":
    main()
