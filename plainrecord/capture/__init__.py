"""Captures: what only shows on a page, taken over from the browser into the case.

The extension (`extension/`) keeps a page and sends it; `serving.py` listens on the loopback address and nowhere else;
`committing.py` makes a capture of what arrived, with a custody line and a signed receipt. docs/capture-api.md is the
interface between them. This room fetches nothing, shows nothing of a page, and never lets a name that a client sent
become a path.
"""
