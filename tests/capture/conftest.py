"""A case with a running capture service, shared by the tests of one file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from senders import Sender, Server, new_case, serving, uuid_of


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return new_case(tmp_path_factory.mktemp("capture") / "case")


@pytest.fixture(scope="module")
def server(case: Path) -> Iterator[Server]:
    with serving(case) as running:
        yield running


@pytest.fixture(scope="module")
def browser(server: Server) -> Iterator[Callable[[str], Sender]]:
    """Makes browsers that are not paired yet, each with an Origin of its own."""
    made: list[Sender] = []

    def make(name: str) -> Sender:
        made.append(Sender(server.port, f"moz-extension://{uuid_of(name)}"))
        return made[-1]

    yield make
    for one in made:
        one.client.close()


@pytest.fixture(scope="module")
def sender(server: Server) -> Iterator[Sender]:
    """A paired browser."""
    one = Sender(server.port)
    one.pair(server.code)
    yield one
    one.client.close()
