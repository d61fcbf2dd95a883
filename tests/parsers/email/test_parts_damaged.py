from __future__ import annotations

from collections.abc import Callable

import pytest

from parts_damage import READERS, read_damaged_parts


@pytest.mark.parametrize(("sample", "reader"), READERS)
def test_a_part_cut_off_at_any_byte_is_read_as_far_as_it_goes(sample: bytes, reader: Callable[[bytes], object]) -> None:
    whole = reader(sample)
    assert [reader(sample[:end]) for end in range(len(sample) + 1)][-1] == whole


def test_some_thousand_damaged_parts_are_read_without_an_error() -> None:
    assert read_damaged_parts(4_000, "parts") == 4_000
