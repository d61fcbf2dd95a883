"""The page on who is who: accounts found in the files, with plain reasons; a person says yes, no, me, or not sure."""

from __future__ import annotations

from starlette.responses import Response

from plainrecord.errors import UsageError
from plainrecord.guide.ask import Ask, go
from plainrecord.store.looking import AccountSeen, accounts_seen

ON_A_PAGE = 20
ANSWERS = ("them", "me", "no", "unsure")


def who(ask: Ask) -> Response:
    """A page of accounts, those that wrote most first, each with its answer so far."""
    notes = ask.desk.notes()
    if not any(given.state == "done" for given in notes.files):
        return ask.page("who_none")
    search, at = ask.query.get("search", ""), _page_number(ask)
    with ask.desk.case() as case:
        seen, total = accounts_seen(case, search, ON_A_PAGE, at * ON_A_PAGE)
        settings = case.settings
    answers = {
        **dict.fromkeys(notes.not_them, "no"),
        **dict.fromkeys(notes.unsure, "unsure"),
        **dict.fromkeys(settings.owner.accounts, "me"),
        **dict.fromkeys(settings.subject.accounts, "them"),
    }
    return ask.page(
        "who",
        accounts=seen,
        total=total,
        at=at,
        last=max(0, (total - 1) // ON_A_PAGE),
        search=search,
        answers=answers,
        named=settings.subject.accounts,
        own=settings.owner.accounts,
        reason=lambda account: _reason(ask, account),
    )


def _page_number(ask: Ask) -> int:
    text = ask.query.get("page", "0")
    return int(text) if text.isdigit() and len(text) < 7 else 0


def _reason(ask: Ask, account: AccountSeen) -> str:
    """Why an account is shown, in counts and days."""
    said = ask.words.plain(
        "who.wrote",
        written=f"{account.written:,}",
        named=f"{account.named:,}",
        first=ask.day_text(account.first_us),
        last=ask.day_text(account.last_us),
    )
    if account.owner:
        return f"{said} {ask.words.plain('who.is_owner')}"
    if not account.usable:
        return f"{said} {ask.words.plain('who.name_only_mail')}"
    return f"{said} {ask.words.plain('who.name_only')}" if account.by_name else said


def answer(ask: Ask) -> Response:
    """Keep the answers of one page. What stands on other pages is not touched."""
    notes, settings = ask.desk.notes(), ask.desk.settings()
    for at, said in enumerate(ask.chosen("account")):
        given = ask.typed(f"answer-{at}")
        if given not in ANSWERS:
            continue
        for kept in (settings.subject.accounts, settings.owner.accounts, notes.not_them, notes.unsure):
            if said in kept:
                kept.remove(said)
        {
            "them": settings.subject.accounts,
            "me": settings.owner.accounts,
            "no": notes.not_them,
            "unsure": notes.unsure,
        }[given].append(said)
    ask.desk.keep_settings(settings)
    ask.desk.keep(notes)
    onward = ask.typed("onward")
    if onward == "stay":
        return go("/who")
    if not settings.subject.accounts:
        raise UsageError(ask.words.plain("who.nobody"))
    return go("/diary")
