"""Whether a folder lies where a service copies it to other devices, told by its path alone."""

from __future__ import annotations

import re
from pathlib import Path

# Service → how the name of one of its folders begins.
_SYNCED = {
    "OneDrive": re.compile(r"onedrive", re.IGNORECASE),
    "iCloud": re.compile(r"(icloud|mobile documents$|com~apple~clouddocs$)", re.IGNORECASE),
    "Dropbox": re.compile(r"dropbox", re.IGNORECASE),
    "Google Drive": re.compile(r"(google ?drive|googledrive-|my drive$|drivefs$)", re.IGNORECASE),
    "Nextcloud": re.compile(r"(nextcloud|owncloud)", re.IGNORECASE),
    "Box": re.compile(r"box( sync|-box)?$", re.IGNORECASE),
}
_OFTEN_SYNCED = {"desktop", "documents", "pictures"}


def synced_by(folder: Path) -> str | None:
    """The service that copies this folder to other devices, by a folder name on its way; None when no name tells."""
    for part in folder.parts:
        for service, begins in _SYNCED.items():
            if begins.match(part):
                return service
    return None


def often_synced(folder: Path) -> bool:
    """Whether it lies in Desktop, Documents or Pictures, which Windows and macOS often copy without their names telling."""
    return any(part.casefold() in _OFTEN_SYNCED for part in folder.parts)
