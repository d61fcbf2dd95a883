"""Make one file that runs without Python: `python recipes/standalone.py --out dist`. Run it on the system it is for.

Sets up an environment of its own in a temporary folder from `requirements.lock`, installs PyInstaller into that (it is no
dependency of the project), and lets it pack the package with its data. Tries the result before it says that it is done.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# Known to work together with the lock; newer ones mostly do.
PYINSTALLER = "pyinstaller>=6.15,<7"
NAME = "notes"

START = """
import multiprocessing
import sys

if __name__ == "__main__":
    multiprocessing.freeze_support()  # a worker process is this same file, started again
    if sys.argv[1:] == ["typeset-one-job"]:  # the report on paper is set in a process of its own
        from plainrecord.paper.engine import main as engine

        engine()
        sys.exit()
    from plainrecord.__main__ import main

    if len(sys.argv) == 1:  # a double click
        sys.argv.append("guide")
    main()
"""


def main() -> int:
    """Build and try; exit code 1 with one sentence when something is missing."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "dist", help="folder for the finished file")
    parser.add_argument("--name", default=NAME, help="its name, without ending; it says nothing about what is inside")
    said = parser.parse_args()
    out = said.out.resolve()
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="standalone-") as work:
        python = environment(Path(work) / "venv")
        program = pack(python, Path(work), out, said.name)
    return try_out(program)


def environment(folder: Path) -> Path:
    """An environment with what the lock names, the package itself and PyInstaller; its Python."""
    venv.create(folder, with_pip=True)
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "--require-hashes", "-r", str(ROOT / "requirements.lock")], check=True)
    subprocess.run([*pip, "--no-deps", "--no-build-isolation", str(ROOT)], check=True)
    subprocess.run([*pip, PYINSTALLER], check=True)
    return python


def pack(python: Path, work: Path, out: Path, name: str) -> Path:
    """The one file. Parsers and time zones are found by name at run time, so they are named here."""
    start = work / "start.py"
    start.write_text(START, encoding="utf-8")
    words = [str(python), "-m", "PyInstaller", "--onefile", "--noconfirm", "--log-level", "WARN", "--name", name]
    words += ["--distpath", str(out), "--workpath", str(work / "build"), "--specpath", str(work)]
    words += [
        "--collect-submodules",
        "plainrecord",
        "--collect-data",
        "plainrecord",
        "--recursive-copy-metadata",
        "plainrecord",
    ]
    for package in data_packages(python):
        words += ["--collect-all", package]
    subprocess.run([*words, str(start)], check=True, cwd=work)
    return out / (f"{name}.exe" if os.name == "nt" else name)


def data_packages(python: Path) -> list[str]:
    """Packages that carry files of their own which are needed, as far as this system has them."""
    wanted = [
        "tzdata",
        "pylibmagic",
        "magic",
        "phonenumbers",
        "uvicorn",
        "cryptography",
        "typst",
        "manimgx_fonts",
        "manimgx_fonts_cjk",
        "pi_heif",
    ]
    asked = f"import importlib.util as u; print([n for n in {wanted!r} if u.find_spec(n)])"
    found = subprocess.run([str(python), "-c", asked], check=True, capture_output=True, text=True).stdout
    return [name for name in wanted if f"'{name}'" in found]


def try_out(program: Path) -> int:
    """Start it four ways: its version, its doctor, a bundle with its report, and the guide up to its first page."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    began = time.monotonic()
    version = subprocess.run([str(program), "--version"], check=True, capture_output=True, text=True, env=clean).stdout
    took = time.monotonic() - began
    doctor = subprocess.run([str(program), "doctor", "--json"], check=False, capture_output=True, text=True, env=clean)
    failed = [row["says"] for row in json.loads(doctor.stdout)["checks"] if row["state"] == "fail"]
    if failed:
        print("The file was made, and its doctor found: " + " ".join(failed), file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory(prefix="standalone-") as folder:
        if not make_bundle(program, Path(folder), clean):
            print("The file was made, and a bundle it makes has no report.pdf.", file=sys.stderr)
            return 1
        seconds = open_guide(program, Path(folder) / "papers", clean)
    size = program.stat().st_size / 1e6
    print(
        f"{program}: {version.strip()}, {size:.0f} MB; answers in {took:.1f} s, its first page after {seconds:.1f} s."
    )
    return 0


def make_bundle(program: Path, folder: Path, environment: dict[str, str]) -> bool:
    """Whether a bundle of one mail comes out whole, with its report on paper."""
    mail = folder / "one.eml"
    mail.write_text(
        "From: a@mail.example\nTo: b@mail.example\nDate: Mon, 7 Oct 2024 10:00:00 +0100\n\nHello\n", "utf-8"
    )
    words = [str(program), "bundle", str(mail), "--sender", "a@mail.example", "--out", str(folder / "out"), "--json"]
    made = subprocess.run(words, check=True, capture_output=True, text=True, env=environment).stdout
    return (Path(json.loads(made)["path"]) / "report.pdf").is_file()


def open_guide(program: Path, folder: Path, environment: dict[str, str]) -> float:
    """Seconds from the start of the guide to its first page."""
    from urllib.request import HTTPCookieProcessor, build_opener  # noqa: PLC0415 - loopback only, and only here

    began = time.monotonic()
    words = [str(program), "guide", str(folder), "--no-browser", "--json"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=environment) as process:
        try:
            assert process.stdout is not None
            url = json.loads(process.stdout.readline())["url"]
            page = build_opener(HTTPCookieProcessor()).open(url, timeout=30).read().decode()
            assert "Before you start" in page
            return time.monotonic() - began
        finally:
            process.terminate()


if __name__ == "__main__":
    if shutil.which("git") is None and not (ROOT / "requirements.lock").is_file():
        sys.exit("Run this from a clone of the repository.")
    sys.exit(main())
