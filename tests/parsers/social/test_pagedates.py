"""Dates of a download's pages: every language and shape, never a guess about which number is the day."""

from __future__ import annotations

import tomllib
from datetime import datetime
from importlib.resources import files
from pathlib import Path

import pytest

from plainrecord.intake import list_source
from plainrecord.intake.listing import ReadOptions
from plainrecord.parsers.base import Claim, NeedsAnswer
from plainrecord.parsers.social.pageclock import ORDINARY, ClockRules, Stated
from plainrecord.parsers.social.pagedates import PageDates, date_text, known_languages
from plainrecord.parsers.social.pagesurvey import PageSurvey, kept_dates, survey_pages

TABLE = tomllib.loads(
    files("plainrecord.parsers.social").joinpath("data", "pagedates.toml").read_text(encoding="utf-8")
)
EVENING = datetime(2023, 11, 14, 22, 13)

SHAPES = [
    ("Mar 1, 2019 2:05pm", datetime(2019, 3, 1, 14, 5)),
    ("Oct 19, 2019, 2:37 PM", datetime(2019, 10, 19, 14, 37)),
    ("Oct 19, 2019, 2:37\u202fPM", datetime(2019, 10, 19, 14, 37)),
    ("Oct 19, 2019 at 2:37 PM", datetime(2019, 10, 19, 14, 37)),
    ("19\u00a0Oct 2019, 14:37", datetime(2019, 10, 19, 14, 37)),
    ("Sep 22, 2017 6:33 am", datetime(2017, 9, 22, 6, 33)),
    ("Sept 22, 2017 12:33 am", datetime(2017, 9, 22, 0, 33)),
    ("Sep 22, 2017 12:33 pm", datetime(2017, 9, 22, 12, 33)),
    ("Nov 14, 2023 10:13:20 pm", datetime(2023, 11, 14, 22, 13, 20)),
    ("Tuesday 14th November 2023 at 22:13", EVENING),
    ("14 Tach 2023, 22:13", EVENING),
    ("Dydd Mawrth, 14 Tachwedd 2023 am 10:13 yh", EVENING),
    ("dinsdag 14 november 2023 om 22:13 uur", EVENING),
    ("14. Nov. 2023, 22:13", EVENING),
    ("Dienstag, 14. November 2023 um 22:13 Uhr", EVENING),
    ("14 nov. 2023 à 22 h 13", EVENING),
    ("mardi 14 novembre 2023, 22:13", EVENING),
    ("1er mars 2024 à 06:05", datetime(2024, 3, 1, 6, 5)),
    ("14 de noviembre de 2023 a las 10:13 p.\u00a0m.", EVENING),
    ("nov 14, 2023 10:13 p.m.", EVENING),
    ("14 de nov. de 2023, 22:13", EVENING),
    ("14 de novembro de 2023 às 22:13", EVENING),
    ("nov 14, 2023 10:13 da tarde/noite", EVENING),
    ("jun. 07, 2024 5:44 am", datetime(2024, 6, 7, 5, 44)),
    ("03. Sept. 2024, 9:33 pm", datetime(2024, 9, 3, 21, 33)),
    ("14 novembre 2023 alle ore 22:13", EVENING),
    ("14 lis 2023, 22:13", EVENING),
    ("14 listopada 2023 o 22:13", EVENING),
    ("14 Kas 2023 22:13", EVENING),
    ("14 Kasım 2023 Salı ÖS 10:13", EVENING),
    ("14 noiembrie 2023 la 22:13", EVENING),
    ("14 نوفمبر 2023، 10:13 م", EVENING),
    ("١٤ تشرين الثاني ٢٠٢٣ في ١٠:١٣ م", EVENING),
    ("14 نومبر، 2023 10:13 PM", EVENING),
    ("14 नव॰ 2023 को 10:13 pm बजे", EVENING),
]


@pytest.mark.parametrize(("text", "local"), SHAPES)
def test_a_date_of_every_language_is_read_as_written(text: str, local: datetime) -> None:
    found = date_text(text)
    assert found is not None
    assert found.local() == local


def test_all_words_of_the_table_are_read_in_their_language() -> None:
    for language in known_languages():
        said = TABLE[language]
        for number, names in enumerate(said["months"], 1):
            for name in names:
                for text in (f"15 {name} 2023, 11:05", f"{name.upper()}. 15, 2023 11:05"):
                    found = date_text(text)
                    # Upper case of a dotless i is not what a page writes; everything else may be.
                    if found is None and text.isupper() and language == "tr":
                        continue
                    assert found is not None, (language, text)
                    assert language in found.languages
                    assert found.local() == datetime(2023, number, 15, 11, 5), (language, text)


def test_no_month_name_of_one_language_is_another_month_in_another() -> None:
    months: dict[str, set[int]] = {}
    for language in known_languages():
        for number, names in enumerate(TABLE[language]["months"], 1):
            for name in names:
                months.setdefault(name, set()).add(number)
    assert {name: numbers for name, numbers in months.items() if len(numbers) > 1} == {}


def test_no_half_day_word_means_the_other_half_in_another_language() -> None:
    before = {word for language in known_languages() for word in TABLE[language]["am"]}
    after = {word for language in known_languages() for word in TABLE[language]["pm"]}
    assert before & after == set()


@pytest.mark.parametrize(
    "text",
    [
        "see you on 14 Nov 2023",
        "14 Nov 2023, 22:13 and not later",
        "31 Feb 2023, 10:00",
        "14 Nov 2023, 25:00",
        "14 Nov 2023, 22:60",
        "14 Nov 2023, 15:00 am",
        "14 Smarch 2023, 10:00",
        "14 Nov",
        "22:13",
        "",
        "1" * 200,
        "Alex Mere",
    ],
)
def test_what_is_not_wholly_one_date_is_none(text: str) -> None:
    assert date_text(text) is None


def test_precision_says_how_exactly_the_page_writes() -> None:
    dates = PageDates(("en",), "", "Europe/London")
    precisions = [dates.stamp(text, "page").time.precision for text in ("14 Nov 2023", "14 Nov 2023, 22:13")]
    assert [*precisions, dates.stamp("14 Nov 2023, 22:13:20", "page").time.precision] == ["day", "min", "s"]


def test_the_hours_of_the_clock_change_are_flagged_and_not_hidden() -> None:
    dates = PageDates(("en",), "", "Europe/London")
    twice = dates.stamp("29 Oct 2023, 01:30", "page").time
    never = dates.stamp("31 Mar 2024, 01:30", "page").time
    assert (twice.ts_utc, twice.dst_flag, twice.tz_basis) == (
        "2023-10-29T00:30:00Z",
        "ambiguous",
        "export_locale_assumed",
    )
    assert (never.dst_flag, never.local) == ("nonexistent", "2024-03-31T01:30:00")


def test_without_a_zone_a_time_floats() -> None:
    time = PageDates(("en",)).stamp("14 Nov 2023, 22:13", "page").time
    assert (time.utc_us, time.local, time.tz_basis) == (None, "2023-11-14T22:13:00", "floating_unknown")


def test_an_offset_that_is_written_is_used_and_letters_are_not_trusted() -> None:
    dates = PageDates(("en",), "", "Europe/London")
    old = dates.stamp("Wednesday, 12 March 2014 at 21:05 UTC+01", "page")
    assert (old.time.ts_utc, old.time.tz_basis, old.notes) == ("2014-03-12T20:05:00Z", "explicit_offset", ())
    assert dates.stamp("Jan 15, 2021, 6:54:12 PM UTC", "page").time.ts_utc == "2021-01-15T18:54:12Z"
    letters = dates.stamp("Jan 15, 2021, 6:54:12 PM BST", "page")
    assert letters.notes == ("pagedates:zone-letters",)
    found = date_text("Jan 15, 2021, 6:54:12 PM BST")
    assert found is not None
    assert (found.zone, found.offset_minutes()) == ("BST", None)


def test_a_weekday_that_is_another_says_so() -> None:
    assert PageDates().stamp("Monday, 14 November 2023, 22:13", "page").notes == ("pagedates:weekday-disagrees",)
    assert PageDates().stamp("Tuesday, 14 November 2023, 22:13", "page").notes == ()


def test_a_date_in_another_language_than_the_pages_is_read_and_says_so() -> None:
    stamp = PageDates(("en",), "", "Europe/London").stamp("14 lis 2023, 22:13", "page")
    assert (stamp.time.ts_utc, stamp.notes) == ("2023-11-14T22:13:00Z", ("pagedates:other-language",))


def test_numbers_alone_are_no_date_until_their_order_is_known() -> None:
    text = "03/04/2024, 10:13"
    assert PageDates().stamp(text, "page").time.local is None
    assert PageDates((), "DMY").stamp(text, "page").time.local == "2024-04-03T10:13:00"
    assert PageDates((), "MDY").stamp(text, "page").time.local == "2024-03-04T10:13:00"


def page(*dates: str) -> str:
    return (
        "<html><body>" + "".join(f"<div><div>words</div><div>{date}</div></div>" for date in dates) + "</body></html>"
    )


def surveyed(tmp_path: Path, pages: dict[str, str], options: ReadOptions = ReadOptions()) -> tuple[PageDates, Claim]:
    for name, text in pages.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    members = tuple(list_source([tmp_path], "S1").members)
    claim = Claim("pages", "pages", members, options)
    return survey_pages(claim, members), claim


def test_words_of_a_page_tell_its_language(tmp_path: Path) -> None:
    dates, claim = surveyed(tmp_path, {"a.html": page("nov 14, 2023 22:13", "maj 1, 2023 10:00", "lip 1, 2023 10:00")})
    assert dates.languages == ("pl",)
    assert kept_dates(claim) == dates


def test_order_is_decided_by_a_day_above_twelve_anywhere_in_the_download(tmp_path: Path) -> None:
    dates, claim = surveyed(
        tmp_path, {"a.html": page("03/04/2024, 10:13"), "b.html": page("03/25/2024, 10:13", "04/01/2024, 10:00")}
    )
    assert dates.order == "MDY"
    assert [one.chosen for one in claim.decisions if one.subject == "pages:date-order"] == ["MDY"]


def test_order_is_decided_where_dates_of_a_newest_first_page_would_jump(tmp_path: Path) -> None:
    days = [f"{day:02d}/{month:02d}/2024, 10:13" for month in (6, 5, 4, 3) for day in (12, 9, 7, 2)]
    dates, _ = surveyed(tmp_path, {"a.html": page(*days)})
    assert dates.order == "DMY"


def test_dots_and_the_year_last_are_day_first(tmp_path: Path) -> None:
    dates, _ = surveyed(tmp_path, {"a.html": page("03.04.2024, 10:13")})
    assert dates.order == "DMY"


def test_order_that_nothing_shows_is_asked_and_what_is_said_is_used(tmp_path: Path) -> None:
    pages = {"a.html": page("03/04/2024, 10:13")}
    with pytest.raises(NeedsAnswer) as asked:
        surveyed(tmp_path, pages)
    assert (asked.value.question, asked.value.file) == ("date_order", "a.html")
    assert "3 April 2024 read as DMY or 4 March 2024 read as MDY" in asked.value.example
    assert surveyed(tmp_path, pages, ReadOptions(date_order="MDY"))[0].order == "MDY"


def test_a_number_that_somebody_typed_asks_nothing(tmp_path: Path) -> None:
    many = page(*["14 Nov 2023, 22:13"] * 30)
    dates, claim = surveyed(tmp_path, {"a.html": many, "note.html": page("03/04/2024 10:13")})
    assert dates.order == ""
    assert "not decided" in [one.chosen for one in claim.decisions]


def test_numbers_are_looked_at_over_the_whole_page_and_over_the_edge_of_a_read(tmp_path: Path) -> None:
    long = page(*["03/04/2024, 10:13"] * 90_000, "25/04/2024, 10:13")
    assert len(long) > 1 << 21
    assert surveyed(tmp_path, {"a.html": long})[0].order == "DMY"


def chosen(claim: Claim) -> tuple[str, bool]:
    decision = next(one for one in claim.decisions if one.subject == "pages:timezone")
    return decision.chosen, decision.certain


def test_the_zone_the_download_states_comes_before_the_one_said(tmp_path: Path) -> None:
    _, claim = surveyed(tmp_path, {"a.html": page("14 Nov 2023, 22:13")}, ReadOptions(timezone="Europe/London"))
    assert chosen(claim) == ("Europe/London", False)
    claim.decisions.clear()
    stated = survey_pages(claim, claim.members, Stated("America/New_York", "timezone.json says so"))
    assert stated.zone == "America/New_York"
    assert chosen(claim) == ("America/New_York", False)


def login(utc: str, shown: str) -> str:
    return f"<div><h2>{utc}</h2><table><tr><td>Cookie</td></tr><tr><td>Time</td><td>{shown}</td></tr></table></div>"


SUMMER = login("2024-06-15T10:30:12+00:00", "Jun 15, 2024 2:30 am")
WINTER = login("2024-01-15T10:30:12+00:00", "Jan 15, 2024 2:30 am")
FIXED = ClockRules(heads_count=False, found_in=("Etc/GMT+8",))


def head(utc: str, shown: str) -> str:
    return f'<html><body><header><time datetime="{utc}">{shown}</time></header>{page("14 Nov 2023, 22:13")}'


def clocked(tmp_path: Path, text: str, zone: str | None, rules: ClockRules = ORDINARY) -> tuple[PageDates, Claim]:
    (tmp_path / "a.html").write_text(text, encoding="utf-8")
    members = tuple(list_source([tmp_path], "S1").members)
    claim = Claim("pages", "pages", members, ReadOptions(timezone=zone))
    return survey_pages(claim, members, None, rules), claim


def test_rows_that_are_headed_by_their_time_in_utc_show_the_zone_whatever_was_said(tmp_path: Path) -> None:
    dates, claim = clocked(tmp_path, SUMMER + WINTER, "Europe/London", FIXED)
    assert dates.zone == "Etc/GMT+8"
    assert dates.stamp("Jun 15, 2024 2:30 am", "page").time.ts_utc == "2024-06-15T10:30:00Z"
    assert chosen(claim) == ("Etc/GMT+8", True)
    assert "Europe/London was said" in claim.decisions[-1].basis


def test_one_season_alone_leaves_the_zone_uncertain(tmp_path: Path) -> None:
    assert chosen(clocked(tmp_path, WINTER, None, FIXED)[1]) == ("Etc/GMT+8", False)


def test_the_head_of_a_page_confirms_or_refutes_what_was_said(tmp_path: Path) -> None:
    summer = head("2024-08-19T14:33Z", "Monday, August 19, 2024 at 3:33 PM UTC+01:00")
    assert clocked(tmp_path, summer, "Europe/London")[0].zone == "Europe/London"
    refuted, claim = clocked(tmp_path, head("2024-08-19T14:33Z", "Monday 19 August 2024 at 14:33 UTC"), "Europe/London")
    assert refuted.zone == "UTC"
    assert not chosen(claim)[1]
    winter, _ = clocked(tmp_path, head("2024-12-19T14:33Z", "Thursday 19 December 2024 at 14:33 UTC"), None)
    assert winter.zone is None
    unknown, _ = clocked(
        tmp_path, head("2024-08-19T14:33Z", "Monday, August 19, 2024 at 4:33 PM UTC+02:00"), "Europe/London"
    )
    assert unknown.zone is None
    assert unknown.stamp("14 Nov 2023, 22:13", "page").time.utc_us is None


def test_the_head_says_nothing_where_rows_keep_another_clock(tmp_path: Path) -> None:
    dates, claim = clocked(tmp_path, head("2024-08-12T05:03Z", "Sunday, August 11, 2024 at 10:03 PM UTC"), None, FIXED)
    assert dates.zone is None
    assert "Etc/GMT+8" in claim.decisions[-1].basis


def test_the_zone_a_person_lives_in_is_not_taken_for_pages_that_were_found_to_show_another(tmp_path: Path) -> None:
    dates, claim = clocked(tmp_path, page("14 Nov 2023, 22:13"), "Europe/London", FIXED)
    found = dates.stamp("14 Nov 2023, 22:13", "page").time
    assert (dates.zone, found.utc_us, found.local) == (None, None, "2023-11-14T22:13:00")
    assert chosen(claim) == ("not known", False)
    assert clocked(tmp_path, page("14 Nov 2023, 22:13"), "Etc/GMT+8", FIXED)[0].zone == "Etc/GMT+8"


def test_a_survey_takes_texts_of_any_kind() -> None:
    survey = PageSurvey()
    for text in ("", "\0", "٣", "9" * 5000, "14 Nov 2023, 22:13"):
        survey.look(text)
    assert (survey.worded, survey.numbered) == (1, 0)
