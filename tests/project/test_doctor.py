"""The findings of `plainrecord doctor`, as the library returns them."""

from __future__ import annotations

import sqlite3
import tempfile

import pytest

from plainrecord import doctor


def test_this_machine_can_build_bundles() -> None:
    failed = [check.says for check in doctor.examine() if check.state == "fail"]
    assert not failed


def test_every_finding_is_one_sentence() -> None:
    for check in doctor.examine():
        assert check.says.endswith(".")
        assert "\n" not in check.says


def test_an_old_python_is_named_with_what_is_needed() -> None:
    check = doctor.check_python((3, 10, 2))
    assert check.state == "fail"
    assert "3.10.2" in check.says
    assert "3.11 or newer" in check.says


def test_an_unwritable_temporary_folder_fails_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    check = doctor.check_temporary_folder()
    assert check.state == "fail"
    assert "Permission denied" in check.says
    assert "TMPDIR" in check.says


def test_a_sqlite_older_than_any_tested_is_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 35, 5))
    assert doctor.check_sqlite().state == "warn"


def test_a_package_that_cannot_be_loaded_is_named() -> None:
    check = doctor.check_package("no-such-package", "no_such_package")
    assert check.state == "fail"
    assert "no-such-package" in check.says


def test_a_missing_libmagic_is_a_warning_and_not_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "libmagic_version", lambda: None)
    assert doctor.check_file_types().state == "warn"
