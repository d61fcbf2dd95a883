"""The page on who is who: accounts found in the files, with plain reasons; a person says yes, no, me, or not sure."""

from __future__ import annotations

from starlette.responses import Response

from plainrecord.errors import UsageError
from plainrecord.guide.ask import Ask, go
from plainrecord.people.attributions import account_key
from plainrecord.store import Case
from plainrecord.store.attributing import Said, assert_accounts, find_account, withdraw_accounts
from plainrecord.store.looking import AccountSeen, accounts_seen
from plainrecord.store.suggesting import suggest

ON_A_PAGE = 20
ANSWERS = ("them", "me", "no", "unsure")
_ROLE_OF = {"them": "subject", "me": "owner"}
_ANSWER_OF = {role: answer for answer, role in _ROLE_OF.items()}
_MOST_SUGGESTED = 20


def who(ask: Ask) -> Response:
    """A page of accounts, those that wrote most first, each with its answer so far, and what may belong together."""
    notes = ask.desk.notes()
    if not any(given.state == "done" for given in notes.files):
        return ask.page("who_none")
    search, at = ask.query.get("search", ""), _page_number(ask)
    with ask.desk.case() as case:
        seen, total = accounts_seen(case, search, ON_A_PAGE, at * ON_A_PAGE)
        standing = case.attributions()
        suggested = suggest(case, limit=_MOST_SUGGESTED, texts=False).listed
    answers = dict.fromkeys(notes.not_them, "no") | dict.fromkeys(notes.unsure, "unsure")
    whose = {one.key: _ANSWER_OF.get(one.role, "no") for one in standing}
    return ask.page(
        "who",
        accounts=seen,
        total=total,
        at=at,
        last=max(0, (total - 1) // ON_A_PAGE),
        search=search,
        answers={one.said: whose.get(one.key) or answers.get(one.said) for one in seen},
        standing=standing,
        suggested=[one for one in suggested if not (one.one.person and one.other.person)],
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
    """Keep the answers of one page; “the person” and “me” become entries of the custody log. Other pages are not touched."""
    notes = ask.desk.notes()
    with ask.desk.case() as case:
        for at, said in enumerate(ask.chosen("account")):
            given = ask.typed(f"answer-{at}")
            if given not in ANSWERS:
                continue
            _attribute(ask, case, said, given)
            for name, kept in (("no", notes.not_them), ("unsure", notes.unsure)):
                if said in kept:
                    kept.remove(said)
                if given == name:
                    kept.append(said)
        notes.who_said = any(one.role == "subject" for one in case.attributions())
    ask.desk.keep(notes)
    if ask.typed("onward") == "stay":
        return go("/who")
    if not notes.who_said:
        raise UsageError(ask.words.plain("who.nobody"))
    return go("/diary")


def _attribute(ask: Ask, case: Case, said: str, given: str) -> None:
    """Write down whose an account is, where that is not what stands; take back what no longer does."""
    account = find_account(case.db, said, case.settings.region.upper() or None)
    held = next((one for one in case.attributions() if one.key == account_key(account)), None)
    role = _ROLE_OF.get(given, "")
    if held is not None and held.role == role:
        return
    by = case.who.name if case.who.name != "not stated" else "the person who filled in the guide"
    why = ask.typed("why") or ask.words.plain("who.why_default")
    if held is not None:
        withdraw_accounts(case, Said(held.person, (account,), by, why))
    if role:
        assert_accounts(case, Said(role, (account,), by, why))
