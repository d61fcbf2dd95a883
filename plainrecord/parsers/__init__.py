"""Turn one kind of export into envelopes and records. A parser never guesses in silence and never knows the subject.

A parser is one file: it states at its top what it reads, what it cannot, the evidence tier of each claim, and which
fixture proves it. It is registered by one line in `TABLE` below; third parties add theirs through the
`plainrecord.parsers` entry-point group. Law: for every claim, `seen = read + unread`.
"""

from __future__ import annotations

from plainrecord.parsers.base import Claim, FormatCard, Parser, Tier
from plainrecord.parsers.registry import all_parsers, in_order, parser_named

__all__ = ["Claim", "FormatCard", "Parser", "Tier", "all_parsers", "in_order", "parser_named"]
