"""Every parser there is, held to the house rules: an honest card, a sample that shows it, and nobody else's files."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from plainrecord.intake import list_source
from plainrecord.intake.listing import Listing
from plainrecord.parsers import Parser, all_parsers
from plainrecord.parsers.registry import TABLE, parser_named
from plainrecord.store.adding import plan_claims

ROOT = Path(__file__).resolve().parents[2]
FIXTURES = ROOT / "fixtures"
OURS = all_parsers()[: len(TABLE)]
NAMES = [parser.name for parser in OURS]
FOLDERS = sorted(folder.name for folder in FIXTURES.iterdir() if folder.is_dir() and folder.name != "story")
# Samples that also hold a file of another kind on purpose, or that several readers of one family share.
SHARED = {
    "email-messages": {"eml"},
    "email-real": {"mbox"},
    # Files of the encrypted download, put among the ordinary threads as people do.
    "social-facebook": {"messenger-e2ee"},
    "email-phone": {"eml"},
    "email-proton": {"eml"},
    "email-reports": {"eml"},
    "email-trace": {"eml", "mbox"},
    # The same downloads as web pages, read by the readers of their JSON form.
    "social-facebook-pages": {"facebook-download"},
    "social-instagram-pages": {"instagram-download"},
    "email-eml": {"whatsapp"},  # chat.txt, a WhatsApp text that quotes mail headers: a mail reader must leave it alone
    "social-google": {"google-chat", "mbox"},  # a Takeout holds mail and chat beside everything else
}


# Where the real sample lies that proves a reader, when it is not in the reader's own folder.
_PROVED_IN = {"email-mbox": "email-real"}
_SOURCES = ("§", "section", "rfc", "source", "reference", "knowledge", "known from", "schema:", "public")


@pytest.mark.parametrize("parser", OURS, ids=NAMES)
def test_a_parser_has_a_version_and_a_card_without_gaps(parser: Parser) -> None:
    card = parser.card
    assert parser.version and parser.name == parser.name.strip().lower()
    assert all(getattr(card, field).strip() for field in ("service", "export", "holds", "cannot_hold", "fixture"))
    assert card.tier in ("real sample", "public schema", "not exercised")
    assert card.service == parser.service
    assert parser_named(parser.name) is parser


def test_names_are_given_once() -> None:
    assert len(set(NAMES)) == len(NAMES)


@pytest.mark.parametrize("parser", OURS, ids=NAMES)
def test_a_parser_has_a_sample_whose_readme_states_its_source_and_tier(parser: Parser) -> None:
    folder = FIXTURES / parser.card.fixture
    readme = (folder / "README.md").read_text(encoding="utf-8")
    assert any(path.name != "README.md" for path in folder.iterdir())
    lower = " ".join(readme.lower().split())
    proof = FIXTURES / _PROVED_IN.get(parser.card.fixture, parser.card.fixture) / "README.md"
    assert parser.card.tier in f"{lower} {proof.read_text('utf-8').lower()}", "its tier, in the words of the card"
    assert any(word in lower for word in _SOURCES), "where the knowledge is from"


@pytest.mark.parametrize("parser", OURS, ids=NAMES)
def test_a_parser_says_at_its_top_what_it_reads_and_how_well_it_is_proved(parser: Parser) -> None:
    module = __import__(type(parser).__module__, fromlist=["x"])
    assert module.__doc__ and len(module.__doc__.splitlines()[0]) > 20


@pytest.mark.parametrize("parser", OURS, ids=NAMES)
def test_a_parser_has_its_line_in_the_docs(parser: Parser) -> None:
    page = (ROOT / "docs/formats.md").read_text(encoding="utf-8")
    assert f"`{parser.name} {parser.version}`" in page, "run: python tools/formats_page.py"


@pytest.mark.parametrize("parser", OURS, ids=NAMES)
def test_an_empty_listing_and_empty_files_are_claimed_by_nobody(parser: Parser, tmp_path: Path) -> None:
    assert not list(parser.claim(Listing("S1", "nothing", (), ())))
    for name in ("empty.txt", "result.json", "_chat.txt", "INBOX", "a.html", "b.csv"):
        (tmp_path / name).write_bytes(b"")
    assert not list(parser.claim(list_source([tmp_path], "S1")))


@pytest.mark.parametrize("folder", FOLDERS)
def test_the_files_of_a_sample_are_read_by_its_own_parsers_only(folder: str) -> None:
    listing = list_source([FIXTURES / folder], "S1")
    mine = {parser.name for parser in OURS if parser.card.fixture == folder} | SHARED.get(folder, set())
    claimed = {
        (parser.name, member.tree_path)
        for parser, claim in plan_claims(listing, listing.members)
        for member in claim.members
    }
    assert not {(name, path) for name, path in claimed if name not in mine}


def everyone_asked(listing: Listing) -> list[tuple[str, list[str]]]:
    """What is read by whom when every parser is asked, whatever is left."""
    left = {member.tree_path: member for member in listing.members}
    planned = []
    for parser in all_parsers():
        for claim in parser.claim(replace(listing, members=list(left.values()))):
            paths = [member.tree_path for member in claim.members]
            if left.keys() >= set(paths):
                planned.append((parser.name, paths))
                left = {path: one for path, one in left.items() if path not in paths and path not in claim.aside}
    return planned


@pytest.mark.parametrize("folder", FOLDERS)
def test_whoever_is_not_asked_would_have_claimed_nothing(folder: str) -> None:
    listing = list_source([FIXTURES / folder], "S1")
    for part in (listing, *(replace(listing, members=[member]) for member in listing.members)):
        planned = plan_claims(part, part.members)
        assert [(parser.name, [one.tree_path for one in claim.members]) for parser, claim in planned] == everyone_asked(
            part
        )


def test_a_mailbox_is_read_without_loading_what_reads_other_exports() -> None:
    code = (
        "import sys; from pathlib import Path; from plainrecord.intake import list_source;"
        "from plainrecord.store.adding import plan_claims; one = list_source([Path(sys.argv[1])], 'S1');"
        "assert [parser.name for parser, _ in plan_claims(one, one.members)] == ['mbox'];"
        "print([name for name in sys.modules if name.startswith(('plainrecord.parsers.social', 'PIL', 'exifread', 'lxml'))])"
    )
    box = FIXTURES / "email-mbox/both-quotings.mbox"
    done = subprocess.run([sys.executable, "-c", code, str(box)], check=True, capture_output=True, text=True)
    assert done.stdout == "[]\n"


@pytest.mark.parametrize("folder", FOLDERS)
def test_nothing_that_explains_a_sample_is_taken_for_an_export(folder: str) -> None:
    listing = list_source([FIXTURES / folder], "S1")
    claimed = {m.name for _, claim in plan_claims(listing, listing.members) for m in claim.members}
    assert not claimed & {"README.md", "expected.jsonl", "loaded.jsonl"}
