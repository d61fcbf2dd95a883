"""Pictures of the facts: plain SVG, each with its text alternative and the table it draws.

The public face: `pictures_of(subject, owner, dates, zone)` for a page or a report, `week_strip` for a page with little room.
Nothing here counts, reads a file, or says more than the facts do.
"""

from __future__ import annotations

from collections.abc import Sequence

from plainrecord.facts.fact import Fact
from plainrecord.facts.keydates import KeyDate
from plainrecord.facts.pictures.hours import hours_picture
from plainrecord.facts.pictures.lines import first_seen_picture, key_dates_picture
from plainrecord.facts.pictures.picture import Picture
from plainrecord.facts.pictures.weeks import week_strip, weeks_picture

__all__ = ["Picture", "pictures_of", "week_strip"]

SUBJECT, OWNER = "the subject to the owner", "the owner to the subject"


def pictures_of(
    subject: Sequence[Fact], owner: Sequence[Fact], dates: Sequence[KeyDate], zone: str | None
) -> list[Picture]:
    """The key dates, and for each side weeks by channel, hour by weekday, and firsts of channels and kinds."""
    found = [key_dates_picture(dates, "key-dates", zone)]
    for side, facts, who in (("subject", subject, SUBJECT), ("owner", owner, OWNER)):
        by_id = {fact.id: fact for fact in facts}
        found.append(weeks_picture(by_id["P2"], f"weeks-{side}", who))
        found.append(hours_picture(by_id["P6"], f"hours-{side}", who))
        found.append(first_seen_picture(by_id["P8"], by_id["P1"], f"first-seen-{side}", who, zone))
    return found
