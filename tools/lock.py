"""Write the three lock files from pyproject.toml, or (`--check`) say whether they still belong to it.

The locks hold names, versions, environment markers and hashes, and no address of any package registry: pip and uv ask
wherever the machine is configured to ask. Resolving needs uv, which nothing else here needs; checking needs nothing.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
import tomllib
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STAMP = "# Made by tools/lock.py from the dependencies in pyproject.toml with the fingerprint "
COMPILE = ("--universal", "--generate-hashes", "--no-emit-index-url", "--no-annotate", "--no-header", "--quiet")
LOCKS: dict[str, tuple[str, ...]] = {
    "requirements.lock": ("pyproject.toml", "--group", "build"),
    "requirements-dev.lock": ("pyproject.toml", "--group", "build", "--group", "dev", "-c", "requirements.lock"),
    "requirements-judges.lock": ("--group", "judges"),
}


def main() -> int:
    """Write, or check with `--check`; the exit code is 1 when a lock is out of date or cannot be made."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="only say whether the locks belong to pyproject.toml")
    return check() if parser.parse_args().check else write()


def check() -> int:
    """Name every lock whose stamp is not the fingerprint of today's pyproject.toml."""
    old = [name for name in LOCKS if stamp_of(ROOT / name) != fingerprint()]
    for name in old:
        print(f"{name} was made from other dependencies than pyproject.toml has now. Run: make lock", file=sys.stderr)
    return 1 if old else 0


def write() -> int:
    """Resolve every lock with uv; a lock that cannot be resolved is left as it was."""
    if find_spec("uv") is None:
        print("Making the locks needs uv. Run: .venv/bin/python -m pip install uv", file=sys.stderr)
        return 1
    oldest = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["requires-python"]
    for name, source in LOCKS.items():
        command = [
            sys.executable,
            "-m",
            "uv",
            "pip",
            "compile",
            *source,
            *COMPILE,
            "--python-version",
            oldest.lstrip(">="),
        ]
        made = subprocess.run(command, cwd=ROOT, check=False, stdout=subprocess.PIPE, text=True, encoding="utf-8")
        if made.returncode:
            print(f"{name} was left as it was.", file=sys.stderr)
            return 1
        (ROOT / name).write_text(f"{STAMP}{fingerprint()}\n{made.stdout}", encoding="utf-8", newline="\n")
    return 0


def fingerprint() -> str:
    """SHA-256 of the parts of pyproject.toml that decide what gets installed."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    deciding = [project["project"]["requires-python"], project["project"]["dependencies"], project["dependency-groups"]]
    return hashlib.sha256(json.dumps(deciding, sort_keys=True).encode()).hexdigest()


def stamp_of(path: Path) -> str | None:
    """The fingerprint a lock says it was made from; None when there is no such lock or it does not say."""
    if not path.is_file():
        return None
    first = path.read_text(encoding="utf-8").partition("\n")[0]
    return first.removeprefix(STAMP) if first.startswith(STAMP) else None


if __name__ == "__main__":
    sys.exit(main())
