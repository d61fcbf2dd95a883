"""One item as HTML: a row of the timeline, and the whole message in its conversation.

Written as f-strings, because there can be hundreds of thousands; every value passes through `shown.html`. Nothing of the
evidence becomes a link, an image or markup.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any, NamedTuple

from plainrecord.bundle.numbers import is_attached
from plainrecord.bundle.shown import (
    DIRECTIONS,
    PARTS,
    account_text,
    copy_text,
    html,
    one_line,
    plural,
    short_html,
    size_text,
    time_basis,
)

# What stands for an address that is still open. In evidence it cannot be drawn: `shown.visible` writes it out.
OPEN = "\0"
# What stands for the way from a page to the bundle's folder. As long as what replaces it, so that no length changes: "../",
# or blanks, which HTML lets stand around an address.
ROOT = "\x01\x01\x01"
ROOT_HERE, ROOT_ABOVE = "   ", "../"
# Pictures that every browser draws.
PICTURES = (".jpg", ".png", ".gif", ".webp")
FIRST_WORDS = 100
# One message can be a whole file; a page must open in an old browser. The rest is in messages.jsonl and the native file.
LONGEST_TEXT = 100_000
_CLASSES = {"subject": "s", "owner": "o", "context": "c"}
EVIDENCE = {
    "recorded": "recorded: the bytes as handed in",
    "derived": "derived: read from the original by this program",
    "computed": "computed: counted by this program",
    "authored": "authored: made by a person: a note, or messages copied by hand",
}
_STATES = {"present": "kept in this bundle", "missing": "missing from the source", "not-exported": "not in the export"}


class Open(NamedTuple):
    """HTML with one address left open between `before` and `after`, to be filled in when the page it leads to is known."""

    before: str
    after: str

    def at(self, page: str) -> str:
        """The whole, leading to an anchor of that page ("" for the same page)."""
        return f"{self.before}{page}{self.after}"


def timeline_row(item: dict[str, Any], shown: str) -> Open:
    """The item's row in the timeline table, its time `shown` in words; the open address is that of its conversation's page."""
    number = item["item"]
    remarks = list(item["marks"])
    if item["attachments"]:
        remarks.append(plural(len(item["attachments"]), "attachment"))
    if is_attached(number):
        remarks.append("carried inside " + number.rpartition("-")[0])
    return Open(
        f'<tr class="{_CLASSES[item["part"]]}" id="t-{number}"><th scope="row" class="num"><a href="',
        f'#{number}">{number}</a></th>'
        f'<td class="when">{short_html(shown)}</td>'
        f'<td class="by"><span class="who">{_who(item["part"], item["direction"])}</span><br><bdi>{_from(item)}</bdi></td>'
        f"<td>{_kind(item)}</td>"
        f'<td class="long"><bdi class="w">{_first_words(item)}</bdi></td><td class="marks">{short_html(", ".join(remarks))}</td></tr>\n',
    )


def _kind(item: dict[str, Any]) -> str:
    """What it is and by which service: “message, whatsapp”; once where both are one word."""
    kind, service = item["kind"], item["service"]
    return short_html(kind) if kind == service else f"{short_html(kind)}, {short_html(service)}"


def message(item: dict[str, Any], shown: str) -> Open:
    """The whole item, closed until somebody opens it, with a marker before it when messages were left out there.

    The open address is that of its page of the timeline.
    """
    number = item["item"]
    carried = " carried" if is_attached(number) else ""
    return Open(
        f"{gap_marker(item['gap_before'])}"
        f'<details class="m {_CLASSES[item["part"]]}{carried}" id="{number}"><summary><b class="num">{number}</b>'
        f' {short_html(shown)} <span class="who">{_who(item["part"], item["direction"])}</span>'
        f' <bdi class="first w">{_first_words(item)}</bdi></summary><div>'
        f"{_list(_head(item))}{_text(item)}{_attachments(number, item['attachments'])}{_list(_source(item))}"
        '<p class="back"><a href="',
        f'#t-{number}">{number} in the timeline</a></p></div></details>\n',
    )


def gap_marker(count: int) -> str:
    """The line that stands for messages left out, "" for none."""
    return f'<p class="gap">[{plural(count, "message")} not included]</p>\n' if count else ""


@lru_cache(maxsize=64)
def _who(part_code: str, direction_code: str) -> str:
    """Whose the item is and to whom, without saying either twice."""
    part, direction = PARTS[part_code], DIRECTIONS[direction_code]
    if direction.startswith(part.lower()):
        return direction.capitalize()
    return part if direction_code in ("other", "unknown") else f"{part} ({direction})"


def _from(item: dict[str, Any]) -> str:
    return _short_account(item["sender"]["value"]) if item["sender"] else "no sender stated"


@lru_cache(maxsize=8192)
def _short_account(value: str) -> str:
    return html(one_line(value, 60))


def _first_words(item: dict[str, Any]) -> str:
    return _shown_words(item["subject"] or "", (item["text"] or "")[: 4 * FIRST_WORDS])


# Each item is shown twice in a row: in the timeline and in its conversation.
@lru_cache(maxsize=2)
def _shown_words(subject: str, text: str) -> str:
    words = " · ".join(filter(None, (subject, text)))
    return html(one_line(words, FIRST_WORDS)) or "(no text)"


def _head(item: dict[str, Any]) -> Iterator[tuple[str, str]]:
    yield "From", _account(item["sender"])
    if item["recipients"]:
        yield "To", ", ".join([_account(account) + _role(account) for account in item["recipients"]])
    if item["also"]:
        yield "Also named", ", ".join([_account(account) + _role(account) for account in item["also"]])
    if item["subject"]:
        yield "Subject line", f'<bdi class="w">{html(item["subject"])}</bdi>'
    for name, value in item["status"].items():
        yield short_html(name.capitalize()), short_html(value)


def _account(account: dict[str, Any] | None) -> str:
    return f"<bdi>{short_html(account_text(account))}</bdi>"


def _role(account: dict[str, Any]) -> str:
    return f" ({short_html(account['role'])})" if account["role"] and account["role"] != "to" else ""


def _text(item: dict[str, Any]) -> str:
    text = item["text"]
    if not text:
        return "<p>(no text)</p>"
    from_html = "<p>This text was taken from the message’s HTML form; the HTML itself is in the native file and is not shown.</p>"
    rest = len(text) - LONGEST_TEXT
    cut = f"<p>[The other {rest:,} characters are in data/items/messages.jsonl.]</p>" if rest > 0 else ""
    before = from_html if item["text_from"] == "html" else ""
    return f'{before}<div class="text w" dir="auto">{html(text[:LONGEST_TEXT])}</div>{cut}'


def _attachments(number: str, attachments: list[dict[str, Any]]) -> str:
    if not attachments:
        return ""
    rows = [
        f"<li>{_attachment(attachment)}{_picture(f'{number}-p{at}', attachment)}</li>"
        for at, attachment in enumerate(attachments, start=1)
    ]
    return f'<p>{plural(len(attachments), "attachment")}, closed.</p><ul class="w">{"".join(rows)}</ul>'


def _picture(anchor: str, one: dict[str, Any]) -> str:
    """A picture that browsers can draw: closed, then blurred, then clear, each by a click of its own; nothing for the rest."""
    if not one["media"] or not one["media"].endswith(PICTURES):
        return ""
    return (
        '<details class="pic"><summary>Picture: open it to see it blurred</summary>'
        f'<input type="checkbox" id="{anchor}" autocomplete="off"> <label for="{anchor}">Show it clearly</label>'
        f'<img loading="lazy" alt="The picture as received; nobody has described it" src="{ROOT}{one["media"]}"></details>'
    )


def _attachment(one: dict[str, Any]) -> str:
    name = f"<bdi>{html(one['name'])}</bdi>" if one["name"] else "without a name"
    kind = one["detected_type"] or one["claimed_type"] or "type not known"
    parts = [
        name,
        html(kind),
        size_text(one["bytes"]),
        _STATES[one["state"]] if one["media"] or one["state"] != "present" else "bytes not kept",
    ]
    if one["claimed_type"] and one["claimed_type"] != one["detected_type"]:
        parts.append(f"sent as {html(one['claimed_type'])}")
    if one["sha256"]:
        parts.append(f'SHA-256 <span class="hash">{html(one["sha256"])}</span>')
    if one["media"]:
        parts.append(f'<span class="hash">{html(one["media"])}</span>')
    parts += [f"{html(name)}: {html(value)}" for name, value in one["facts"].items()]
    parts += [html(note) for note in one["notes"]]
    return " · ".join(parts)


def _source(item: dict[str, Any]) -> Iterator[tuple[str, str]]:
    time, position = item["time"], item["position"]
    yield (
        "Time as written",
        f"<bdi>{html(time['ts_raw'])}</bdi> ({short_html(time['where'])}, {short_html(time['meaning'])})",
    )
    yield "How understood", short_html(time_basis(time))
    if item["dates"]:
        yield "Other times", "; ".join([_other_time(other) for other in item["dates"]])
    yield "Kind", f"{short_html(item['kind'])}, {short_html(item['service'])}"
    for label, values in (("Marks", item["marks"]), ("Notes", item["notes"])):
        if values:
            yield label, short_html(", ".join(values))
    for name, value in item["facts"].items():
        yield short_html(name), html(value)
    place = " ".join(filter(None, (position["original"], position["member"], position["locator"])))
    yield "Source", f"{short_html(item['source'])}: <bdi>{html(place)}</bdi>"
    if item["copies"]:
        yield "Also in", "; ".join([f"<bdi>{html(copy_text(copy))}</bdi>" for copy in item["copies"]])
    yield "Evidence", EVIDENCE[item["evidence_kind"]]
    yield "Here because", short_html(_reason(item["matched"]))
    if item["native"]:
        yield "Native file", f'<span class="hash">{item["native"]}</span>'
    yield "Record id", f'<span class="hash">{html(item["id"])}</span>'
    if item["raw_sha256"]:
        yield "SHA-256 of record", f'<span class="hash">{html(item["raw_sha256"])}</span>'


def _reason(rule: str) -> str:
    role, _, how = rule.partition(":")
    if how == "exact":
        return f"an account of the subject stands in “{role}” ({rule})"
    if how == "label":
        return (
            f"the name this export gives a sender, and nothing more, is the subject’s, and stands in “{role}” ({rule})"
        )
    if how == "asserted":
        return f"an account that a named person attributed to the subject stands in “{role}” ({rule})"
    if how == "name":
        return f"a display name like the subject’s stands in “{role}”, with another account ({rule})"
    words = {
        "conversation": "it belongs to a conversation with the subject",
        "attached": "it is carried inside another item",
        "authored:owner": "the owner handed in their own log",
        "captured:owner": "the owner kept this page from a browser and handed it in",
        "asked:account-events": "it is an event of the owner’s own account, and these were asked for",
    }
    return f"{words[rule]} ({rule})" if rule in words else rule


def _other_time(time: dict[str, Any]) -> str:
    return f"<bdi>{html(time['ts_raw'])}</bdi> ({short_html(time['where'])}, {short_html(time['meaning'])})"


def _list(pairs: Iterable[tuple[str, str]]) -> str:
    return "<dl>" + "".join([f"<dt>{name}</dt><dd>{value}</dd>" for name, value in pairs]) + "</dl>"
