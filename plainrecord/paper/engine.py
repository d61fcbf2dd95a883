"""Runs the typesetting engine in a process of its own: one job in on stdin, one PDF out, one line of JSON on stdout.

Started by file (`typesetting.py`), so it imports nothing of this package: memory goes back with the process, and a crash of
the engine costs the report and not the bundle.
"""

from __future__ import annotations

import json
import sys
from typing import Any


def main() -> None:
    """Typeset the job; the answer says which standards held, or why there is no PDF."""
    job = json.load(sys.stdin)
    answer: dict[str, Any] = {"error": "there was nothing to try"}
    for standards in job["standards"]:
        try:
            _compile(job, standards)
        except Exception as error:  # noqa: BLE001  whatever the engine says is an answer, and the next try may do
            answer = {"error": str(error)[:2_000]}
        else:
            answer = {"standards": standards}
            break
    print(json.dumps(answer))  # noqa: T201  the answer


def _compile(job: dict[str, Any], standards: Any) -> None:
    import typst  # noqa: PLC0415  may be missing, which is an answer too

    fonts = typst.Fonts(include_system_fonts=False, font_paths=job["fonts"])
    inputs = {"data": job["data"], "fonts": json.dumps(stack(fonts.families()))}
    compiler = typst.Compiler(job["template"], root=job["root"], font_paths=fonts, sys_inputs=inputs)
    compiler.compile(output=job["out"], format="pdf", pdf_standards=standards, timestamp=job["timestamp"])


def stack(families: list[str]) -> list[str]:
    """The order in which the packaged families are asked for a character. Chinese characters are drawn in one national form."""
    noto = [name for name in families if name.startswith("Noto Sans ") and "CJK" not in name]
    return ["Noto Sans", *sorted(noto), "Noto Sans CJK SC", "Noto Emoji"]


if __name__ == "__main__":
    main()
