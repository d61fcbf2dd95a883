"""From a fresh clone to a working Plainrecord, with nothing installed but Python 3.11 or newer.

Runs before anything is installed, so it imports the standard library only. It writes to `.venv/` and `demo-out/` and
nowhere else, installs exactly what the lock files name by hash, and names no package address: pip asks wherever it is
configured to ask.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent
OLDEST = (3, 11)
PIP = ("-m", "pip", "install", "--quiet", "--disable-pip-version-check")
BINARY = (*PIP, "--require-hashes", "--only-binary", ":all:")
# bagit is published as source only. Its build tools stand in the dev lock by hash, so the build downloads nothing.
SOURCE = (*PIP, "--require-hashes", "--no-deps", "--no-build-isolation", "--no-binary", ":all:")
PROJECT = (*PIP, "--no-deps", "--no-build-isolation", "--editable")


class Stop(Exception):  # noqa: N818 - it ends the run with a sentence; most of them are not errors of ours
    """One plain sentence for the person at the keyboard: what is wrong, what was kept, what to do."""


class Level(NamedTuple):
    """What an environment can do: `name`, and the pip arguments and lock file of each step that gets it there."""

    name: str
    steps: tuple[tuple[tuple[str, ...], str], ...]


RUN = Level("run", ((BINARY, "requirements.lock"),))
DEV = Level("dev", ((BINARY, "requirements-dev.lock"), (SOURCE, "requirements-judges.lock")))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb and return the exit code; every way to fail ends in one sentence on stderr."""
    try:
        require_python(sys.version_info[:2])
        given, rest = _parser().parse_known_args(arguments)
        VERBS[given.verb](ROOT, rest)
    except Stop as stop:
        print(stop, file=sys.stderr)
        return 1
    except OSError as error:
        print(f"This could not go on: {error}. Mend that and run the same command again.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped. Run the same command again to go on.", file=sys.stderr)
        return 130
    return 0


def require_python(version: tuple[int, ...]) -> None:
    """Stop unless `version` is new enough."""
    if tuple(version) < OLDEST:
        raise Stop(
            "Plainrecord needs Python {}.{} or newer, and this is Python {}.{}. Nothing was changed. Install a newer "
            "Python and run this again with it, for example: python3.12 bootstrap.py setup".format(*OLDEST, *version)
        )


# -- the environment -----------------------------------------------------------------------------------------------


def prepare(root: Path, level: Level) -> Path:
    """Make `.venv` able to do `level` and return its Python. Does nothing when the locks are the ones installed."""
    python = make_venv(root)
    stamp = root / ".venv" / f"plainrecord-{level.name}.stamp"
    wanted = fingerprint(root, level)
    if stamp.is_file() and stamp.read_text(encoding="ascii") == wanted:
        return python
    stamp.unlink(missing_ok=True)
    for pip, lock in level.steps:
        print(f"Installing what {lock} names, into .venv ...", flush=True)
        _install([str(python), *pip, "-r", lock], root)
    _install([str(python), *PROJECT, "."], root)
    stamp.write_text(wanted, encoding="ascii")
    return python


def make_venv(root: Path) -> Path:
    """Return the Python of `.venv`, making or remaking the environment when it is absent or does not work."""
    python = root / ".venv" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if python.exists() and _succeeds(
        [str(python), "-c", f"import pip, sys; sys.exit(sys.version_info[:2] < {OLDEST})"]
    ):
        return python
    if find_spec("venv") is None or find_spec("ensurepip") is None:
        raise Stop(
            "This Python cannot make a virtual environment, because its venv or ensurepip part is missing. Nothing was "
            "changed. On Debian and Ubuntu run: sudo apt install python3-venv   and then start this again."
        )
    print("Making a Python environment in .venv ...", flush=True)
    if call([sys.executable, "-m", "venv", "--clear", str(root / ".venv")], root):
        raise Stop("The environment .venv could not be made; the lines above say why. Nothing else was changed.")
    return python


def fingerprint(root: Path, level: Level) -> str:
    """A digest of everything that decides what `level` installs, including where the project lies."""
    digest = hashlib.sha256(str(root).encode())
    for name in ("bootstrap.py", "pyproject.toml", *(lock for _, lock in level.steps)):
        digest.update((root / name).read_bytes())
    return digest.hexdigest()


def _install(command: list[str], root: Path) -> None:
    if call(command, root):
        raise Stop(
            "The packages could not be installed; the lines above say why. Nothing outside .venv was changed. If the "
            "machine is offline, connect it and run the same command again."
        )


# -- the verbs -----------------------------------------------------------------------------------------------------


def setup(root: Path, _rest: Sequence[str]) -> None:
    """Install what running needs and what developing needs, then report on the machine."""
    python = prepare(root, DEV)
    _doctor(root, python)


def demo(root: Path, _rest: Sequence[str]) -> None:
    """Build a bundle from the invented story, verify it against its seal, and say where to look."""
    python = prepare(root, RUN)
    _doctor(root, python)
    out = root / "demo-out"
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(exist_ok=True)
    print("\nBuilding a bundle from fixtures/story ...", flush=True)
    made = json.loads(_answer([str(python), "-m", "plainrecord", *demo_arguments(root), "--json"], root))
    bundle, seal = Path(made["path"]), made["seal"]
    print("Checking it, the way the person who receives it would ...", flush=True)
    if call([str(python), "-m", "plainrecord", "verify", str(bundle), "--seal", seal], root):
        raise Stop(
            f"The demo bundle in {bundle} does not verify. It was kept, so that the difference can be looked at."
        )
    groups = " ".join(seal[at : at + 8] for at in range(0, len(seal), 8))
    print(f"\nOpen this file in a browser:\n  {bundle / 'START_HERE.html'}\n\nThe seal of this bundle:\n  {groups}")


def demo_arguments(root: Path) -> list[str]:
    """The `plainrecord bundle` command line that fixtures/story/demo.toml describes."""
    import tomllib  # noqa: PLC0415 - not there before 3.11, and an older Python must get as far as being told so

    story = root / "fixtures" / "story"
    said = tomllib.loads((story / "demo.toml").read_text(encoding="utf-8"))
    arguments = ["bundle", *(str(story / export) for export in said["exports"])]
    arguments += ["--sender", said["sender"]]
    arguments += [word for alias in said.get("aliases", ()) for word in ("--alias", alias)]
    arguments += [word for owner in said.get("owner", ()) for word in ("--owner", owner)]
    arguments += ["--timezone", said["timezone"], "--out", str(root / "demo-out")]
    return arguments


def test(root: Path, rest: Sequence[str]) -> None:
    """Run the whole suite on two processes; further words go to pytest."""
    python = prepare(root, DEV)
    _verdict(call([str(python), "-m", "pytest", "-n", "2", *rest], root), "Tests failed; the lines above name them.")


def fuzz(root: Path, rest: Sequence[str]) -> None:
    """Feed every reader thousands of damaged exports; minutes, and no part of `test`."""
    python = prepare(root, DEV)
    _verdict(
        call([str(python), "-m", "pytest", "-n", "2", "-m", "fuzz", "tests/fuzz", *rest], root),
        "A damaged export was not read as it should be; the lines above name it.",
    )


def check(root: Path, _rest: Sequence[str]) -> None:
    """Format, lint, types, and whether every generated file is what its generator would write now."""
    python = prepare(root, DEV)
    commands = [
        ("format", ["-m", "ruff", "format", "--check", "."]),
        ("lint", ["-m", "ruff", "check", "."]),
        ("types", ["-m", "mypy"]),
    ]
    commands += [(tool.name, [f"tools/{tool.name}", "--check"]) for tool in sorted((root / "tools").glob("*.py"))]
    failed = [name for name, words in commands if _announced(name, [str(python), *words], root)]
    _verdict(len(failed), f"Not clean: {', '.join(failed)}.")


def bench(root: Path, rest: Sequence[str]) -> None:
    """Run every benchmark, or those named."""
    python = prepare(root, DEV)
    there = sorted(path.stem for path in (root / "benchmarks").glob("*.py"))
    unknown = [name for name in rest if name not in there]
    if unknown:
        raise Stop(f"There is no benchmark named {unknown[0]}. There are: {', '.join(there)}.")
    failed = [name for name in rest or there if _announced(name, [str(python), f"benchmarks/{name}.py"], root)]
    _verdict(len(failed), f"Did not finish: {', '.join(failed)}.")


def lock(root: Path, _rest: Sequence[str]) -> None:
    """Resolve pyproject.toml anew into the three lock files."""
    python = prepare(root, DEV)
    _verdict(call([str(python), "tools/lock.py"], root), "The lock files were left as they were.")


def docs(root: Path, _rest: Sequence[str]) -> None:
    """Write the generated pages of docs/ anew."""
    python = prepare(root, DEV)
    _verdict(call([str(python), "tools/cli_page.py"], root), "docs/cli.md was left as it was.")
    _verdict(call([str(python), "tools/formats_page.py"], root), "docs/formats.md was left as it was.")


VERBS: dict[str, Callable[[Path, Sequence[str]], None]] = {
    "setup": setup,
    "demo": demo,
    "test": test,
    "fuzz": fuzz,
    "check": check,
    "bench": bench,
    "lock": lock,
    "docs": docs,
}


# -- running things ------------------------------------------------------------------------------------------------


def call(command: Sequence[str], root: Path) -> int:
    """Run a command in the clone, its output going where ours goes; return its exit code."""
    return subprocess.run(command, cwd=root, env=_environment(), check=False).returncode


def _answer(command: Sequence[str], root: Path) -> str:
    """Run a command and return what it wrote to stdout."""
    done = subprocess.run(
        command, cwd=root, env=_environment(), check=False, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    )
    if done.returncode:
        raise Stop(f"This command ended with exit code {done.returncode}:\n  {' '.join(command)}")
    return done.stdout


def _succeeds(command: Sequence[str]) -> bool:
    try:
        return subprocess.run(command, check=False, capture_output=True).returncode == 0
    except OSError:
        return False


def _announced(name: str, command: Sequence[str], root: Path) -> int:
    print(f"== {name}", flush=True)
    return call(command, root)


def _doctor(root: Path, python: Path) -> None:
    _verdict(
        call([str(python), "-m", "plainrecord", "doctor"], root),
        "The check of this machine did not pass; the lines above say why.",
    )


def _verdict(code: int, says: str) -> None:
    if code:
        raise Stop(says)


def _environment() -> dict[str, str]:
    # Text between our own processes is UTF-8 whatever the console of the machine uses.
    return {**os.environ, "PYTHONUTF8": "1"}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bootstrap.py", description="Set up and run Plainrecord from a fresh clone.")
    lines = "\n".join(f"  {name:6} {(verb.__doc__ or '').partition(chr(10))[0]}" for name, verb in VERBS.items())
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = "verbs:\n" + lines
    parser.add_argument("verb", choices=tuple(VERBS), metavar="VERB", help="one of the verbs below")
    return parser


if __name__ == "__main__":
    sys.exit(main())
