"""Which file of a Meta download a `uri` means, and by which rule it was found.

Matters to the readers of Facebook and Instagram. A `uri` counts from the top of the download, but the folders in front of
it come and go between versions, parts and re-zipping; some name a file only, some are links that have expired. It opens
nothing: it compares names, and says how it came to its answer. Where two files could be meant, none is taken.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from plainrecord.parsers.chat.pieces import File
from plainrecord.records import AttachmentState

# Folders that stand in front of a path in one version of a download and not in another.
PREFIXES = (
    "your_facebook_activity/",
    "your_activity_across_facebook/",
    "your_instagram_activity/",
    "messages/",
    "your_facebook_activity/messages/",
    "your_activity_across_facebook/messages/",
    "your_instagram_activity/messages/",
)
OUTSIDE = "meta:path-outside-download"
AMBIGUOUS = "meta:several-files-of-that-name"
BY_RULE = "meta:file-found-by-"
_LINKS = ("http://", "https://")


@dataclass(slots=True)
class MetaMedia:
    """The files of one download that its records may name, by path and by name."""

    root: str
    paths: Iterable[str]
    # All folders the download lies in, where it is several parts; otherwise only `root`.
    folders: Sequence[str] = ()
    _exact: dict[str, str] = field(init=False, default_factory=dict)
    _names: dict[str, list[str]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        for path in self.paths:
            key = _key(path)
            self._exact.setdefault(key, path)
            self._names.setdefault(key.rpartition("/")[2], []).append(path)

    def file(self, uri: str, folder: str, facts: dict[str, str] | None = None) -> File:
        """The entry of the file a record in `folder` (a tree path) names."""
        said = {"uri": uri[:500], **(facts or {})}
        if uri.startswith(_LINKS):
            return _entry(uri.partition("?")[0], said, (), absent="not-exported")
        clean = uri.replace("\\", "/").removeprefix("./").lstrip("/")
        if ".." in clean.split("/"):
            return _entry(clean, said, (OUTSIDE,))
        path, rule = self._found(clean, folder)
        if path is None:
            return _entry(clean, said, (AMBIGUOUS,) if rule else ())
        if rule != "exact":
            said["found-by"] = rule
        return _entry(clean, said, () if rule == "exact" else (BY_RULE + rule,), (f"/{path}",))

    def _found(self, uri: str, folder: str) -> tuple[str | None, str]:
        """Tree path and rule, tried in order: exact, prefix, same-folder, only-one-of-that-name."""
        if not uri:
            return None, ""
        tops = [f"{one}/" if one else "" for one in self.folders or (self.root,)]
        if found := next((one for top in tops if (one := self._exact.get(_key(top + uri)))), None):
            return found, "exact"
        for bare in dict.fromkeys((uri, *(uri.removeprefix(prefix) for prefix in PREFIXES))):
            for prefix in ("", *PREFIXES):
                if found := next((one for top in tops if (one := self._exact.get(_key(top + prefix + bare)))), None):
                    return found, "prefix"
        named = self._names.get(_key(uri).rpartition("/")[2], [])
        near = [path for path in named if path.startswith(f"{folder}/")] if folder else []
        if len(near) == 1:
            return near[0], "same-folder"
        if len(named) == 1:
            return named[0], "only-one-of-that-name"
        return None, "ambiguous" if named else ""


def _entry(
    path: str,
    facts: dict[str, str],
    notes: tuple[str, ...],
    paths: tuple[str, ...] = (),
    absent: AttachmentState = "missing",
) -> File:
    return File(path.rpartition("/")[2][:255] or None, paths, absent=absent, facts=facts, notes=notes)


def _key(path: str) -> str:
    return path if path.isascii() else unicodedata.normalize("NFC", path)
