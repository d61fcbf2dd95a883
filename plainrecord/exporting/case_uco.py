"""CASE/UCO as JSON-LD: sources, custody steps, accounts, items and their files as objects that lab systems exchange.

An export and not our model: what the ontology has no word for stands in descriptions. Written as a stream, one object a
line; ids are made from the bundle's id and the object's own, so the same bundle gives the same bytes. Terms are those of
CASE 1.4 and 1.5 on UCO (caseontology.org); `case_validate` of the project's public validator accepts the result.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID, uuid5

from plainrecord.bundle.shown import time_basis
from plainrecord.exporting.forms import Form, Tally
from plainrecord.exporting.reading import Bundle

_NAMESPACE = UUID("5f0d9c1e-7c0f-4f0e-9a40-5b5b8a6c2f11")
_CONTEXT = {
    "kb": "http://example.org/kb/",
    "investigation": "https://ontology.caseontology.org/case/investigation/",
    "core": "https://ontology.unifiedcyberontology.org/uco/core/",
    "action": "https://ontology.unifiedcyberontology.org/uco/action/",
    "identity": "https://ontology.unifiedcyberontology.org/uco/identity/",
    "observable": "https://ontology.unifiedcyberontology.org/uco/observable/",
    "tool": "https://ontology.unifiedcyberontology.org/uco/tool/",
    "types": "https://ontology.unifiedcyberontology.org/uco/types/",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
_BYTES = re.compile(r"bytes:([0-9]{1,18})-([0-9]{1,18})")
# What a value of xsd:string may hold: the characters of XML 1.0 (XML Schema 1.0, part 2, section 3.2.1).
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

Node = dict[str, Any]


def write_case(bundle: Bundle, tally: Tally, content: bool) -> Iterator[bytes]:
    """The bundle as one JSON-LD document, an object of the graph on each line."""
    yield f'{{"@context":{json.dumps(_CONTEXT)},\n"@graph":[\n'.encode()
    first = True
    for node in _Graph(bundle, tally, content).nodes():
        yield (b"" if first else b",\n") + json.dumps(node, ensure_ascii=False).encode()
        first = False
    yield b"\n]}\n"


class _Graph:
    """The objects of one bundle, each given once and before the first that refers to it is needed."""

    def __init__(self, bundle: Bundle, tally: Tally, content: bool) -> None:
        self._bundle = bundle
        self._tally = tally
        self._content = content
        self._known: set[str] = set()

    def nodes(self) -> Iterator[Node]:
        yield from self._heads()
        yield from self._people()
        yield from self._sources()
        yield from self._custody()
        for item in self._bundle.items():
            self._tally.items += 1
            self._tally.written += 1
            yield from self._item(item)

    def _id(self, kind: str, key: str) -> str:
        return f"kb:{kind}-{uuid5(_NAMESPACE, f'{self._bundle.bundle_id}/{kind}/{key}')}"

    def _ref(self, kind: str, key: str) -> Node:
        return {"@id": self._id(kind, key)}

    def _node(self, kind: str, key: str, is_a: str, **values: Any) -> Node:
        """An object; values that are None or empty are left out."""
        given = {name.replace("__", ":"): value for name, value in values.items() if value not in (None, "", [])}
        return {"@id": self._id(kind, key), "@type": is_a, **given}

    def _heads(self) -> Iterator[Node]:
        about, bundle = self._bundle.about, self._bundle
        yield self._node(
            "investigation",
            "case",
            "investigation:Investigation",
            core__name=_text(about.get("case_ref") or bundle.bundle_id),
            core__description=f"Made from the bundle {bundle.bundle_id}, seal {bundle.seal}.",
            investigation__investigationForm="case",
            core__object=[self._ref("provenance", source["label"]) for source in bundle.sources],
        )
        yield self._node(
            "tool",
            "tool",
            "tool:AnalyticTool",
            core__name=about["tool"],
            tool__toolType="parser",
            tool__version=about["tool_version"],
        )

    def _people(self) -> Iterator[Node]:
        for number, person in enumerate(self._bundle.people):
            # There may be several people beside the two a bundle is about, and each is a node of their own.
            key = f"other/{number}" if person["role"] == "other" else person["role"]
            yield self._node("person", key, "identity:Person", core__name=_text(person["label"]))
            for at, one in enumerate(person["accounts"]):
                account, nodes = self._account(one["account"])
                yield from nodes
                yield self._node(
                    "relationship",
                    f"{key}/{at}",
                    "core:Relationship",
                    core__source=self._ref("person", key),
                    core__target=account,
                    core__kindOfRelationship="Has_Account",
                    core__isDirectional=True,
                    core__description=_text(f"{one['rule']}: {one['basis']}. Said by: {one['asserted_by']}."),
                )

    def _sources(self) -> Iterator[Node]:
        for source in self._bundle.sources:
            files = []
            for original in source["originals"]:
                before = original["before"]
                key = f"{source['label']}/{original['name']}"
                files.append(self._ref("file", key))
                yield self._file(key, original["name"], before["bytes"], before["sha256"])
                self._known.add(f"original/{source['label']}/{before['sha256']}")
            yield self._node(
                "provenance",
                source["label"],
                "investigation:ProvenanceRecord",
                core__name=_text(source["name"]),
                investigation__exhibitNumber=source["label"],
                core__object=files,
            )

    def _file(self, key: str, name: str | None, size: int | None, sha256: str | None) -> Node:
        # BLAKE3 is not in the ontology's list of hash methods; it stands in the bundle.
        digest = self._node(
            "hash", key, "types:Hash", types__hashMethod="SHA256", types__hashValue=_hex(sha256) if sha256 else None
        )
        content = self._node(
            "facet",
            f"content/{key}",
            "observable:ContentDataFacet",
            observable__sizeInBytes=size,
            observable__hash=[digest] if sha256 else None,
        )
        file = self._node("facet", f"file/{key}", "observable:FileFacet", observable__fileName=_text(name))
        return self._node("file", key, "observable:File", core__hasFacet=[file, content])

    def _custody(self) -> Iterator[Node]:
        before = None
        labels = {source["label"] for source in self._bundle.sources}
        for line in self._bundle.custody():
            key, who = str(line["seq"]), line["who"]["name"]
            if who != "not stated":
                yield from self._once("person", f"by/{who}", "identity:Person", core__name=_text(who))
            yield self._node(
                "action",
                key,
                "investigation:InvestigativeAction",
                core__name=line["type"],
                core__description=_text(
                    f"{line['what']} {line['why'] or ''} Custody line {key}, SHA-256 {line['this_hash']}."
                ),
                action__startTime=_time(line["when"]["utc"]),
                action__performer=self._ref("person", f"by/{who}") if who != "not stated" else None,
                action__instrument=[self._ref("tool", "tool")] if line.get("tool") else None,
                action__object=[self._ref("provenance", ref) for ref in line["item_refs"] if ref in labels],
                investigation__wasInformedBy=[self._ref("action", before)] if before else None,
            )
            before = key

    def _once(self, kind: str, key: str, is_a: str, **values: Any) -> Iterator[Node]:
        if (identity := self._id(kind, key)) not in self._known:
            self._known.add(identity)
            yield self._node(kind, key, is_a, **values)

    def _account(self, account: Node) -> tuple[Node, list[Node]]:
        """A reference to an account, and the objects that have to be written for it first."""
        service, kind, value = account["service"], account["kind"], account["value"]
        key = f"{service}/{kind}/{value}"
        if kind == "address":
            facet = self._node(
                "facet", f"address/{key}", "observable:EmailAddressFacet", observable__addressValue=_text(value)
            )
            return self._ref("account", key), list(
                self._once("account", key, "observable:EmailAddress", core__hasFacet=[facet])
            )
        facets = [
            self._node(
                "facet", f"application/{key}", "observable:ApplicationAccountFacet",
                observable__application=self._ref("application", service),
            ),
            self._node(
                "facet", f"account/{key}", "observable:AccountFacet",
                observable__accountIdentifier=_text(value),
            ),
            self._node(
                "facet", f"digital/{key}", "observable:DigitalAccountFacet", observable__displayName=_text(account["name"] or value)
            ),
        ]  # fmt: skip
        return self._ref("account", key), [
            *self._once("application", service, "observable:Application", core__name=service),
            *self._once("account", key, "observable:ApplicationAccount", core__description=kind, core__hasFacet=facets),
        ]

    def _accounts(self, accounts: Sequence[Node]) -> tuple[list[Node], list[Node]]:
        found = [self._account(one) for one in accounts]
        return [ref for ref, _ in found], [node for _, nodes in found for node in nodes]

    def _item(self, item: Node) -> Iterator[Node]:
        key, service = item["item"], item["service"]
        yield from self._once("application", service, "observable:Application", core__name=service)
        sender, nodes = self._accounts([item["sender"]] if item["sender"] else [])
        yield from nodes
        sent_to: dict[str, list[Node]] = {}
        for role in ("to", "cc", "bcc"):
            of_role = [one for one in item["recipients"] if (one["role"] or "to") == role]
            sent_to[role], nodes = self._accounts(of_role)
            yield from nodes
        is_a, facet = self._facet(item, sender[0] if sender else None, sent_to)
        yield self._node(
            "item", key, is_a, core__name=key, core__description=_text(_says(item)), core__hasFacet=[facet]
        )
        yield from self._places(item)
        yield from self._files(item)

    def _facet(self, item: Node, sender: Node | None, sent_to: dict[str, list[Node]]) -> tuple[str, Node]:
        """Class and facet of an item: mails, calls, kept pages and entries of the owner's log have their own, all else is a message."""
        key, when = item["item"], _time(item["time"]["ts_utc"])
        words = _text(item["text"]) if self._content else None
        application = self._ref("application", item["service"])
        everyone = [*sent_to["to"], *sent_to["cc"], *sent_to["bcc"]]
        if item["kind"] == "email":
            facet = self._node(
                "facet", key, "observable:EmailMessageFacet", observable__application=application,
                observable__from=sender, observable__to=sent_to["to"], observable__cc=sent_to["cc"],
                observable__bcc=sent_to["bcc"], observable__sentTime=when, observable__body=words,
                observable__subject=_text(item["subject"]) if self._content else None,
            )  # fmt: skip
            return "observable:EmailMessage", facet
        if item["kind"] in ("call", "voicemail"):
            facet = self._node(
                "facet", key, "observable:CallFacet", observable__application=application, observable__from=sender,
                observable__to=everyone, observable__startTime=when, observable__callType=_call_type(item),
            )  # fmt: skip
            return "observable:Call", facet
        if item["kind"] == "capture":
            # Nobody's message: what a page said, of whatever author, as its owner's browser showed it.
            address = _text(item["facts"].get("address")) if self._content else None
            return "observable:WebPage", self._node("facet", key, "observable:URLFacet", observable__fullValue=address)
        if item["kind"] == "incident":
            return "observable:Note", self._node("facet", key, "observable:NoteFacet", observable__text=words)
        facet = self._node(
            "facet", key, "observable:MessageFacet", observable__application=application, observable__from=sender,
            observable__to=everyone, observable__sentTime=when, observable__messageText=words,
            observable__messageType=item["kind"], observable__messageID=item["id"],
            observable__sessionID=item["conversation_number"],
        )  # fmt: skip
        return "observable:Message", facet

    def _places(self, item: Node) -> Iterator[Node]:
        """Where the item stands in an original, and where else."""
        places = [(item["source"], item["position"]), *((copy["source"], copy) for copy in item["copies"])]
        for at, (source, place) in enumerate(places):
            found = _BYTES.fullmatch(place["locator"])
            facet = None
            if found and not place["member"]:
                start, end = int(found[1]), int(found[2])
                facet = self._node(
                    "facet", f"range/{item['item']}/{at}", "observable:DataRangeFacet",
                    observable__rangeOffset=start, observable__rangeSize=end - start,
                )  # fmt: skip
            yield self._node(
                "relationship",
                f"place/{item['item']}/{at}",
                "observable:ObservableRelationship",
                core__source=self._ref("item", item["item"]),
                core__target=self._ref("file", f"{source}/{place['original']}"),
                core__kindOfRelationship="Extracted_From",
                core__isDirectional=True,
                core__description=_text(f"{place['member']} {place['locator']}".strip()),
                core__hasFacet=[facet] if facet else None,
            )

    def _files(self, item: Node) -> Iterator[Node]:
        for at, one in enumerate(item["attachments"]):
            key = f"{item['item']}/{at}"
            name = one["name"] if self._content else None
            yield self._file(key, name or f"attachment {at + 1}", one["bytes"], one["sha256"])
            yield self._node(
                "relationship",
                f"attachment/{key}",
                "observable:ObservableRelationship",
                core__source=self._ref("file", key),
                core__target=self._ref("item", item["item"]),
                core__kindOfRelationship="Attachment_Of",
                core__isDirectional=True,
                core__description=one["state"],
            )


def _says(item: Node) -> str:
    time = item["time"]
    return (
        f"{item['kind']}, part: {item['part']}, direction: {item['direction']}, here because: {item['matched']}. Time as"
        f" written: {time['ts_raw']} ({time_basis(time)}). Evidence: {item['evidence_kind']}. Record id {item['id']}."
    )


def _call_type(item: Node) -> str:
    status = item["status"]
    return "missed" if "missed" in item["marks"] else str(status.get("call") or status.get("ended") or item["kind"])


def _text(value: str | None) -> str | None:
    """The text as an xsd:string, what such a value cannot hold written out."""
    return None if value is None else _NOT_XML.sub(lambda found: f"[U+{ord(found[0]):04X}]", value)


def _time(utc: str | None) -> Node | None:
    return {"@type": "xsd:dateTime", "@value": utc} if utc else None


def _hex(value: str) -> Node:
    return {"@type": "xsd:hexBinary", "@value": value.upper()}


CASE_UCO = Form("case", ".jsonld", "CASE/UCO objects as JSON-LD, for lab systems", write_case)
