"""Ten thousand damaged text logs and small exports: nothing raises, and what was read loads again."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from plainrecord.parsers.base import Parser
from test_text_damage import chats, claim_of, mutated, read_all
from text_readers import READERS

pytestmark = pytest.mark.fuzz
EACH = 10_000 // len(READERS)


@pytest.mark.parametrize("parser", READERS, ids=lambda parser: str(parser.name))
def test_damaged_exports_never_raise(parser: Parser, tmp_path: Path) -> None:
    rng = random.Random(f"fuzz {parser.name}")
    samples = [(sample.name, sample.read_bytes()) for sample in chats(parser)]
    for number in range(EACH):
        name, data = samples[number % len(samples)]
        read_all(parser, claim_of(parser, tmp_path / name, mutated(data, rng)))
