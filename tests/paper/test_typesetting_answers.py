"""What the typesetting engine answers becomes a sentence, whatever it is."""

from __future__ import annotations

import json
from subprocess import CompletedProcess

import pytest

from plainrecord.paper.typesetting import answer


@pytest.mark.parametrize(
    ("stdout", "says"),
    [
        ("", "stopped (exit 1)"),
        (json.dumps({"error": "no such font\nat line 1"}), "refused: no such font"),
        (json.dumps({"error": ""}), "refused: it did not say why"),
        (json.dumps({"error": "\n"}), "refused: it did not say why"),
    ],
)
def test_every_answer_of_the_engine_is_a_sentence(stdout: str, says: str) -> None:
    assert answer(CompletedProcess([], 1, stdout, "")).problem == f"The typesetting engine {says}" + (
        "." if says.startswith("stopped") else ""
    )
