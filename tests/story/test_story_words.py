"""No text that the program makes has a word of judgement: every template, every string in the code, and all of the story's bundle."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from plainrecord.cli import main

PACKAGE = Path(__file__).resolve().parents[2] / "plainrecord"
WORDS = re.compile(
    r"\b(?:stalk(?:er|ers|ing)|perpetrators?|offenders?|victims?|suspects?|harass(?:ing|ment|es|ed)?|threatening|obsess(?:ive|ion|ed)|escalat"
    r"(?:ion|ing|ed)|pattern of abuse|risk level|likely|abus(?:er|ive))\b",
    re.IGNORECASE,
)
TEXTS = sorted(path for path in PACKAGE.rglob("*") if path.suffix in {".html", ".css", ".js", ".txt", ".toml"})
# The story's own people never use one of the words, so whole files can be read.
WRITTEN = {".html", ".txt", ".csv", ".json", ".jsonl"}


def shown(source: str) -> list[tuple[int, str]]:
    """Every string of a source file that is no docstring, with its line; parts of f-strings too."""
    tree = ast.parse(source)
    told = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    return [
        (node.lineno, node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told
    ]


def test_no_string_of_the_package_has_one() -> None:
    found = [
        f"{path.relative_to(PACKAGE)}:{line}: {text[:80]}"
        for path in sorted(PACKAGE.rglob("*.py"))
        for line, text in shown(path.read_text("utf-8"))
        if WORDS.search(text)
    ]
    assert found == []


def test_no_template_and_no_data_file_has_one() -> None:
    assert len(TEXTS) > 20
    assert [str(path.relative_to(PACKAGE)) for path in TEXTS if WORDS.search(path.read_text("utf-8"))] == []


def test_the_help_of_no_command_has_one() -> None:
    for name in ("", *main.commands):
        text = CliRunner().invoke(main, [*([name] if name else []), "--help"]).output
        assert not WORDS.search(text), name


def test_a_string_that_has_one_would_be_found() -> None:
    source = 'def f(x):\n    """A likely docstring."""\n    return f"{x} is likely" + "no"\n'
    assert [line for line, text in shown(source) if WORDS.search(text)] == [3]


@pytest.fixture(scope="module")
def made(settings: dict[str, Any], story: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The story's bundle, and beside it what the commands say of it."""
    out = tmp_path_factory.mktemp("story")
    people = [word for one in settings["aliases"] for word in ("--alias", one)]
    people += [word for one in settings["owner"] for word in ("--owner", one)]
    exports = [str(story / name) for name in settings["exports"]]
    said = [
        "bundle",
        *exports,
        "--sender",
        settings["sender"],
        *people,
        "--timezone",
        settings["timezone"],
        "--out",
        str(out),
    ]
    answer = CliRunner().invoke(main, said)
    assert answer.exit_code == 0, answer.output
    [bundle] = [path for path in out.iterdir() if path.is_dir()]
    for name, words in {
        "facts.txt": ["facts", str(bundle)],
        "verify.txt": ["verify", str(bundle)],
        "list.txt": ["read-list", str(bundle), "--out", str(out / "list.csv")],
    }.items():
        (out / name).write_text(CliRunner().invoke(main, words).output, "utf-8")
    (out / "bundle.txt").write_text(answer.output, "utf-8")
    return out


def test_nothing_that_is_made_of_the_story_has_one(made: Path) -> None:
    files = [path for path in made.rglob("*") if path.suffix in WRITTEN and "native" not in path.parts]
    assert len(files) > 30
    found = [(str(path.relative_to(made)), hit[0]) for path in files for hit in WORDS.finditer(path.read_text("utf-8"))]
    assert found == []
