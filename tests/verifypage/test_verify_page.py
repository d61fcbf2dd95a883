"""`verify.html` in a real browser: sound bundles are called sound, every kind of damage is named, nothing is asked of a network."""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from plainrecord.verifypage import verify_page
from sealed_bundles import built_bundles
from zip_tricks import AMBIGUOUS, Forwards

sync_api = pytest.importorskip("playwright.sync_api")
axe_api = pytest.importorskip("axe_playwright_python.sync_playwright")
pytestmark = pytest.mark.browser

# FIPS 180 examples, as NIST publishes them.
LONG = (
    b"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu"
)
VECTORS = {
    b"": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    b"abc": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    LONG: "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1",
    b"a" * 1_000_000: "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0",
}
# The page hashes files that it was handed; here they are made of text in the page.
HASH = """async texts => {
    const files = texts.map((text, at) => ({ path: String(at), blob: new Blob([text]), packed: false, size: text.length }));
    const found = await hashAll(files, () => {}, () => true);
    return files.map(file => found.get(file.path).sha256);
}"""


@pytest.fixture(scope="module")
def browser(chromium: Path) -> Iterator[Any]:
    with sync_api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("page") / "verify.html"
    path.write_bytes(verify_page())
    return path.as_uri()


@pytest.fixture(scope="module")
def tab(browser: Any, address: str) -> Iterator[Any]:
    """One page for the whole file, so that checking one thing after the other is tested too."""
    page = browser.new_page(viewport={"width": 1000, "height": 800})
    page.heard, page.asked = [], []
    page.on("console", lambda message: page.heard.append(message.text))
    page.on("pageerror", lambda error: page.heard.append(str(error)))
    page.on("request", lambda asked: page.asked.append(asked.url))
    page.goto(address)
    yield page
    assert page.heard == []
    assert [url for url in page.asked if url != address and not url.startswith("blob:")] == []
    page.close()


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> dict[bool, Any]:
    return built_bundles(tmp_path_factory.mktemp("sound"))


@pytest.fixture
def copy(sound: dict[bool, Any], tmp_path: Path) -> Path:
    return Path(shutil.copytree(sound[False].path, tmp_path / sound[False].path.name))


class Answer:
    """What the page says."""

    def __init__(self, page: Any) -> None:
        self.state = page.get_attribute("#result", "data-state")
        self.heading = page.inner_text("#heading")
        self.words = page.inner_text("#words")
        rows = page.evaluate(
            "Array.from(document.querySelectorAll('#rows tr'), row => Array.from(row.cells, cell => cell.textContent))"
        )
        self.problems = {(path, kind) for kind, path, _ in rows}


def check(page: Any, path: Path, seal: str = "") -> Answer:
    page.fill("#seal", seal)
    page.set_input_files("#folder" if path.is_dir() else "#zip", path)
    page.wait_for_selector("#result:not([hidden])")
    return Answer(page)


def test_the_hash_is_the_one_that_nist_published(tab) -> None:
    assert tab.evaluate(HASH, [data.decode() for data in VECTORS]) == list(VECTORS.values())
    odd = ["x" * size for size in (1, 55, 56, 57, 63, 64, 65, 119, 120, 127, 128, 129, 1000)]
    assert tab.evaluate(HASH, odd) == [hashlib.sha256(text.encode()).hexdigest() for text in odd]


def test_pieces_of_any_length_make_the_same_hash(browser) -> None:
    # The core alone, fed in uneven pieces across the borders of blocks and of what is read at a time.
    source = (Path(__file__).resolve().parents[2] / "plainrecord/verifypage/data/sha256.js").read_text(encoding="utf-8")
    page = browser.new_page()
    page.goto("about:blank")
    sizes = [1, 63, 64, 65, 0, 130, 7, 4096, 100_003]
    found = page.evaluate(
        "([source, sizes]) => { const Sha256 = new Function('self', source + '; return Sha256')({});"
        " const hash = new Sha256(); let n = 0; for (const size of sizes) {"
        " hash.update(Uint8Array.from({ length: size }, () => n++ & 255)); } return hash.hex(); }",
        [source, sizes],
    )
    assert found == hashlib.sha256(bytes(at & 255 for at in range(sum(sizes)))).hexdigest()
    page.close()


# Sound


@pytest.mark.parametrize("zipped", [False, True], ids=["folder", "zip"])
def test_a_sound_bundle_is_called_unchanged_only_with_its_seal(tab, sound, zipped) -> None:
    bundle = sound[zipped]
    spaced = " ".join(bundle.seal[at : at + 8] for at in range(0, 64, 8)).upper()
    for seal in (bundle.seal, spaced, f"sha256:{bundle.seal}", spaced.replace(" ", "-")):
        answer = check(tab, bundle.path, seal)
        assert (answer.state, answer.problems) == ("good", set()), answer.words
    assert check(tab, bundle.path).state == "unsure"
    assert "no seal was compared" in tab.inner_text("#heading")
    tab.fill("#seal", bundle.seal)
    assert Answer(tab).state == "good", "a seal that is typed afterwards is compared at once"
    tab.fill("#seal", bundle.seal[:-1])
    assert "not complete" in Answer(tab).heading
    tab.fill("#seal", "0" * 64)
    assert "not the bundle that was sealed" in Answer(tab).heading
    assert bundle.stem in tab.inner_text("#facts")


def test_a_folder_in_a_folder_and_a_zip_packed_by_others_are_found(tab, sound, copy, tmp_path) -> None:
    outer = tmp_path / "outer"
    outer.mkdir()
    shutil.move(copy, outer / copy.name)
    assert check(tab, outer, sound[False].seal).state == "good"
    with zipfile.ZipFile(tmp_path / "again.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(outer.rglob("*")):
            archive.write(path, f"again/{path.relative_to(outer).as_posix()}")
    assert check(tab, tmp_path / "again.zip", sound[False].seal).state == "good"


# Every kind of damage


def flip(folder: Path, name: str = "data/items/messages.jsonl") -> None:
    data = bytearray((folder / name).read_bytes())
    data[len(data) // 2] ^= 1
    (folder / name).write_bytes(bytes(data))


def append(folder: Path) -> None:
    path = folder / NATIVE.format(4)
    path.write_bytes(path.read_bytes() + b"\n")


def swap_lines(folder: Path, name: str) -> None:
    lines = (folder / name).read_bytes().splitlines(keepends=True)
    lines[0], lines[1] = lines[1], lines[0]
    (folder / name).write_bytes(b"".join(lines))


def swap_files(folder: Path) -> None:
    one, other = folder / "data/items/native/M-000001.eml", folder / "data/items/native/M-000002.eml"
    first = one.read_bytes()
    one.write_bytes(other.read_bytes())
    other.write_bytes(first)


def rename(folder: Path) -> None:
    (folder / "data/items/native/M-000001.eml").rename(folder / "data/items/native/M-000099.eml")


NATIVE = "data/items/native/M-00000{}.eml"
DAMAGE: dict[str, tuple[Callable[[Path], object], set[tuple[str, str]]]] = {
    "a flipped bit in data": (flip, {("data/items/messages.jsonl", "changed")}),
    "a flipped bit outside data": (lambda f: flip(f, "START_HERE.html"), {("START_HERE.html", "changed")}),
    "a flipped bit in the log": (lambda f: flip(f, "custody/custody.jsonl"), {("custody/custody.jsonl", "changed")}),
    "a file taken out": (lambda f: (f / NATIVE.format(3)).unlink(), {(NATIVE.format(3), "missing")}),
    "a page taken out": (lambda f: (f / "VERIFY.txt").unlink(), {("VERIFY.txt", "missing")}),
    "a file put in": (lambda f: (f / "data/new.txt").write_bytes(b"x"), {("data/new.txt", "added")}),
    "a page put in": (lambda f: (f / "meta/new.json").write_bytes(b"x"), {("meta/new.json", "added")}),
    "two files exchanged": (swap_files, {(NATIVE.format(1), "changed"), (NATIVE.format(2), "changed")}),
    "a file renamed": (rename, {(NATIVE.format(1), "missing"), ("data/items/native/M-000099.eml", "added")}),
    "a line of the list moved": (
        lambda f: swap_lines(f, "manifest-sha256.txt"),
        {("manifest-sha256.txt", "changed"), ("manifest-sha256.txt", "damaged list")},
    ),
    "a line of the list of lists moved": (
        lambda f: swap_lines(f, "tagmanifest-sha256.txt"),
        {("tagmanifest-sha256.txt", "damaged list")},
    ),
    "the list taken out": (lambda f: (f / "tagmanifest-sha256.txt").unlink(), {("tagmanifest-sha256.txt", "missing")}),
    "a file emptied": (lambda f: (f / NATIVE.format(4)).write_bytes(b""), {(NATIVE.format(4), "changed")}),
    "a byte more": (append, {(NATIVE.format(4), "changed")}),
    "fetching asked for": (lambda f: (f / "fetch.txt").write_bytes(b"x"), {("fetch.txt", "added")}),
}


@pytest.mark.parametrize("as_zip", [False, True], ids=["folder", "zip"])
@pytest.mark.parametrize("what", list(DAMAGE))
def test_each_kind_of_damage_is_named(tab, sound, copy, tmp_path, what, as_zip) -> None:
    act, expected = DAMAGE[what]
    act(copy)
    target = copy
    if as_zip:
        target = tmp_path / "b.zip"
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in sorted(copy.rglob("*")):
                archive.write(path, f"{copy.name}/{path.relative_to(copy).as_posix()}")
    answer = check(tab, target, sound[False].seal)
    assert answer.state == "bad"
    assert expected <= answer.problems, answer.problems


def test_lists_made_true_again_do_not_help_against_the_seal(tab, sound, copy) -> None:
    (copy / "VERIFY.txt").write_bytes(b"other")
    lines = (copy / "tagmanifest-sha256.txt").read_text().splitlines(keepends=True)
    lines = [
        f"{hashlib.sha256(b'other').hexdigest()}  VERIFY.txt\n" if line.endswith("  VERIFY.txt\n") else line
        for line in lines
    ]
    (copy / "tagmanifest-sha256.txt").write_text("".join(lines))
    assert check(tab, copy).state == "unsure"
    tab.fill("#seal", sound[False].seal)
    assert Answer(tab).heading == "This is not the bundle that was sealed"


# Hostile archives


def zip_with(path: Path, entries: list[tuple[str, bytes]], change: Callable[[bytearray], None] | None = None) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries:
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    if change:
        data = bytearray(path.read_bytes())
        change(data)
        path.write_bytes(bytes(data))
    return path


def set_in_directory(offset: int, form: str, value: int) -> Callable[[bytearray], None]:
    def change(data: bytearray) -> None:
        struct.pack_into(form, data, data.index(b"PK\x01\x02") + offset, value)

    return change


FILES = [("b/bagit.txt", b"x" * 500), ("b/data/a.txt", b"y" * 500)]
HOSTILE: dict[str, tuple[list[tuple[str, bytes]], Callable[[bytearray], None] | None, str]] = {
    "encrypted": (FILES, set_in_directory(8, "<H", 1), "is encrypted"),
    "a rare method": (FILES, set_in_directory(10, "<H", 12), "Unpack the zip"),
    "a way out": ([*FILES, ("b/../../x", b"x")], None, "leads elsewhere"),
    "a drive": ([*FILES, ("C:/x", b"x")], None, "leads elsewhere"),
    "a backslash": ([*FILES, ("b\\x", b"x")], None, "leads elsewhere"),
    "two tops": ([*FILES, ("c/x", b"x")], None, "one folder"),
    "no top": ([("bagit.txt", b"x")], None, "one folder"),
    "a lie about a size": (FILES, set_in_directory(24, "<I", 400_000_000), "sizes that cannot be"),
    "a place outside": (FILES, set_in_directory(42, "<I", 4_000_000), "over one another"),
    "an end that is cut off": (FILES, lambda data: data.__delitem__(slice(-10, None)), "end is missing"),
    "nothing": ([], None, "holds no file"),
}


@pytest.mark.parametrize("what", list(HOSTILE))
def test_a_hostile_zip_is_refused_in_one_sentence(tab, tmp_path, what) -> None:
    entries, change, says = HOSTILE[what]
    answer = check(tab, zip_with(tmp_path / "h.zip", entries, change))
    assert answer.state == "refused"
    assert says in answer.words, answer.words


def enlarged(data: bytes) -> bytes:
    """The same zip as one that is larger than 4 GB is written: sizes of its first file, and its end, in 64 bits."""
    end = data.rindex(b"PK\x05\x06")
    count, size, at = struct.unpack_from("<HII", data, end + 10)
    directory = bytearray(data[at : at + size])
    packed, whole, name = struct.unpack_from("<IIH", directory, 20)
    struct.pack_into("<II", directory, 20, 0xFFFFFFFF, 0xFFFFFFFF)
    struct.pack_into("<H", directory, 30, 20)
    directory[46 + name : 46 + name] = struct.pack("<HHQQ", 1, 16, whole, packed)
    large = struct.pack("<IQHHIIQQQQ", 0x06064B50, 44, 45, 45, 0, 0, count, count, len(directory), at)
    pointer = struct.pack("<IIQI", 0x07064B50, 0, at + len(directory), 1)
    ending = struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    return data[:at] + bytes(directory) + large + pointer + ending


def test_a_zip_in_the_form_of_very_large_ones_is_read(tab, sound, tmp_path) -> None:
    path = tmp_path / "large.zip"
    path.write_bytes(enlarged(sound[True].path.read_bytes()))
    assert zipfile.ZipFile(path).testzip() is None
    assert check(tab, path, sound[True].seal).state == "good"
    data = bytearray(path.read_bytes())
    struct.pack_into("<Q", data, data.rindex(b"PK\x06\x06") + 48, 2**60)
    path.write_bytes(bytes(data))
    assert check(tab, path).state == "refused"


# What one program shows of a zip and another does not


@pytest.mark.parametrize("trick", AMBIGUOUS, ids=lambda trick: trick.__name__)
def test_a_zip_that_programs_would_unpack_differently_is_not_called_unchanged(tab, sound, tmp_path, trick) -> None:
    path = tmp_path / "t.zip"
    path.write_bytes(trick(sound[True].path.read_bytes(), sound[True].stem))
    answer = check(tab, path, sound[True].seal)
    assert answer.state == "refused", answer.words


def test_a_zip_with_sizes_behind_its_files_is_read(tab, sound, copy, tmp_path) -> None:
    # What writes to a pipe, and macOS, state sizes only behind each file.
    with (
        (tmp_path / "s.zip").open("wb") as file,
        zipfile.ZipFile(Forwards(file), "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        for path in sorted(copy.rglob("*")):
            archive.write(path, f"{copy.name}/{path.relative_to(copy).as_posix()}")
    assert check(tab, tmp_path / "s.zip", sound[False].seal).state == "good"


def test_files_beside_a_bundle_in_what_was_chosen_are_said_not_to_be_checked(tab, sound, copy, tmp_path) -> None:
    outer = tmp_path / "outer"
    outer.mkdir()
    shutil.move(copy, outer / copy.name)
    (outer / "START_HERE.html").write_bytes(b"another one")
    answer = check(tab, outer, sound[False].seal)
    assert "1 more file was in what was chosen: not part of it, and not checked" in answer.words


def test_a_file_that_grows_beyond_what_its_zip_says_is_given_up(tab, tmp_path) -> None:
    bomb = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = bomb.compress(bytes(50_000_000)) + bomb.flush()
    listing = f"{'0' * 64}  data/a.txt\n".encode()
    entries = [("b/bagit.txt", b"x"), ("b/manifest-sha256.txt", listing), ("b/data/a.txt", b"")]
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries[:2]:
            archive.writestr(name, data)
        at = archive.fp.tell()  # type: ignore[union-attr]
        archive.writestr("b/data/a.txt", packed, zipfile.ZIP_STORED)
    data = bytearray(path.read_bytes())
    struct.pack_into("<H", data, at + 8, 8)
    struct.pack_into("<I", data, at + 22, 1_000_000)
    place = data.rindex(b"PK\x01\x02")
    struct.pack_into("<H", data, place + 10, 8)
    struct.pack_into("<I", data, place + 24, 1_000_000)
    path.write_bytes(bytes(data))
    assert ("data/a.txt", "cannot be read") in check(tab, path).problems


def test_a_zip_damaged_anywhere_gives_an_answer_and_never_a_good_one(tab, sound, tmp_path) -> None:
    whole, dice = sound[True].path.read_bytes(), random.Random(11)
    tail = whole.index(b"PK\x01\x02")
    for number in range(16):
        data = bytearray(whole)
        at = dice.randrange(tail, len(data)) if number % 2 else dice.randrange(len(data))
        data[at] ^= 1 << dice.randrange(8)
        path = tmp_path / f"{number}.zip"
        path.write_bytes(bytes(data))
        answer = check(tab, path, sound[True].seal)
        # Dates, rights and check sums of a zip are no part of the bundle; what is read of it must be the bundle.
        assert answer.state in ("good", "bad", "refused")
        if answer.state == "good":
            assert answer.problems == set()


# For everybody


def test_a_folder_and_a_zip_can_be_dropped(tab, sound) -> None:
    session = tab.context.new_cdp_session(tab)
    for bundle in (sound[False], sound[True]):
        tab.fill("#seal", bundle.seal)
        tab.evaluate("document.getElementById('result').hidden = true")
        data = {"items": [], "files": [str(bundle.path)], "dragOperationsMask": 1}
        for kind in ("dragEnter", "dragOver", "drop"):
            session.send("Input.dispatchDragEvent", {"type": kind, "x": 300, "y": 400, "data": data})
        tab.wait_for_selector("#result:not([hidden])")
        answer = Answer(tab)
        assert answer.state == "good", answer.words


def test_names_in_a_bundle_are_shown_and_never_obeyed(tab, copy) -> None:
    # Windows has no names with angle brackets; there the markup stands escaped, and has to be shown so.
    name = "&lt;img src=x&gt;" if os.name == "nt" else "<img src=x onerror=alert(1)>"
    (copy / "data" / f"{name}\u202e.txt").write_bytes(b"x")
    answer = check(tab, copy)
    assert (f"data/{name}[U+202E].txt", "added") in answer.problems
    assert tab.query_selector("#result img") is None


def test_the_result_is_reached_and_said_and_fits_a_narrow_window(tab, sound, copy) -> None:
    flip(copy)
    check(tab, copy, sound[False].seal)
    assert tab.evaluate("document.activeElement.id") == "heading"
    assert tab.inner_text("#status").startswith("This bundle is not as it was made")
    tab.evaluate("document.activeElement.blur(); window.scrollTo(0, 0)")
    reached = []
    for _ in range(4):
        tab.keyboard.press("Tab")
        reached.append(tab.evaluate("document.activeElement.id"))
    assert [name for name in reached if name][:3] == ["seal", "folder", "zip"]
    serious = [v for v in axe_api.Axe().run(tab).response["violations"] if v["impact"] in ("serious", "critical")]
    assert serious == []
    # 1,280 pixels at 400 % are 320.
    tab.set_viewport_size({"width": 320, "height": 640})
    assert tab.evaluate("document.documentElement.scrollWidth") <= 320
    tab.set_viewport_size({"width": 1000, "height": 800})


def test_without_script_the_page_says_what_to_do_instead(browser, address) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address)
    assert page.is_visible("#without") and not page.is_visible("#start")
    context.close()
