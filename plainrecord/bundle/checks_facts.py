"""The facts of one of our bundles: every figure counted again from the items, and every list as long as its figure says.

Counts with this program's rules. Where a bundle was counted by another version of the parameters only its own lists are held
against its figures, and that is said.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from plainrecord.bundle.bagreader import Bag, UnreadableError, read_whole
from plainrecord.bundle.checks import Findings
from plainrecord.bundle.fact_files import CONFIRMED, FACTS, spans
from plainrecord.bundle.fact_lines import table_of
from plainrecord.bundle.items import MESSAGES
from plainrecord.bundle.meta import pretty
from plainrecord.errors import UsageError
from plainrecord.facts import Confirmed, confirmed_of, figures, number_stated, parameters, require_items

_LIMIT = 256 << 20
_COVERAGE, _BUNDLE = "meta/coverage.json", "meta/bundle.json"
_FAULTS = (UnreadableError, UsageError, ValueError, KeyError, TypeError, AttributeError, RecursionError)


def check_facts(bag: Bag, findings: Findings) -> None:
    """Hold `facts/facts.json` against the items; a bundle of before there were facts has none, and that is said."""
    if FACTS not in bag.files:
        findings.note("This bundle holds no facts (facts/facts.json), so none were counted again.")
        return
    try:
        stated = json.loads(read_whole(bag, FACTS, _LIMIT))
        _check_lists(stated, findings)
        if stated["parameters_version"] != parameters().version:
            findings.note(
                "Its facts were counted with other parameters than this program's; they were not counted again."
            )
            return
        _check_figures(bag, stated, findings)
    except _FAULTS as error:
        findings.problem(
            FACTS,
            "counts",
            f"Its facts cannot be counted again: {(str(error).splitlines() or [type(error).__name__])[0][:300]}.",
        )


def _check_lists(stated: Any, findings: Findings) -> None:
    """Every list of items has as many as it says, and so has the figure it bears out."""
    for where, one in _lists(stated, ""):
        if isinstance(one.get("items"), str) and one["number"] != number_stated(one["items"]):
            findings.problem(
                FACTS, "counts", f"{where.strip()} states {one['number']} items and lists others in number."
            )


def _lists(value: Any, where: str) -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(value, dict):
        where = f"{where} {value['id']}" if "id" in value else where
        if "number" in value and "items" in value:
            yield where, value
        for one in value.values():
            yield from _lists(one, where)
    elif isinstance(value, list):
        for one in value:
            yield from _lists(one, where)


def _check_figures(bag: Bag, stated: Any, findings: Findings) -> None:
    coverage = json.loads(read_whole(bag, _COVERAGE, _LIMIT))["rows"]
    zone = json.loads(read_whole(bag, _BUNDLE, _LIMIT))["timezone"]
    table = table_of(bag)
    said = (
        confirmed_of(json.loads(read_whole(bag, CONFIRMED, _LIMIT)), CONFIRMED)
        if CONFIRMED in bag.files
        else Confirmed()
    )
    require_items(said, table, CONFIRMED)
    counted = json.loads(pretty(figures(table, zone, spans(coverage), said).as_json(coverage)))
    findings.count("facts", len(counted["subject_to_owner"]) + len(counted["owner_to_subject"]))
    for name in counted.keys() | stated.keys():
        if stated.get(name) != counted.get(name):
            findings.problem(
                FACTS, "counts", f"Counted again from {MESSAGES}, {_which(stated.get(name), counted.get(name), name)}."
            )


def _which(stated: Any, counted: Any, name: str) -> str:
    """The first fact that differs, or the part of the file that does."""
    if name in ("subject_to_owner", "owner_to_subject") and isinstance(stated, list) and len(stated) == len(counted):
        here = [one["id"] for one, other in zip(counted, stated, strict=True) if one != other]
        return f"{', '.join(here)} ({name.replace('_', ' ')}) come out otherwise"
    return f"“{name.replace('_', ' ')}” comes out otherwise"
