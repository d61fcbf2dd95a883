"""Twenty thousand damaged mail exports: nothing raises, and what was read loads again with the same envelope."""

from __future__ import annotations

from pathlib import Path

import pytest

from mail_damage import read_damaged, samples_of
from parts_damage import read_damaged_parts

pytestmark = pytest.mark.fuzz

FOLDERS = (
    "email-trace",
    "email-reports",
    "email-outlook-msg",
    "email-phone",
    "email-proton",
    "email-messages",
    "email-eml",
)


def test_damaged_mail_never_raises(tmp_path: Path) -> None:
    assert read_damaged(tmp_path, samples_of(*FOLDERS), 20_000, "fuzz") > 5_000


def test_damaged_parts_of_mails_never_raise() -> None:
    assert read_damaged_parts(100_000, "fuzz") == 100_000
