"""What bootstrap.py does on a fresh machine, step by step, without installing anything."""

from __future__ import annotations

import ast
import importlib.util
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def bootstrap() -> ModuleType:
    """A fresh copy of the script as a module."""
    spec = importlib.util.spec_from_file_location("bootstrap_under_test", ROOT / "bootstrap.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A folder with the files that decide what is installed."""
    for name in (
        "bootstrap.py",
        "pyproject.toml",
        "requirements.lock",
        "requirements-dev.lock",
        "requirements-judges.lock",
    ):
        (tmp_path / name).write_text(f"contents of {name}", encoding="utf-8")
    return tmp_path


class Commands:
    """Stands in for `call`: remembers each command and answers with the exit code it was told."""

    def __init__(self, code: int = 0) -> None:
        self.seen: list[str] = []
        self.code = code

    def __call__(self, command: Sequence[str], root: Path) -> int:
        self.seen.append(" ".join(command))
        if "venv" in command:
            (root / ".venv").mkdir(exist_ok=True)
        return self.code

    def installs(self) -> list[str]:
        """The pip commands."""
        return [line for line in self.seen if "pip install" in line]


def test_it_imports_the_standard_library_only() -> None:
    tree = ast.parse((ROOT / "bootstrap.py").read_text(encoding="utf-8"))
    modules = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    modules |= {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    assert {str(name).partition(".")[0] for name in modules} <= sys.stdlib_module_names


def test_an_old_python_gets_as_far_as_being_told_so() -> None:
    ast.parse((ROOT / "bootstrap.py").read_text(encoding="utf-8"), feature_version=(3, 7))


@pytest.mark.parametrize("version", [(2, 7), (3, 6), (3, 10)])
def test_an_old_python_is_told_which_one_is_needed(bootstrap: ModuleType, version: tuple[int, int]) -> None:
    with pytest.raises(
        bootstrap.Stop, match=r"needs Python 3\.11 or newer, and this is Python \d\.\d+\. Nothing was changed"
    ):
        bootstrap.require_python(version)


def test_this_python_is_new_enough(bootstrap: ModuleType) -> None:
    bootstrap.require_python(sys.version_info[:2])


@pytest.mark.parametrize("absent", ["venv", "ensurepip"])
def test_a_python_without_venv_is_told_what_to_install(
    bootstrap: ModuleType, clone: Path, monkeypatch: pytest.MonkeyPatch, absent: str
) -> None:
    monkeypatch.setattr(bootstrap, "find_spec", lambda name: None if name == absent else object())
    with pytest.raises(bootstrap.Stop, match="sudo apt install python3-venv"):
        bootstrap.make_venv(clone)
    assert not (clone / ".venv").exists()


def test_everything_is_installed_by_hash_and_the_project_last(
    bootstrap: ModuleType, clone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands = Commands()
    monkeypatch.setattr(bootstrap, "call", commands)
    bootstrap.prepare(clone, bootstrap.DEV)
    *locks, project = commands.installs()
    assert all("--require-hashes" in line for line in locks)
    assert [line.rpartition(" ")[2] for line in locks] == ["requirements-dev.lock", "requirements-judges.lock"]
    assert project.endswith("--no-deps --no-build-isolation --editable .")


def test_nothing_is_installed_again_until_a_lock_changes(
    bootstrap: ModuleType, clone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands = Commands()
    monkeypatch.setattr(bootstrap, "call", commands)
    bootstrap.prepare(clone, bootstrap.RUN)
    first = len(commands.installs())
    bootstrap.prepare(clone, bootstrap.RUN)
    assert len(commands.installs()) == first
    (clone / "requirements.lock").write_text("another", encoding="utf-8")
    bootstrap.prepare(clone, bootstrap.RUN)
    assert len(commands.installs()) == 2 * first


def test_an_install_that_failed_is_tried_again_next_time(
    bootstrap: ModuleType, clone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python = clone / "python"
    monkeypatch.setattr(bootstrap, "make_venv", lambda root: python)
    (clone / ".venv").mkdir()
    monkeypatch.setattr(bootstrap, "call", Commands(code=1))
    with pytest.raises(bootstrap.Stop, match="could not be installed"):
        bootstrap.prepare(clone, bootstrap.RUN)
    again = Commands()
    monkeypatch.setattr(bootstrap, "call", again)
    bootstrap.prepare(clone, bootstrap.RUN)
    assert again.installs()


def test_a_stop_is_one_sentence_on_stderr_and_exit_code_1(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(_root: Path, _rest: Sequence[str]) -> None:
        raise bootstrap.Stop("This is why.")

    monkeypatch.setitem(bootstrap.VERBS, "setup", refuse)
    assert bootstrap.main(["setup"]) == 1
    assert capsys.readouterr().err == "This is why.\n"


def test_the_demo_asks_for_what_the_storys_own_file_says(bootstrap: ModuleType, tmp_path: Path) -> None:
    story = tmp_path / "fixtures" / "story"
    story.mkdir(parents=True)
    (story / "demo.toml").write_text(
        'sender = "a@mail.example"\naliases = ["b@mail.example"]\nowner = ["c@mail.example"]\n'
        'timezone = "Europe/London"\nexports = ["exports/mail.mbox"]\n',
        encoding="utf-8",
    )
    assert bootstrap.demo_arguments(tmp_path) == [
        *("bundle", str(story / "exports/mail.mbox"), "--sender", "a@mail.example", "--alias", "b@mail.example"),
        *("--owner", "c@mail.example", "--timezone", "Europe/London", "--out", str(tmp_path / "demo-out")),
    ]


def test_make_has_a_target_for_every_verb_and_no_other(bootstrap: ModuleType) -> None:
    rule = next(
        line for line in (ROOT / "Makefile").read_text(encoding="utf-8").splitlines() if line.startswith("setup ")
    )
    assert rule.removesuffix(":").split() == list(bootstrap.VERBS)
