"""Find a file again by the path a record gives for it: in an original on disk, without listing the whole source anew.

The path may come from a bundle that somebody else made: it decides only which file is looked for, never what is written.
"""

from __future__ import annotations

from pathlib import Path

from plainrecord.intake.archives import container_at
from plainrecord.intake.limits import LimitError, Limits
from plainrecord.intake.listing import Member, Original


def find_member(path: Path, inside: str) -> Member:
    """The file at `inside` (see `Member.path`; "" for the original itself) of the original at `path`, ready to be opened.

    Whether an archive holds such a file shows when it is opened. The original may have been renamed since it was listed.
    Raises OSError when it is not there, ArchiveError when it is no archive or a limit is passed.
    """
    place = path.resolve()
    found = place.stat()
    original = Original(place, path.name, found.st_size, found.st_mtime_ns)
    if inside:
        inside = _now_named(original, inside.split("!/"))
    return Member(original, inside, inside or path.name, None, "")


def _now_named(original: Original, steps: list[str]) -> str:
    # Each step opens one more archive inside the other, and a path can name as many as its writer likes.
    depth = Limits().depth
    if len(steps) > depth:
        raise LimitError(f"it lies more than {depth} archives deep")
    outer = container_at(original)
    if outer.flat:
        # A file compressed on its own holds no name for its content; the name came from that of the original.
        steps = [outer.entries[0].step, *steps[1:]]
    return "!/".join(steps)
